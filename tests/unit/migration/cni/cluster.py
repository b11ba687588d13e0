"""A cluster whose VPC CNI can be switched: aws-node's DaemonSet with who owns its fields, and EKS, which may manage it.

Rules: fields and their owners as "Server-Side Apply" has them (Kubernetes documentation); UpdateAddon as the EKS API
Reference has it: it applies as field manager "eks", takes off a role that is not given, and is refused while another is
under way. `work()` is what goes on by itself between two looks.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from nodenet.errors import HeldError, NotYet, Waiting
from nodenet.migration.cluster import Node, Owner, Pod
from nodenet.migration.cni.addon import Addon, Update
from nodenet.migration.cni.switch_cni import SwitchCni
from nodenet.migration.objects import DaemonSetState
from nodenet.migration.request import GroupWish, Request, SubnetWish
from nodenet.migration.run import Run
from tests.unit.migration.record import Cut, started

CUSTOM, LABEL, WARM = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENI_CONFIG_LABEL_DEF", "WARM_IP_TARGET"
ZONE = "topology.kubernetes.io/zone"
DEFAULTS = {CUSTOM: "false", "ENABLE_PREFIX_DELEGATION": "false", "WARM_ENI_TARGET": "1", "CLUSTER": "prod"}
"""What EKS applies without any configuration; CLUSTER is none of what its configuration may set."""

SCHEMA = frozenset({CUSTOM, LABEL, WARM, "ENABLE_PREFIX_DELEGATION", "WARM_ENI_TARGET", "MINIMUM_IP_TARGET"})
SWITCHED = {CUSTOM: "true", LABEL: ZONE}
REQUEST = Request(
    "prod",
    (GroupWish("web"),),
    pod_subnets=(SubnetWish("eu-west-1a", id="subnet-a"), SubnetWish("eu-west-1b", id="subnet-b")),
)


def node(name: str, zone: str, **more: Any) -> Node:
    return Node(name, f"u-{name}", f"i-{name}", zone, labels={ZONE: zone}, **more)


@dataclass
class Cluster:
    """n1 and n2 of the old group, cordoned, and n9 of another; all but `dead` roll out one with each `work()`."""

    managed: bool = True
    cut: Cut = field(default_factory=Cut)
    nodes_: dict[str, Node] = field(
        default_factory=lambda: {
            "n1": node("n1", "eu-west-1a", unschedulable=True),
            "n2": node("n2", "eu-west-1b", unschedulable=True),
            "n9": node("n9", "eu-west-1b"),
        }
    )
    configs: dict[str, Any] = field(default_factory=lambda: {"eu-west-1a": {}, "eu-west-1b": {}})
    env: dict[str, str] = field(default_factory=lambda: dict(DEFAULTS))
    owners: dict[str, set[str]] = field(default_factory=lambda: {name: {"eks"} for name in DEFAULTS})
    there: bool = True
    generation: int = 1
    updated: set[str] = field(default_factory=lambda: {"n1", "n2", "n9"})
    addon: Addon | None = field(default_factory=lambda: Addon("v1.23.1-eksbuild.1", role="arn:aws:iam::1:role/cni"))
    updates: dict[str, Update] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: list[Addon] = field(default_factory=list)
    patches: list[dict[str, str | None]] = field(default_factory=list)
    refusal: str = ""

    def __post_init__(self) -> None:
        if not self.managed:
            self.addon = None
            self.owners = {name: {"kubectl-client-side-apply"} for name in self.env}

    @property
    def step(self) -> SwitchCni:
        return SwitchCni(self, self, self, self)

    @property
    def dead(self) -> set[str]:
        return {name for name, each in self.nodes_.items() if not each.ready}

    def restarts(self) -> int:
        return self.generation - 1

    # ---- Kubernetes ----

    def nodes(self, labels: str = "") -> list[Node]:
        self.cut.count()
        return list(self.nodes_.values())

    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        self.cut.count()
        return {"asg-web": ("i-n1", "i-n2")}

    def eni_configs(self) -> dict[str, dict[str, Any]]:
        self.cut.count()
        return dict(self.configs)

    def agents(self) -> list[Pod]:
        owner = Owner("DaemonSet", "kube-system", "aws-node")
        return [
            Pod("kube-system", f"aws-node-{name}", f"p-{name}", name, owner, ready=name not in self.dead)
            for name in self.nodes_
        ]

    def daemon_set(self, name: str = "aws-node") -> DaemonSetState | None:
        self.cut.count()
        if not self.there:
            return None
        available = len(self.nodes_.keys() - self.dead)
        return DaemonSetState(
            name,
            "cni:v1.23.1",
            dict(self.env),
            managers={name: tuple(sorted(each)) for name, each in self.owners.items()},
            generation=self.generation,
            observed=self.generation,
            desired=len(self.nodes_),
            updated=len(self.updated & self.nodes_.keys()),
            available=available,
        )

    def set_environment(self, values: Mapping[str, str | None]) -> bool:
        if not self.there:
            return False
        self.patches.append(dict(values))
        self.by("nodenet-migration", **values)
        self.cut.count()
        return True

    def by(self, manager: str, **values: str | None) -> None:
        """An update by a manager: it owns what it changes, and nobody else does any longer."""
        before = dict(self.env)
        for name, value in values.items():
            if value is None:
                self.env.pop(name, None)
                self.owners.pop(name, None)
            elif self.env.get(name) != value:
                self.env[name] = value
                self.owners[name] = {manager}
        self._rolls(before)

    def work(self) -> None:
        """A moment passes: EKS applies what it was asked for, then a node more gets it."""
        if self.addon and self.addon.status == "UPDATING":
            self._apply(self.addon)
        left = sorted(self.nodes_.keys() - self.updated - self.dead)
        self.updated |= set(left[:1])
        if self.addon and self.addon.status == "UPDATING" and not left:
            self._end()

    def _rolls(self, before: Mapping[str, str]) -> None:
        if self.env != before:
            self.generation += 1
            self.updated = set()

    # ---- EKS ----

    def vpc_cni(self, cluster: str) -> Addon | None:
        self.cut.count()
        return self.addon

    def variables(self, version: str) -> frozenset[str]:
        return SCHEMA

    def update(self, cluster: str, addon: Addon, token: str) -> str:
        assert self.addon
        if token in self.tokens:
            return self.tokens[token]
        if self.addon.busy:
            raise NotYet("UpdateAddon: ResourceInUseException")
        if unknown := said(addon).keys() - SCHEMA:
            raise HeldError(f"UpdateAddon: InvalidParameterException: Json schema validation failed: {unknown}")
        self.asked.append(addon)
        self.addon = replace(addon, status="UPDATING")
        number = f"u-{len(self.updates)}"
        self.updates[number] = Update("InProgress")
        self.tokens[token] = number
        self.cut.count()
        return number

    def outcome(self, cluster: str, update: str) -> Update | None:
        self.cut.count()
        return self.updates.get(update)

    def others_update(self) -> None:
        """Somebody else asks EKS for something, such as another version."""
        assert self.addon
        self.addon = replace(self.addon, status="UPDATING", version="v1.23.2-eksbuild.1")

    def _apply(self, addon: Addon) -> None:
        if self.refusal:
            return
        before, applied = dict(self.env), {**DEFAULTS, **said(addon)}
        for name, value in applied.items():
            self.owners[name] = self.owners.get(name, set()) | {"eks"} if self.env.get(name) == value else {"eks"}
            self.env[name] = value
        for name in [each for each, owners in self.owners.items() if "eks" in owners and each not in applied]:
            self.owners[name].discard("eks")
            if not self.owners[name]:
                del self.owners[name], self.env[name]
        self._rolls(before)

    def _end(self) -> None:
        assert self.addon
        why = self.refusal or ("InsufficientNumberOfReplicas: not all replicas" if self.dead else "")
        self.addon = replace(self.addon, status="UPDATE_FAILED" if why else "ACTIVE")
        for number, update in self.updates.items():
            if update.status == "InProgress":
                self.updates[number] = Update("Failed", (why,)) if why else Update("Successful")


def said(addon: Addon) -> dict[str, str]:
    """The environment in the add-on's text."""
    # All that is indented by tabs here is JSON, which needs none.
    document = yaml.safe_load(addon.configuration.replace("\t", " ") or "{}")
    return dict(document.get("env") or {})


def text(**env: str) -> str:
    return json.dumps({"env": env})


def a_run(request: Request = REQUEST) -> Run:
    return started(request, preflight={"facts": {"groups": [{"name": "web", "autoScalingGroups": ["asg-web"]}]}})


def taken(cluster: Cluster, run: Run, way: str = "forward", looks: int = 30) -> str:
    """As the state machine takes the step: again and again while it waits."""
    for _ in range(looks):
        try:
            step = cluster.step
            return getattr(step, way)(run, run.notes(step.name))  # type: ignore[no-any-return]
        except (Waiting, NotYet) as waiting:
            last = waiting
            cluster.work()
    raise last


def waits(cluster: Cluster, run: Run, way: str = "forward") -> Sequence[str]:
    """What it says, once for each wait, until it is over."""
    said: list[str] = []
    for _ in range(30):
        try:
            getattr(cluster.step, way)(run, run.notes("switch_cni"))
            return said
        except Waiting as waiting:
            said.append(str(waiting))
            cluster.work()
    return said
