"""EC2's word on instance types that are newer than the shipped table."""

import re
from collections.abc import Iterable, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, message_of, translated
from nodenet.limits import InstanceLimits, from_ec2

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_NAMES: Final = 100
"""InstanceTypes takes no more (DescribeInstanceTypes, EC2 API Reference)."""


class InstanceTypes:
    """Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EC2Client") -> None:
        self._client = client

    def limits(self, names: Iterable[str]) -> dict[str, InstanceLimits]:
        """The limits of those types that the region has, by name: one call for a hundred of them, and one more where
        some do not exist. Asked for by name, since EC2 looks through all types, page by page, for a filter's."""
        found: dict[str, InstanceLimits] = {}
        for some in batched(sorted(set(names)), _NAMES, strict=False):
            found |= {item["InstanceType"]: from_ec2(item) for item in self._described(some)}
        return found

    def _described(self, names: Sequence[str]) -> Sequence[Any]:
        if not names:  # without any EC2 would describe all there are
            return []
        with translated():
            try:
                return self._client.describe_instance_types(InstanceTypes=names)["InstanceTypes"]  # type: ignore[arg-type]
            except ClientError as error:
                unknown = _unknown(error)
                if unknown.isdisjoint(names):
                    raise
        return self._described([name for name in names if name not in unknown])


def _unknown(error: ClientError) -> frozenset[str]:
    """The types that EC2 refuses; empty for another refusal. Only the message has them: "The following supplied
    instance types do not exist: [a, b]" (scylla-cluster-tests, issue 12419; aws-k8s-tester, pull request 517)."""
    if code_of(error) != "InvalidInstanceType":
        return frozenset()
    return frozenset(re.findall(r"[\w-]+\.[\w-]+", message_of(error)))
