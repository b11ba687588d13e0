"""pydantic's errors about a run's input, in its own words."""

from collections.abc import Iterable
from typing import Final

from pydantic_core import ErrorDetails

from nodenet.configuration.model import CLUSTER, SECURITY_GROUP, SUBNET
from nodenet.documents.sentences import Words, mistakes
from nodenet.migration.input import model, parts

_WORDS: Final = Words(
    parts={
        "": model.Input,
        "nodeGroups": parts.Group,
        "podSubnets": parts.Subnet,
        "nodeSubnets": parts.Subnet,
        "warm": parts.Warm,
        "drain": parts.Drain,
        "timeouts": parts.Timeouts,
        "probes": parts.Probe,
        "approval": parts.Approval,
        "canary": parts.Canary,
        "hooks": parts.Hooks,
    },
    patterns={
        CLUSTER: "no EKS cluster's name: letters, digits, - and _, beginning with a letter or digit",
        SUBNET: "no subnet id, such as subnet-0123456789abcdef0",
        SECURITY_GROUP: "no security group id, such as sg-0123456789abcdef0",
        parts.NAME: "no node group's name",
        parts.ZONE: "no zone, such as eu-west-1a",
        parts.LABEL: "no label's value: letters, digits, -, _ and ., at most 63",
        parts.NAMESPACE: "no namespace",
        parts.FUNCTION: "no Lambda function's ARN",
        parts.FINDING: "no finding's id, such as pods.pinned",
    },
)


def sentences(errors: Iterable[ErrorDetails]) -> list[str]:
    """One sentence for each of pydantic's errors, with its path in the input."""
    return list(dict.fromkeys(str(mistake) for mistake in mistakes(errors, _WORDS)))
