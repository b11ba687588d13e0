"""What making, opening and deleting groups asks of EKS, Auto Scaling, EC2 and Kubernetes: the calls, and no more."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from nodenet.migration import members
from nodenet.migration.cluster import Pod, Taint
from nodenet.migration.groups.wish import Shape
from nodenet.migration.objects import DaemonSetState


class NodeGroups(Protocol):
    """Of EKS."""

    def version(self, cluster: str) -> str:
        """The cluster's Kubernetes version."""

    def knows_by_config_map(self, cluster: str, role: str) -> bool:
        """Whether the cluster lets nodes of a role in by nothing but its ConfigMap aws-auth, as far as EKS says."""

    def group(self, cluster: str, name: str) -> Shape | None:
        """Nodegroup (EKS API Reference); None where there is none."""

    def names(self, cluster: str) -> list[str]: ...

    def create(self, request: Shape) -> None:
        """Nothing where a group of the name is there already."""

    def update(self, cluster: str, name: str, change: Shape) -> None:
        """UpdateNodegroupConfig; the group is UPDATING until it is done."""

    def delete(self, cluster: str, name: str) -> None:
        """Nothing where there is none."""


class ScalingGroups(members.Groups, Protocol):
    def groups(self, names: Collection[str]) -> Mapping[str, Shape]:
        """AutoScalingGroup (Auto Scaling API Reference) by name; those that there are."""

    def hooks(self, name: str) -> Sequence[Shape]: ...
    def left(self, name: str) -> Sequence[str]:
        """Scaling policies, scheduled actions and notifications of a group, named for people."""

    def trouble(self, name: str) -> str:
        """Why its last scaling activity failed; empty where it did not."""

    def create(self, request: Shape) -> None:
        """Nothing where a group of the name is there already."""

    def change(self, name: str, change: Shape) -> None:
        """UpdateAutoScalingGroup."""

    def tag(self, tags: Sequence[Shape]) -> None: ...
    def put_hook(self, hook: Shape) -> None: ...
    def attach(self, name: str, traffic: Sequence[Shape]) -> None: ...
    def suspend_all(self, name: str, processes: Sequence[str]) -> None: ...
    def collect(self, name: str, metrics: Sequence[str]) -> None: ...
    def terminate(self, name: str, instance: str, *, decrement: bool) -> None:
        """Nothing where the group does not have it any more."""

    def drop_warm_pool(self, name: str) -> None: ...
    def delete(self, name: str) -> bool:
        """False while it has instances, or activities are under way; True too where there is none."""


class LaunchTemplates(Protocol):
    def data(self, template: str, version: str) -> Shape:
        """LaunchTemplateData of a version, as it may be given again; HeldError where there is none."""

    def find(self, name: str) -> Shape | None:
        """LaunchTemplate (EC2 API Reference) of this name."""

    def create(self, name: str, data: Shape, tags: Mapping[str, str], token: str) -> str:
        """The id; that of the first where one was made with this client token, though EC2 may not show it yet."""

    def add(self, template: str, data: Shape, token: str) -> None:
        """One more version."""

    def tagged(self, key: str, value: str) -> list[str]:
        """The ids of all that have a tag."""

    def delete(self, template: str) -> None:
        """Nothing where there is none."""


class Ec2(Protocol):
    def free(self, subnets: Collection[str]) -> Mapping[str, tuple[str, int]]:
        """Zone and free IPv4 addresses of subnets, by id."""

    def networks(self, cluster: str, instances: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The names of nodenet's networks whose interfaces are attached to instances, by the instance's id."""


class Nodes(members.Nodes, Protocol):
    def taint(self, name: str, taint: Taint) -> bool: ...
    def untaint(self, name: str, key: str) -> bool: ...


class OpenedNodes(Nodes, Protocol):
    def uncordon(self, name: str) -> bool: ...


class Pods(Protocol):
    def pods(self, node: str = "", namespace: str = "", labels: str = "") -> list[Pod]: ...


class VpcCni(Protocol):
    def daemon_set(self, name: str = "aws-node") -> DaemonSetState | None: ...


class Roles(Protocol):
    """Of IAM."""

    def of_instances(self, instances: Collection[str]) -> Mapping[str, str]:
        """The ARN of the role of each instance that has an instance profile, by the instance's id."""
