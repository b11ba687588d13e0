"""A cluster in which canaries run: two zones with an old and a new node each. Jobs have pods when they are looked at;
how these end, and who reaches them, is told."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nodenet.migration.canary.canary import Canary
from nodenet.migration.cluster import UNVERIFIED, Node, Pod, Taint
from nodenet.migration.objects import JobPod, JobState
from nodenet.migration.request import GroupWish, Mode, Request, SubnetWish, Timeouts
from nodenet.migration.run import Run
from tests.unit.migration.record import Cut, started

ZONES = ("eu-west-1a", "eu-west-1b")
CIDRS = {"eu-west-1a": "100.64.0.0/19", "eu-west-1b": "100.64.32.0/19"}
REQUEST = Request(
    "prod",
    (GroupWish("web"),),
    pod_subnets=tuple(SubnetWish(zone, cidr=cidr) for zone, cidr in CIDRS.items()),
    timeouts=Timeouts(canary=900),
)


def a_run(request: Request = REQUEST, made: bool = True, desired: int = 2, **facts: Any) -> Run:
    node_subnets = request.mode is Mode.NODE_SUBNETS
    subnets = [
        {"zone": zone, "id": f"s-{zone}", "cidr": cidr, "label": "", "made": True} for zone, cidr in CIDRS.items()
    ]
    group = {"name": "web", "autoScalingGroups": ["asg-old"], "zones": list(ZONES), **facts}
    new = {"kind": "managed", "name": "web-new", "made": made, "autoScalingGroups": ["asg-new"], "desired": desired}
    return started(
        request,
        preflight={"facts": {"groups": [group]}},
        step_extend_vpc={"nodeSubnets" if node_subnets else "podSubnets": subnets},
        step_new_group={"groups": {"web": new}},
    )


def _nodes() -> dict[str, Node]:
    found = {}
    for zone in ZONES:
        letter = zone[-1]
        found[f"old-{letter}"] = Node(
            f"old-{letter}", f"u-old-{letter}", f"i-old-{letter}", zone, unschedulable=True, max_pods=29
        )
        taints = (Taint(UNVERIFIED, "NoSchedule"),)
        found[f"new-{letter}"] = Node(f"new-{letter}", f"u-new-{letter}", f"i-new-{letter}", zone, taints=taints)
    return found


@dataclass
class Behaviour:
    """Of pods on a node: `address` empty, it gets none; `exit_code` None, it runs on; `message` as Kubernetes tells."""

    address: str = ""
    ready: bool = True
    exit_code: int | None = None
    message: str = ""


@dataclass
class Cluster:
    """Adapters of Kubernetes and Auto Scaling, all in one."""

    cut: Cut = field(default_factory=Cut)
    named: dict[str, Node] = field(default_factory=_nodes)
    running: list[Pod] = field(
        default_factory=lambda: [
            Pod("kube-system", "coredns-1", "u-1", "old-a", address="10.0.0.10", labels={"k8s-app": "kube-dns"}),
            Pod("kube-system", "coredns-2", "u-2", "elsewhere", address="10.0.9.9", labels={"k8s-app": "kube-dns"}),
            Pod("default", "web-1", "u-3", "old-a", address="10.0.0.11", labels={"app": "web"}),
        ]
    )
    behaviour: dict[str, Behaviour] = field(
        default_factory=lambda: {
            "new-a": Behaviour("100.64.0.7"),
            "new-b": Behaviour("100.64.32.7"),
            "old-a": Behaviour("10.0.0.77", exit_code=0),
            "old-b": Behaviour("10.0.1.77", exit_code=0),
        }
    )
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    prepared: int = 0
    cleared: int = 0
    unreached: Callable[[Pod], tuple[int, str] | None] = lambda pod: None
    asked: list[str] = field(default_factory=list)
    now: float = 5000.0

    def step(self) -> Canary:
        return Canary(self, self, self, self, lambda: self.now)

    def nodes(self, labels: str = "") -> list[Node]:
        return list(self.named.values())

    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        known = {f"asg-{which}": tuple(f"i-{which}-{zone[-1]}" for zone in ZONES) for which in ("old", "new")}
        return {name: some for name, some in known.items() if name in groups}

    def prepare(self) -> None:
        self.prepared += 1
        self.cut.count()

    def start(self, job: Mapping[str, Any]) -> bool:
        assert self.prepared
        name = job["metadata"]["name"]
        if name in self.jobs:
            return False
        self.jobs[name] = dict(job)
        self.made.append(name)
        self.cut.count()
        return True

    def job(self, namespace: str, name: str) -> JobState | None:
        if name not in self.jobs:
            return None
        code = self._behaviour(name).exit_code
        return JobState(namespace, name, complete=code == 0, failed=code not in (None, 0), message="PodFailurePolicy")

    def pods(self, *args: str, **wanted: str) -> Any:
        """Of a job, or those that are there."""
        if len(args) == 2:
            return [self._job_pod(args[1])]
        key, _, value = wanted.get("labels", "").partition("=")
        return [
            pod
            for pod in self.running
            if wanted.get("node", pod.node) == pod.node
            and wanted.get("namespace", pod.namespace) == pod.namespace
            and (not key or pod.labels.get(key) == value)
        ]

    def proxy(self, pod: Pod, port: int, path: str) -> tuple[int, str]:
        self.asked.append(pod.address)
        return self.unreached(pod) or (200, json.dumps({"name": pod.name}))

    def clear(self) -> None:
        self.cleared += 1
        self.jobs.clear()
        self.cut.count()

    def node_of(self, name: str) -> str:
        spec = self.jobs[name]["spec"]["template"]["spec"]
        terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        return str(terms[0]["matchFields"][0]["values"][0])

    def config(self, node: str) -> Any:
        """What the canary on a node is asked to check."""
        (name,) = [name for name in self.jobs if self.node_of(name) == node]
        return json.loads(self.jobs[name]["spec"]["template"]["spec"]["containers"][0]["command"][3])

    def change(self, node: str, **how: Any) -> None:
        self.behaviour[node] = replace(self.behaviour[node], **how)

    def _behaviour(self, name: str) -> Behaviour:
        return self.behaviour[self.node_of(name)]

    def _job_pod(self, name: str) -> JobPod:
        told, node = self._behaviour(name), self.node_of(name)
        pod = Pod(
            "nodenet-canary", f"{name}-x", "u", node, address=told.address, ready=told.ready and bool(told.address)
        )
        return JobPod(pod, told.exit_code, told.message)


def says(**results: str) -> str:
    """A termination message."""
    return json.dumps({"results": {name.replace("_", "."): why for name, why in results.items()}})
