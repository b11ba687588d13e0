"""What a cluster's API server shows of what is to be migrated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nodenet.migration import cluster
from nodenet.migration.preflight.selectors import Selector


@dataclass(frozen=True, slots=True)
class Node(cluster.Node):
    """`cpu` in thousandths of a core and `memory` in bytes: what is allocatable."""

    provider_id: str = ""
    cpu: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Pod(cluster.Pod):
    """`cpu` (thousandths) and `memory` (bytes) are requested; None where a container asks for none. `branch`: it has an
    interface of its own. `wants`: node labels that it insists on, by nodeSelector and required affinity, with the
    values that it takes. `apart`: it does not share a node with its like (required pod anti-affinity by hostname)."""

    cpu: int | None = None
    memory: int | None = None
    branch: bool = False
    wants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: bool = False

    @property
    def moves(self) -> bool:
        """Whether a drain evicts it: nobody's daemon, no static pod, and it still runs."""
        daemon = self.owner is not None and self.owner.kind in ("DaemonSet", "Node")
        return not (self.finished or self.mirror or daemon)

    @property
    def label(self) -> str:
        """Its namespace and name."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Budget(cluster.Budget):
    """`chooses` None: it selects no pod at all."""

    chooses: Selector | None = None

    @property
    def label(self) -> str:
        """Its namespace and name."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A Deployment that scales nodes. `kind`: cluster-autoscaler or karpenter. `environment` and `arguments` of its
    first container; `owner`: what keeps it as it is (Helm, Argo CD, Flux), empty where nothing is known to."""

    kind: str
    namespace: str
    name: str
    replicas: int
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class NodePool:
    """Of Karpenter. `zones`: those that it is bound to, empty for any. `max_pods`: its node class's kubelet.maxPods."""

    name: str
    zones: tuple[str, ...] = ()
    max_pods: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A PersistentVolumeClaim with its volume. `zones`, `hosts`: where the volume's node affinity allows it; empty for
    anywhere. `local`: a local or hostPath volume. `driver`: its CSI driver."""

    namespace: str
    name: str
    volume: str = ""
    zones: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    local: bool = False
    driver: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """`selector` empty: its endpoints are kept by hand."""

    namespace: str
    name: str
    selector: Mapping[str, str] = field(default_factory=dict)
    type: str = "ClusterIP"
    policy: str = ""


@dataclass(frozen=True, slots=True)
class IpPolicy:
    """A network policy, or a set of networks, that names IPv4 ranges. `rules`: the ranges of each of its rules, by the
    rule's place; those in `except` and under Calico's notNets too, since an old range there is as wrong."""

    kind: str
    namespace: str
    name: str
    rules: Mapping[str, tuple[str, ...]]

    @property
    def label(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Webhook:
    """`fails`: its failurePolicy is Fail. `service`: by namespace and name; None where it has an address outside.
    `resources`: what it is asked about."""

    configuration: str
    name: str
    fails: bool
    service: tuple[str, str] | None
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiService:
    """An aggregated API that a service of the cluster answers."""

    name: str
    service: tuple[str, str]
    available: bool = True


@dataclass(frozen=True, slots=True)
class Binding:
    """A TargetGroupBinding of the AWS Load Balancer Controller."""

    namespace: str
    name: str
    arn: str
    target_type: str
    service: str
