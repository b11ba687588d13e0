"""Security groups of an interface. Source: VPC quotas, security groups per network interface: 5 by default."""

from collections.abc import Sequence
from typing import Any

from local.ec2 import errors

MAX_PER_INTERFACE = 5


def found(backend: Any, group_ids: Sequence[str], vpc_id: str, unknown: str = "InvalidGroup.NotFound") -> list[Any]:
    """The groups with these ids, or the VPC's default group where there are none.

    Errors: `unknown`, as the operations differ in that code; InvalidParameter for groups of another VPC;
    SecurityGroupsPerInterfaceLimitExceeded.
    """
    if not group_ids:
        return [backend.get_default_security_group(vpc_id)]
    groups = []
    for group_id in dict.fromkeys(group_ids):
        group = backend.get_security_group_from_id(group_id)
        if group is None:
            noun = "security group" if unknown == "InvalidGroup.NotFound" else "securityGroup ID"
            raise errors.refused(unknown, f"The {noun} '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            raise errors.refused(
                "InvalidParameter", "You have specified two resources that belong to different networks."
            )
        groups.append(group)
    if len(groups) > MAX_PER_INTERFACE:
        raise errors.refused(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        )
    return groups
