"""What a migration is asked to do: the input of the state machine, checked, with every default filled in."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil


class Mode(StrEnum):
    """CUSTOM_NETWORKING: nodes stay in their subnets, pods get addresses of pod subnets through ENIConfigs.
    NODE_SUBNETS: nodes and pods both move to new subnets, and the VPC CNI stays as it is."""

    CUSTOM_NETWORKING = "custom-networking"
    NODE_SUBNETS = "node-subnets"


@dataclass(frozen=True, slots=True)
class SubnetWish:
    """One subnet in a zone: an existing one by `id`, or one to be made with `cidr`; exactly one of the two is set.

    `label`: the name of its ENIConfig where a zone has several, chosen by the node label k8s.amazonaws.com/eniConfig;
    empty where it is the zone's only one, whose ENIConfig is named as the zone. Only pod subnets have one.
    """

    zone: str
    id: str = ""
    cidr: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class GroupWish:
    """A node group that moves: a managed one by its name in EKS, a self-managed one by its Auto Scaling group's name.

    `replacement`: an existing group that takes its pods, empty to have one made. `delete_old` False leaves the old one
    to its owner, drained. `eni_config`: the label of the pod subnet for its nodes, where a zone has several.
    """

    name: str
    replacement: str = ""
    delete_old: bool = True
    eni_config: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A number of nodes, or a part of them in per cent; exactly one is above 0."""

    number: int = 0
    percent: int = 0

    def of(self, nodes: int) -> int:
        """How many of so many, at least one."""
        return max(1, self.number or ceil(nodes * self.percent / 100))


@dataclass(frozen=True, slots=True)
class Warm:
    """The VPC CNI's warm targets; None leaves one as it is."""

    eni: int | None = None
    prefix: int | None = None
    ip: int | None = None
    minimum_ip: int | None = None


@dataclass(frozen=True, slots=True)
class Drain:
    """`timeout`: seconds for one node, after which it counts as not drained. The rest is what may be lost: data in
    emptyDir volumes, pods that nobody starts again, and a budget of disruptions (PDB) once `timeout` has passed."""

    timeout: int = 900
    empty_dir: bool = False
    bare_pods: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds after which a step that has not ended is held: the CNI's roll-out, nodes of the new group being Ready,
    the canary's verdict, a batch's pods being available elsewhere, and all other steps."""

    rollout: int = 1800
    nodes: int = 1800
    canary: int = 900
    settle_batch: int = 1800
    step: int = 900


@dataclass(frozen=True, slots=True)
class Probe:
    """A connection that a network policy allows (`open`) or denies, before and after alike: from a pod of `namespace`
    with these labels (`selector`, as in kubectl) to `host`:`port` over TCP."""

    namespace: str
    selector: str
    host: str
    port: int
    open: bool = True


@dataclass(frozen=True, slots=True)
class Approval:
    """`timeout`: seconds for an answer, after which the run ends with nothing changed."""

    required: bool = False
    timeout: int = 86400


@dataclass(frozen=True, slots=True)
class Request:
    """`pod_subnets`, `node_subnets`: all zones' wishes; node subnets are empty where new nodes stay in the old ones'.
    `cidrs`: blocks to associate with the VPC where it does not have them. `security_groups`: of pods; empty takes those
    of the node's primary interface. `external_snat` None leaves it as it is. `reserve`: reserve made pod subnets for
    prefixes. `load_balancers`: "" or which tag made subnets get, "elb" or "internal-elb". `settle`: seconds between a
    block's association and its use, None for an hour where this run associates it, and none otherwise. `hold`: seconds
    for the answer to a held step, after which the run rolls back. `accept`: findings of the preflight that may be.
    `before`, `after`: ARNs of Lambda functions called before anything is changed, and after the verification.
    """

    cluster: str
    groups: tuple[GroupWish, ...]
    mode: Mode = Mode.CUSTOM_NETWORKING
    cidrs: tuple[str, ...] = ()
    pod_subnets: tuple[SubnetWish, ...] = ()
    node_subnets: tuple[SubnetWish, ...] = ()
    security_groups: tuple[str, ...] = ()
    prefixes: bool = False
    warm: Warm = field(default_factory=Warm)
    external_snat: bool | None = None
    reserve: bool = False
    load_balancers: str = ""
    batch: Share = field(default_factory=lambda: Share(percent=10))
    drain: Drain = field(default_factory=Drain)
    timeouts: Timeouts = field(default_factory=Timeouts)
    waves: bool = False
    approval: Approval = field(default_factory=Approval)
    settle: int | None = None
    bake: int = 0
    hold: int = 86400
    canary_image: str = "public.ecr.aws/docker/library/python:3.13-alpine"
    probes: tuple[Probe, ...] = ()
    before: str = ""
    after: str = ""
    dry_run: bool = False
    accept: tuple[str, ...] = ()

    @property
    def label_chosen(self) -> bool:
        """Whether ENIConfigs are chosen by the label k8s.amazonaws.com/eniConfig, and not by the zone."""
        return any(each.label for each in self.pod_subnets)
