"""The cluster with a managed and a self-managed group, and the steps that clone, open and delete groups at it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nodenet.aws.auto_scaling_groups import AutoScalingGroups
from nodenet.aws.launch_templates import LaunchTemplates
from nodenet.aws.new_nodes import NewNodes
from nodenet.aws.node_groups import NodeGroups
from nodenet.aws.node_roles import NodeRoles
from nodenet.errors import NotYet, Waiting
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.migration.cluster import Node
from nodenet.migration.groups.new_group import NewGroups
from nodenet.migration.request import GroupWish, Request
from nodenet.migration.run import Run
from nodenet.migration.step import Step
from tests.integration.migration.prod import NAME, ZONES, Prod
from tests.integration.migration.waiting import until
from tests.unit.migration.record import started


class ClosedProd(Prod):
    """Its clients of the API server are closed, whoever asks for them."""

    opened: tuple[Any, ...] = ()

    @property
    def kube(self) -> Any:
        client = super().kube
        self.opened = (*self.opened, client)
        return client

    def close(self) -> None:
        for each in self.opened:
            each.close()


class Short(NewNodes):
    """EC2 with one free address in each subnet."""

    def free(self, subnets: Collection[str]) -> Mapping[str, tuple[str, int]]:
        return {each: (zone, 1) for each, (zone, _) in super().free(subnets).items()}


@dataclass
class Stage:
    """The cluster with groups web (managed, three nodes) and api (self-managed, three), and the steps at it."""

    prod: Prod
    connection: Connection

    def __post_init__(self) -> None:
        eks, ec2 = self.prod.client("eks"), self.prod.client("ec2")
        self.groups, self.scaling = NodeGroups(eks), AutoScalingGroups(self.prod.client("autoscaling"))
        self.kube = Nodes(self.connection)
        self.pods = Pods(self.connection)
        self.templates = LaunchTemplates(ec2)
        self.ec2: NewNodes = NewNodes(ec2)
        self.roles = NodeRoles(ec2, self.prod.client("iam"))

    def new_groups(self) -> NewGroups:
        cni = VpcCni(self.connection)
        return NewGroups(self.groups, self.scaling, self.templates, self.ec2, self.kube, self.pods, cni)

    def run(self, *wishes: GroupWish, most: int = 20, **facts: Any) -> Run:
        subnets = list(self.prod.nodes_in.values())
        behind = {"web": self.behind("web"), "api": "api"}
        groups = [
            {
                "name": each.name,
                "kind": "managed" if each.name == "web" else "self-managed",
                "autoScalingGroups": [behind[each.name]],
                "zones": list(ZONES),
                "subnets": subnets,
                "nodes": 3,
                "instanceTypes": ["m5.large"],
                "networks": [],
            }
            for each in wishes
        ]
        sizes, most_pods = {each.name: 3 for each in wishes}, {each.name: most for each in wishes}
        found = {"groups": groups, "waves": False, "maxPods": most_pods, "newSizes": sizes, **facts}
        return started(Request(NAME, wishes), preflight={"facts": found})

    def behind(self, name: str) -> str:
        found: dict[str, Any] = dict(self.groups.group(NAME, name) or {})
        return str(found["resources"]["autoScalingGroups"][0]["name"])

    def take(self, step: Step, run: Run, way: str = "forward") -> str:
        said = ""

        def done() -> bool:
            nonlocal said
            try:
                said = getattr(step, way)(run, run.notes(step.name))
            except (Waiting, NotYet) as waiting:
                said = str(waiting)
                return False
            return True

        until(done, f"{step.name} {way}", 60, lambda: said)
        return said

    def templates_there(self) -> set[str]:
        found = self.prod.client("ec2").describe_launch_templates()["LaunchTemplates"]
        return {each["LaunchTemplateName"] for each in found if not each["LaunchTemplateName"].startswith("eks-")}

    def of(self, group: dict[str, Any]) -> list[Node]:
        ids = {each for some in self.scaling.instances(group["autoScalingGroups"]).values() for each in some}
        return [node for node in self.kube.nodes() if node.instance_id in ids]


def new(run: Run, old: str) -> dict[str, Any]:
    found: dict[str, Any] = run.notes("new_group")["groups"][old]
    return found
