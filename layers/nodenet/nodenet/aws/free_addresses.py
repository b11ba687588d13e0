"""EC2: how many addresses of subnets are free."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from nodenet.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_MOST: Final = 200
"""Values of a filter ("DescribeSubnets", EC2 API Reference)."""


class FreeAddresses:
    """Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EC2Client") -> None:
        self._client = client

    def free(self, subnets: Sequence[str]) -> Mapping[str, int]:
        """By id. A filter, since DescribeSubnets refuses ids of which one is gone."""
        found: dict[str, int] = {}
        with translated():
            for first in range(0, len(subnets), _MOST):
                some = [{"Name": "subnet-id", "Values": list(subnets[first : first + _MOST])}]
                for page in self._client.get_paginator("describe_subnets").paginate(Filters=some):  # type: ignore[arg-type]
                    found |= {each["SubnetId"]: each["AvailableIpAddressCount"] for each in page["Subnets"]}
        return found
