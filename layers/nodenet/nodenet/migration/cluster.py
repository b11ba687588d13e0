"""Kubernetes as the steps of a migration see it: nodes, pods and who owns them, budgets of disruptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

UNVERIFIED: str = "nodenet/unverified"
"""The taint, NoSchedule, that keeps pods off new nodes until the canary has spoken. A cordon would keep the VPC CNI
from attaching interfaces (amazon-vpc-cni-k8s, pkg/ipamd, nodes that are unschedulable)."""

FIELD_MANAGER: str = "nodenet-migration"


@dataclass(frozen=True, slots=True)
class Taint:
    key: str
    effect: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """`instance_id` and `zone` from its provider id (`aws:///eu-west-1a/i-…`), empty where it is no EC2 instance.
    `max_pods`: its capacity, 0 while the kubelet has not said it. `address`: its InternalIP. `created`: seconds since
    the epoch."""

    name: str
    uid: str
    instance_id: str
    zone: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False
    ready: bool = True
    max_pods: int = 0
    address: str = ""
    instance_type: str = ""
    created: float = 0.0


@dataclass(frozen=True, slots=True)
class Owner:
    """Who starts a pod again: the controller at the end of its owner references (a Deployment, not its ReplicaSet)."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Pod:
    """`owner` None: nobody starts it again. `mirror`: a static pod's image in the API. `terminating`: it is being
    deleted. `empty_dir`: it has a volume that is lost with it. `claims`: its PersistentVolumeClaims. `gates`: its
    readiness gates' condition types. `address` empty while it has none."""

    namespace: str
    name: str
    uid: str
    node: str
    owner: Owner | None = None
    address: str = ""
    phase: str = "Running"
    ready: bool = True
    terminating: bool = False
    host_network: bool = False
    mirror: bool = False
    empty_dir: bool = False
    claims: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """It runs nothing any more, and its address is free again."""
        return self.phase in ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Workload:
    """An owner of pods with its numbers: `desired` replicas, `available` ones as its controller counts them."""

    owner: Owner
    desired: int
    available: int
    selector: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget. `allowed`: disruptions that it allows now; `desired_healthy`, `current_healthy`,
    `expected` as its status has them. `selector`: matchLabels; `expressions` True where it selects by expressions too,
    or by nothing (all pods of the namespace)."""

    namespace: str
    name: str
    allowed: int
    current_healthy: int
    desired_healthy: int
    expected: int
    selector: Mapping[str, str] = field(default_factory=dict)
    expressions: bool = False
