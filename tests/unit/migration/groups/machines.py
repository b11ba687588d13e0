"""Instances, and the nodes that they become a while after."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nodenet.migration.cluster import Node, Pod, Taint
from nodenet.migration.objects import DaemonSetState
from tests.unit.migration.record import Cut

ZONES = {"subnet-a": "eu-west-1a", "subnet-b": "eu-west-1b", "new-a": "eu-west-1a", "new-b": "eu-west-1b"}


@dataclass
class Machines:
    """Instances by id, and the nodes that they are a while after (`tick`). `told`: what a kubelet takes from user data,
    by launch template and version, as far as the tests say. `networks`: those that new instances get."""

    cut: Cut = field(default_factory=Cut)
    there: dict[str, Node] = field(default_factory=dict)
    coming: dict[str, Node] = field(default_factory=dict)
    max_pods: int = 29
    networks_of_new: frozenset[str] = frozenset()
    networks_of: dict[str, frozenset[str]] = field(default_factory=dict)
    on: list[Pod] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def start(self, zone: str, labels: Mapping[str, str], taints: Sequence[Taint] = ()) -> str:
        number = next(self._numbers)
        node = Node(f"node-{number}", f"uid-{number}", f"i-{number:03}", zone, dict(labels), taints=tuple(taints))
        self.coming[node.instance_id] = replace(node, max_pods=self.max_pods)
        self.networks_of[node.instance_id] = self.networks_of_new
        return node.instance_id

    def end(self, instance: str) -> None:
        self.coming.pop(instance, None)
        if node := self.there.pop(instance, None):
            self.on = [pod for pod in self.on if pod.node != node.name]

    def tick(self) -> None:
        self.there |= self.coming
        self.coming.clear()

    def nodes(self, labels: str = "") -> list[Node]:
        self.cut.count()
        return list(self.there.values())

    def taint(self, name: str, taint: Taint) -> bool:
        return self._change(name, lambda node: replace(node, taints=(*node.taints, taint)))

    def untaint(self, name: str, key: str) -> bool:
        return self._change(
            name, lambda node: replace(node, taints=tuple(each for each in node.taints if each.key != key))
        )

    def uncordon(self, name: str) -> bool:
        return self._change(name, lambda node: replace(node, unschedulable=False))

    def _change(self, name: str, change: Any) -> bool:
        for instance, node in self.there.items():
            if node.name == name:
                self.there[instance] = change(node)
        self.cut.count()
        return True

    def pods(self, node: str = "", namespace: str = "", labels: str = "") -> list[Pod]:
        self.cut.count()
        return list(self.on)

    def networks(self, cluster: str, instances: Collection[str]) -> Mapping[str, frozenset[str]]:
        return {each: self.networks_of[each] for each in instances if each in self.networks_of}

    def free(self, subnets: Collection[str]) -> Mapping[str, tuple[str, int]]:
        return {each: (ZONES[each], 2 if each == "subnet-a" else 1) for each in subnets}

    def daemon_set(self, name: str = "aws-node") -> DaemonSetState | None:
        return DaemonSetState(name, "cni", {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"})

    def of_instances(self, instances: Collection[str]) -> Mapping[str, str]:
        return dict.fromkeys(instances, "arn:aws:iam::111122223333:role/node")
