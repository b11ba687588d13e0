"""A cluster as its APIs would show it, without them."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nodenet.capacity.fleet import Reservation
from nodenet.capacity.running.seen import (
    Addon,
    Cluster,
    DaemonSet,
    EniConfig,
    Instance,
    Interface,
    Node,
    Pod,
    Subnet,
)
from nodenet.capacity.snapshot import Snapshot, snapshot
from nodenet.ranges import AddressRange

IMAGE = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.23.1-eksbuild.1"
ZONE = "topology.kubernetes.io/zone"


@dataclass
class Stage:
    """Both ports in one. `refuse`: what a method raises; `together`: how many calls were under way at once, at most."""

    cluster: Cluster = field(default_factory=lambda: Cluster("prod", "vpc-1", "1.34", subnet_ids=("subnet-a",)))
    cni: DaemonSet | None = field(
        default_factory=lambda: DaemonSet(IMAGE, {"WARM_ENI_TARGET": "1", "WARM_PREFIX_TARGET": "1"})
    )
    managed: Addon | None = None
    vpc: list[str] = field(default_factory=lambda: ["10.0.0.0/16"])
    shown: list[Subnet] = field(
        default_factory=lambda: [
            Subnet("subnet-a", "eu-west-1a", "10.0.0.0/24"),
            Subnet("subnet-b", "eu-west-1b", "10.0.1.0/24"),
        ]
    )
    enis: list[Interface] = field(default_factory=list)
    machines: list[Instance] = field(default_factory=list)
    kept: dict[str, list[Reservation]] = field(default_factory=dict)
    members: list[Node] = field(default_factory=list)
    running: list[Pod] = field(default_factory=list)
    configs: list[EniConfig] = field(default_factory=list)
    refuse: dict[str, Exception] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    meeting: threading.Barrier | None = None

    def take(self) -> Snapshot:
        return snapshot(self.cluster, self, self)

    def document(self) -> dict[str, Any]:
        """As the file says it."""
        return self.take().document.model_dump(mode="json", by_alias=True, exclude_none=True)

    def environment(self, **variables: str) -> None:
        assert self.cni
        self.cni = replace(self.cni, environment={**self.cni.environment, **variables})

    def node(
        self,
        *,
        subnet: str = "subnet-a",
        pods: int = 0,
        branch: int = 0,
        host: int = 2,
        most: int = 29,
        type_: str = "m5.large",
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """A node of group "web", unless labels say otherwise; its instance."""
        number = len(self.members) + 1
        instance = f"i-{number:017x}"
        zone = next(each.zone for each in self.shown if each.id == subnet)
        own = {"eks.amazonaws.com/nodegroup": "web", ZONE: zone}
        self.machines.append(Instance(instance, type_, subnet))
        self.enis.append(
            interface(subnet, f"10.0.{ord(subnet[-1]) - 97}.{number + 3}", instance=instance, primary=True)
        )
        self.members.append(Node(f"node-{number}", f"aws:///{zone}/{instance}", most, own | dict(labels or {})))
        self.running += [Pod(f"node-{number}", branch=place < branch) for place in range(pods)]
        self.running += [Pod(f"node-{number}", host_network=True)] * host
        return instance

    def change(self, number: int, **fields: Any) -> None:
        """Makes a node other than it was."""
        self.members[number - 1] = replace(self.members[number - 1], **fields)

    def addon(self, cluster: str) -> Addon | None:
        return self._answer("addon", self.managed)

    def vpc_blocks(self, vpc_id: str) -> Sequence[str]:
        return self._answer("vpc_blocks", self.vpc)

    def subnets(self, vpc_id: str) -> Sequence[Subnet]:
        return self._answer("subnets", self.shown)

    def interfaces(self, vpc_id: str) -> Sequence[Interface]:
        return self._answer("interfaces", self.enis)

    def instances(self, vpc_id: str) -> Sequence[Instance]:
        return self._answer("instances", self.machines)

    def reservations(self, subnet_id: str) -> Sequence[Reservation]:
        self.calls[subnet_id] = self.calls.get(subnet_id, 0) + 1
        return self._answer("reservations", self.kept.get(subnet_id, []))

    def vpc_cni(self) -> DaemonSet | None:
        return self._answer("vpc_cni", self.cni)

    def nodes(self) -> Sequence[Node]:
        return self._answer("nodes", self.members)

    def pods(self) -> Sequence[Pod]:
        return self._answer("pods", self.running)

    def eni_configs(self) -> Sequence[EniConfig]:
        return self._answer("eni_configs", self.configs)

    def _answer[T](self, method: str, value: T) -> T:
        if self.meeting and method in ("subnets", "nodes", "pods"):
            self.meeting.wait(5)
        if method in self.refuse:
            raise self.refuse[method]
        return value


def interface(
    subnet: str,
    *addresses: str,
    instance: str = "",
    primary: bool = False,
    prefixes: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    card: int = 0,
    id_: str = "",
) -> Interface:
    """An ENI; its id is that of its first address unless it has another."""
    return Interface(
        id_ or f"eni-{addresses[0]}",
        subnet,
        tuple(map(AddressRange.parse, addresses)),
        tuple(map(AddressRange.parse, prefixes)),
        instance,
        card,
        primary,
        tags or {},
    )
