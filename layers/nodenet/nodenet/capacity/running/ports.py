"""Who is asked about a running cluster: one method, one kind of call, which reads like the permission that it needs.

Each raises AccessDenied without that permission, Throttled where retries did not help, and counts its calls.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from nodenet.capacity.fleet import Reservation
from nodenet.capacity.running.seen import Addon, DaemonSet, EniConfig, Instance, Interface, Node, Pod, Subnet


class CloudPort(Protocol):
    """EKS and EC2. `calls`: how often each API was called, pages counted one by one, by `service:Operation`."""

    @property
    def calls(self) -> Mapping[str, int]: ...

    def addon(self, cluster: str) -> Addon | None: ...

    def vpc_blocks(self, vpc_id: str) -> Sequence[str]: ...

    def subnets(self, vpc_id: str) -> Sequence[Subnet]: ...

    def interfaces(self, vpc_id: str) -> Sequence[Interface]: ...

    def instances(self, vpc_id: str) -> Sequence[Instance]: ...

    def reservations(self, subnet_id: str) -> Sequence[Reservation]: ...


class KubernetesPort(Protocol):
    """The cluster's API server. `calls` by `kubernetes:verb resource`."""

    @property
    def calls(self) -> Mapping[str, int]: ...

    def vpc_cni(self) -> DaemonSet | None: ...

    def nodes(self) -> Sequence[Node]: ...

    def pods(self) -> Sequence[Pod]: ...

    def eni_configs(self) -> Sequence[EniConfig]: ...
