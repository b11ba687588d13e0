"""Auto Scaling groups as a migration looks at them: their instances, and the processes that are suspended."""

from collections.abc import Collection, Iterator, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from nodenet.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

_NAMES: Final = 50
""" "By default, you can specify up to 50 names" (DescribeAutoScalingGroups, Auto Scaling API Reference)."""


class ScalingGroups:
    """One method, one call for every fifty groups. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "AutoScalingClient") -> None:
        self._client = client

    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The instances of Auto Scaling groups, by the group's name; a group that is gone is left out."""
        return {
            item["AutoScalingGroupName"]: tuple(each["InstanceId"] for each in item.get("Instances", ()))
            for item in self._groups(groups)
        }

    def suspended(self, groups: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Suspended processes of Auto Scaling groups, by the group's name; a group that is gone is left out."""
        return {
            item["AutoScalingGroupName"]: frozenset(each["ProcessName"] for each in item.get("SuspendedProcesses", ()))
            for item in self._groups(groups)
        }

    def suspend(self, group: str, process: str) -> None:
        with translated():
            self._client.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=[process])

    def resume(self, group: str, process: str) -> None:
        with translated():
            self._client.resume_processes(AutoScalingGroupName=group, ScalingProcesses=[process])

    def _groups(self, names: Collection[str]) -> Iterator[Any]:
        pages = self._client.get_paginator("describe_auto_scaling_groups")
        with translated():
            for some in batched(sorted(names), _NAMES, strict=False):
                for page in pages.paginate(AutoScalingGroupNames=list(some)):
                    yield from page["AutoScalingGroups"]
