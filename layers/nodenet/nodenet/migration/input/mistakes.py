"""pydantic's errors about a run's input, in its own words."""

from collections.abc import Iterable
from typing import Final

from pydantic_core import ErrorDetails

from nodenet.configuration.model import CLUSTER, SECURITY_GROUP, SUBNET
from nodenet.documents.sentences import Words, mistakes
from nodenet.migration.input import model

_WORDS: Final = Words(
    parts={
        "": model.Input,
        "nodeGroups": model.Group,
        "podSubnets": model.Subnet,
        "nodeSubnets": model.Subnet,
        "warm": model.Warm,
        "drain": model.Drain,
        "timeouts": model.Timeouts,
        "probes": model.Probe,
        "approval": model.Approval,
        "canary": model.Canary,
        "hooks": model.Hooks,
    },
    patterns={
        CLUSTER: "no EKS cluster's name: letters, digits, - and _, beginning with a letter or digit",
        SUBNET: "no subnet id, such as subnet-0123456789abcdef0",
        SECURITY_GROUP: "no security group id, such as sg-0123456789abcdef0",
        model.NAME: "no node group's name",
        model.ZONE: "no zone, such as eu-west-1a",
        model.LABEL: "no label's value: letters, digits, -, _ and ., at most 63",
        model.NAMESPACE: "no namespace",
        model.FUNCTION: "no Lambda function's ARN",
        model.FINDING: "no finding's id, such as pods.pinned",
    },
)


def sentences(errors: Iterable[ErrorDetails]) -> list[str]:
    """One sentence for each of pydantic's errors, with its path in the input."""
    return list(dict.fromkeys(str(mistake) for mistake in mistakes(errors, _WORDS)))
