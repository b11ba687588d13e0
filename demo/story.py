"""The story that `make demo` tells, act by act; every word of it comes from what happens in the region."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from demo.checks import Check, check
from demo.ping import Ping, pings
from demo.stack import Stack, deploy
from demo.stage import Stage, build
from demo.watch import Listener, at_rest, networks_by_node, until
from local.region import Region
from local.vpc.namespaces import missing

CLUSTER = "demo"
UPF = ["n3", "n6"]
EDGE = ["n3"]
FAST = ["n6"]
LATENCY = (0.1, 0.3)
"""Seconds that a call of EC2 or Auto Scaling takes here: a choice of this demo, no measurement of AWS."""

type Say = Callable[[str], None]


@dataclass
class Node:
    """A row of the table that the demo prints."""

    id: str
    zone: str
    kind: str
    interfaces: list[dict[str, Any]]
    seconds: float
    calls: int = 0
    gone: str = ""


@dataclass
class Report:
    """All that the demo saw; written as it is to report.json."""

    seconds: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    launch_calls: dict[str, int] = field(default_factory=dict)
    wired: int = 0
    pings: list[Ping] = field(default_factory=list)
    terminate_calls: dict[str, int] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return bool(self.checks) and all(check.good for check in self.checks)


class Story:
    """Plays the acts in order. `say` is told what happens while it happens."""

    def __init__(self, region: Region, say: Say) -> None:
        self.region = region
        self.say = say
        self.report = Report()
        self.wanted: dict[str, list[str]] = {}
        self.first_call = 0
        self.stack: Stack
        self.stage: Stage

    def play(self) -> Report:
        with self._act("deploy"):
            self.region.control.enforce_identity(True)
            self.stack = deploy(self.region, f"nodenet-{CLUSTER}", CLUSTER)
            self.say(f"sam deploy has put {self.stack.name} into the region, by CloudFormation as in any account")
            self.say("IAM is enforced: the functions may do what the template's roles say, and no more")
        with self._act("cluster"):
            self._cluster()
        with self._act("launch"):
            self._launch()
        with self._act("hooked launch"):
            self._hooked_launch()
        with self._act("pings"):
            self._pings()
        with self._act("going away"):
            self._going_away()
        self.report.checks = check(self.stack, self.stage, self.wanted, [self.upf, self.edge], self.report.pings)
        return self.report

    def _cluster(self) -> None:
        self.stage = build(self.region, CLUSTER)
        self.say(
            f"VPC {self.stage.vpc_id} in three zones, cluster {CLUSTER}, networks n3 and n6 with a subnet per zone"
        )
        self.listener = Listener(self.stack)
        answer = self.stack.configure(self.stage.document())
        self.say(f"configuration put into {self.stack.parameter}: {answer['configuration']}")

    def _launch(self) -> None:
        control = self.region.control
        control.latency({"ec2": LATENCY, "autoscaling": LATENCY})
        control.delays(pending=2, attach=1, detach=1, shutting_down=2)
        # Every event comes twice, as EventBridge may deliver it.
        control.disturb_deliveries(copies=1, times=1000)
        self.first_call = control.calls()[-1].number
        self.say(f"from here on each call of EC2 takes {LATENCY[0]} to {LATENCY[1]} s, and every event comes twice")
        self.upf = self.stage.managed_group("upf", 1)
        self.say("managed node group upf: EKS starts its first node before anybody can hook the group")
        hooks = [
            self._hook(self.stack.outputs["LaunchHook"], "LAUNCHING", "ABANDON"),
            self._hook(self.stack.outputs["TerminateHook"], "TERMINATING", "CONTINUE"),
        ]
        tags = {"nodenet:cluster": CLUSTER, "role": "edge"}
        self.edge = self.stage.self_managed_group("edge", 2, tags, hooks)
        self.say("self-managed group edge: two nodes wait at the hook of the group's own specification")
        lone = {"eks:eks-cluster-name": CLUSTER, "karpenter.sh/nodepool": "fast"}
        self.lone = [self.stage.lone_node(lone, zone) for zone in (0, 1)]
        self.say("two nodes without a group, as Karpenter makes them")
        kinds = {
            **{each["InstanceId"]: ("upf, managed", UPF) for each in self.stage.members(self.upf)},
            **{each["InstanceId"]: ("edge, own group", EDGE) for each in self.stage.members(self.edge)},
            **dict.fromkeys(self.lone, ("fast, no group", FAST)),
        }
        self._wait_for(kinds)

    def _hooked_launch(self) -> None:
        before = {each["InstanceId"] for each in self.stage.members(self.upf)}
        installed = self.stack.install_hooks()
        for group in installed["groups"]:
            if group["steps"]:
                self.say(f"hooks installed on {group['group']}: {', '.join(s['reason'] for s in group['steps'])}")
        self.stage.resize(self.upf, 2)
        self.say("managed node group upf grows by one: this node is held until it has its networks")
        until(lambda: len(self.stage.members(self.upf)) == 2, "a second node of upf")
        new = {each["InstanceId"] for each in self.stage.members(self.upf)} - before
        self._wait_for(dict.fromkeys(new, ("upf, managed", UPF)))
        self.report.launch_calls = self._calls("LaunchFunction")
        self._count_calls_of_nodes()
        self.report.wired = len(self.wanted)

    def _pings(self) -> None:
        if lacking := missing():
            self.say(f"no ping between pods here: {lacking}")
            return
        nodes = [node for node, networks in self.wanted.items() if networks == UPF]
        self.say("the two nodes of upf boot as network namespaces, where the agent sets up n3 and n6 for a pod on each")
        self.report.pings = pings(self.stack, nodes, UPF)
        for ping in self.report.pings:
            self.say(str(ping))

    def _going_away(self) -> None:
        self.first_call = self.region.control.calls()[-1].number
        before = {group: {m["InstanceId"] for m in self.stage.members(group)} for group in (self.upf, self.edge)}
        self.stage.resize(self.upf, 1)
        self.stage.resize(self.edge, 1)
        for group, name in ((self.upf, "upf"), (self.edge, "edge")):
            until(lambda group=group: len(self.stage.members(group)) == 1, f"{name} to shrink")  # type: ignore[misc]
            (gone,) = before[group] - {m["InstanceId"] for m in self.stage.members(group)}
            self._went(gone, "terminated")
            self.say(f"{name} shrinks: {gone} is let go by its terminate hook, its interfaces go with it")
        killed = self.lone[0]
        self.region.client("ec2").terminate_instances(InstanceIds=[killed])
        self._went(killed, "killed")
        self.say(f"{killed} is killed without any hook")
        until(lambda: networks_by_node(self.stage) == self._wanted_now(), "the interfaces of three nodes to go")
        until(lambda: at_rest(self.stack), "the queues to be empty")
        self.report.terminate_calls = self._calls("TerminateFunction")

    def _wanted_now(self) -> dict[str, list[str]]:
        return {node: sorted(networks) for node, networks in self.wanted.items()}

    def _went(self, node: str, how: str) -> None:
        del self.wanted[node]
        self.report.nodes[node].gone = how

    def _wait_for(self, kinds: dict[str, tuple[str, list[str]]]) -> None:
        """Waits until these nodes have their networks, telling each one as its event comes."""
        self.wanted |= {node: networks for node, (_, networks) in kinds.items()}
        told: set[str] = set()

        def all_told() -> bool:
            for event in self.listener.new():
                self.report.events.append(event)
                detail = event["detail"]
                if detail["node"] in kinds and detail["node"] not in told:
                    told.add(detail["node"])
                    self._tell(event["detail-type"], detail, kinds[detail["node"]][0])
            return told >= kinds.keys() and at_rest(self.stack)

        until(all_told, "nodes to be ready")

    def _tell(self, kind: str, detail: dict[str, Any], of: str) -> None:
        node = Node(detail["node"], detail["zone"], of, detail["interfaces"], detail["seconds"])
        self.report.nodes[node.id] = node
        networks = ", ".join(f"{each['network']} {each['address']}" for each in node.interfaces)
        self.say(f"{kind}: {node.id} in {node.zone} ({of}) after {node.seconds:.1f} s: {networks}")

    def _calls(self, output: str) -> dict[str, int]:
        """The EC2 and Auto Scaling calls of a function, by operation."""
        name = self.stack.outputs[output]
        counted = Counter(
            call.operation
            for call in self.region.control.calls(function=name, after=self.first_call)
            if call.service in ("ec2", "autoscaling")
        )
        return dict(counted.most_common())

    def _count_calls_of_nodes(self) -> None:
        """What each node's launch cost, without the describes that a batch shares."""
        made = self.region.control.calls(function=self.stack.outputs["LaunchFunction"], after=self.first_call)
        for node in self.report.nodes.values():
            its = {node.id, *(each["interface_id"] for each in node.interfaces)}
            node.calls = sum(
                call.service in ("ec2", "autoscaling")
                and not call.operation.startswith("Describe")
                and not its.isdisjoint(call.resources)
                for call in made
            )

    @staticmethod
    def _hook(name: str, transition: str, result: str) -> dict[str, Any]:
        return {
            "LifecycleHookName": name,
            "LifecycleTransition": f"autoscaling:EC2_INSTANCE_{transition}",
            "HeartbeatTimeout": 600,
            "DefaultResult": result,
        }

    @contextmanager
    def _act(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.report.seconds[name] = round(time.monotonic() - start, 2)
