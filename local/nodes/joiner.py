"""Nodes come and go with the instances of a cluster.

Sources: Kubernetes documentation, "Nodes" (registration, what a silent kubelet leads to) and "Cloud controller
manager" (the Node of an instance that is gone is deleted); cloud-provider-aws, InstanceExistsByProviderID and
InstanceShutdownByProviderID: only a terminated instance is gone, a stopped one has its Node tainted; EKS user guide,
"Delete a managed node group": nodes of a role that is not let in any more turn NotReady.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.nodes import machine
from local.nodes.membership import Member, let_in, member
from local.nodes.objects import Objects
from local.nodes.pace import pace
from local.nodes.registration import Told, node_of, of_group, retold
from local.nodes.worker import Worker
from local.world import world

type Thing = dict[str, Any]

SHUTDOWN = {"key": "node.cloudprovider.kubernetes.io/shutdown", "effect": "NoSchedule"}


@dataclass
class Machine:
    """An instance that means to be a node; `network`: whether the VPC CNI has once been ready on it."""

    instance: Any
    member: Member
    node: str
    uid: str = ""
    network: bool = False
    running: bool = True
    told: Told = field(default_factory=Told)


class Joiner:
    """`powered` is called with a Node's name and whether its machine runs, `left` with that of a Node that has been
    deleted. Everything runs on the worker's thread."""

    def __init__(
        self,
        cluster: Any,
        objects: Objects,
        worker: Worker,
        find_instance: Callable[[str], Any],
        powered: Callable[[str, bool], None],
        left: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._objects = objects
        self._worker = worker
        self._find_instance = find_instance
        self._powered = powered
        self._left = left
        self._machines: dict[str, Machine] = {}
        self._by_node: dict[str, Machine] = {}
        self._roles: dict[str | None, bool] = {}

    def instance_of(self, node: str) -> Any:
        """EC2's model of the node's instance, None where it is none's."""
        found = self._by_node.get(node)
        return found.instance if found else None

    def instance_state(self, instance_id: str, state: str) -> None:
        """What follows from an instance's change."""
        known = self._machines.get(instance_id)
        if state == "running":
            self._worker.later(pace.join, lambda: self._arrived(instance_id))
        elif known and state in ("shutting-down", "stopping"):
            self._switch(known, on=False)
        elif known and state == "stopped":
            self._taint(known, add=True)
        elif known and state == "terminated":
            self._worker.later(pace.leave, lambda: self._gone(instance_id))

    def network_ready(self, node: str) -> None:
        """The VPC CNI has put its configuration on the node, where it stays."""
        if found := self._by_node.get(node):
            found.network = True
            self._say(found)

    def look(self) -> None:
        """Who waits may be let in by now, and who is in may not be any more."""
        machines = list(self._machines.values())
        roles = {role: self._lets_in(role) for role in {each.member.role for each in machines}}
        changed, self._roles = roles != self._roles, roles
        for each in machines:
            if each.running and not each.uid:
                self._join(each)
            elif changed:
                self._say(each)

    def group_changed(self, group: Any) -> None:
        """EKS puts a managed group's changed labels and taints on its nodes (API reference, UpdateNodegroupConfig)."""
        for each in self._machines.values():
            if each.member.group is group and each.uid:
                before, each.told = each.told, of_group(each.instance, group)
                self._objects.change("Node", each.node, partial(retold, before=before, now=each.told))

    def _arrived(self, instance_id: str) -> None:
        known = self._machines.get(instance_id)
        if known:
            self._taint(known, add=False)
            self._switch(known, on=True)
            return
        with world.lock:
            instance = self._find_instance(instance_id)
            mine = member(instance, self._cluster) if instance and instance.state == "running" else None
        if mine:
            new = Machine(instance, mine, instance.private_dns_name)
            self._machines[instance_id] = self._by_node[new.node] = new
            self._join(new)

    def _switch(self, one: Machine, *, on: bool) -> None:
        one.running = on
        self._powered(one.node, on)
        self._say(one)

    def _join(self, new: Machine) -> None:
        if not self._allowed(new):
            return
        with world.lock:
            thing, new.told = node_of(new.instance, new.member, self._cluster)
        if self._objects.create("Node", thing) and (made := self._objects.find("Node", new.node)):
            new.uid = made["metadata"]["uid"]

    def _gone(self, instance_id: str) -> None:
        old = self._machines.pop(instance_id, None)
        if old is None:
            return
        if self._by_node.get(old.node) is old:
            del self._by_node[old.node]
        if old.uid:
            self._objects.delete("Node", old.node, uid=old.uid)
        self._left(old.node)

    def _allowed(self, one: Machine) -> bool:
        return self._lets_in(one.member.role)

    def _lets_in(self, role: str | None) -> bool:
        return let_in(self._cluster, role, self._objects.find("ConfigMap", "aws-auth", "kube-system"))

    def _say(self, one: Machine) -> None:
        """Writes what the Ready condition should be, where it is not so."""
        if not one.uid:
            return
        if not one.running:
            ready = ("False", "KubeletNotReady", "node is shutting down")
        elif not self._allowed(one):
            ready = ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
        elif one.network:
            ready = ("True", "KubeletReady", "kubelet is posting ready status")
        else:
            ready = ("False", "KubeletNotReady", machine.NOT_READY)
        node = self._objects.find("Node", one.node)
        now = _ready_of(node) if node else None
        if now and (now["status"], now["reason"]) == ready[:2]:
            return

        def say(node: Thing) -> None:
            others = [each for each in node["status"]["conditions"] if each["type"] != "Ready"]
            node["status"]["conditions"] = [*others, machine.condition(*ready, now=world.clock.now())]

        self._objects.change("Node", one.node, say, "status")

    def _taint(self, one: Machine, *, add: bool) -> None:
        def taint(node: Thing) -> None:
            others = [each for each in node["spec"].get("taints") or [] if each["key"] != SHUTDOWN["key"]]
            node["spec"]["taints"] = [*others, *([dict(SHUTDOWN)] if add else [])]

        self._objects.change("Node", one.node, taint)


def _ready_of(node: Thing) -> Mapping[str, Any] | None:
    return next((each for each in node["status"].get("conditions") or [] if each["type"] == "Ready"), None)
