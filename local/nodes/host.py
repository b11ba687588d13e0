"""What a VPC CNI daemon knows of the node that it is on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from local.nodes.eniconfigs import name_for
from local.nodes.interfaces import NodeInterfaces
from local.nodes.targets import Settings, Targets

type Thing = dict[str, Any]

_CORDONED = ("node.kubernetes.io/unschedulable", "NoSchedule")
_MAX_PODS = 110
"""Where the Node cannot be read (amazon-vpc-cni-k8s, pkg/ipamd/ipamd.go, defaultMaxPodsFromKubelet)."""


class Cluster(Protocol):
    """What a daemon reads from the API server."""

    def node(self, name: str) -> Thing | None: ...

    def eni_config(self, name: str) -> Thing | None: ...


@dataclass(frozen=True)
class Host:
    """One node: its name, its instance's interfaces, the daemon's settings and its clock."""

    node: str
    interfaces: NodeInterfaces
    settings: Settings
    cluster: Cluster
    now: Callable[[], float]

    @property
    def prefixes(self) -> bool:
        """Whether pods get their addresses from prefixes, which only Nitro types take (isConfigValid)."""
        return self.settings.prefixes and self.interfaces.nitro

    @property
    def targets(self) -> Targets:
        node = self.cluster.node(self.node) or {}
        pods = int(node.get("status", {}).get("capacity", {}).get("pods", _MAX_PODS))
        return Targets(self.settings, self.prefixes, self.interfaces.per_eni, pods)

    @property
    def may_attach(self) -> bool:
        """isENIAttachmentAllowed, isNodeNonSchedulable: on a cordoned node nothing comes and nothing goes."""
        taints = (self.cluster.node(self.node) or {}).get("spec", {}).get("taints") or []
        cordoned = any((taint["key"], taint["effect"]) == _CORDONED for taint in taints)
        return self.settings.manage_unschedulable or not cordoned

    @property
    def eni_config(self) -> Thing | None:
        """The spec of the node's ENIConfig, None where there is none of that name."""
        node = self.cluster.node(self.node)
        found = self.cluster.eni_config(name_for(node, self.settings)) if node else None
        return found["spec"] if found else None
