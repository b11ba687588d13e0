"""A cluster of two groups that move, a managed one of four nodes and a self-managed one of two, as fakes see it."""

import contextlib
from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nodenet.errors import NotYet, Waiting
from nodenet.migration.groups.admit import Admit
from nodenet.migration.groups.new_group import NewGroups
from nodenet.migration.groups.old_group import OldGroups
from nodenet.migration.groups.wish import TAINT
from nodenet.migration.request import GroupWish, Request
from nodenet.migration.run import Run
from nodenet.migration.step import Step
from tests.unit.migration.groups.eks import Eks
from tests.unit.migration.groups.machines import Machines
from tests.unit.migration.groups.scaling import Scaling
from tests.unit.migration.groups.templates import Templates
from tests.unit.migration.record import CutOff, started

ROLE = "arn:aws:iam::111122223333:role/node"
NODE_CONFIG = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster: {name: prod}\n"
BOTH = (GroupWish("web"), GroupWish("api"))


@dataclass
class World:
    """`step` names the three steps; `tick` lets time pass."""

    machines: Machines = field(default_factory=Machines)
    web: dict[str, Any] = field(default_factory=dict)
    api: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scaling = Scaling(self.machines, tainted=(TAINT,))
        self.eks = Eks(self.scaling)
        self.templates = Templates(self.machines.cut)
        data = {"ImageId": "ami-1", "UserData": b64encode(NODE_CONFIG.encode()).decode()}
        self.templates.by_id["lt-api"] = {"id": "lt-api", "name": "api", "versions": [data], "tags": {}}
        web = {
            "nodegroupName": "web",
            "clusterName": "prod",
            "nodeRole": ROLE,
            "subnets": ["subnet-a", "subnet-b"],
            "instanceTypes": ["m5.large"],
            "amiType": "AL2023_x86_64_STANDARD",
            "scalingConfig": {"minSize": 1, "maxSize": 5, "desiredSize": 4},
            "labels": {"team": "a"},
            "taints": [],
            "tags": {"cost": "1"},
        }
        self.eks.create(web | self.web)
        self.scaling.by_name["api"] = {
            "AutoScalingGroupName": "api",
            "LaunchTemplate": {"LaunchTemplateId": "lt-api", "LaunchTemplateName": "api", "Version": "$Latest"},
            "VPCZoneIdentifier": "subnet-a,subnet-b",
            "MinSize": 0,
            "MaxSize": 3,
            "DesiredCapacity": 2,
            "Tags": [{"Key": "nodenet:cluster", "Value": "prod", "PropagateAtLaunch": True}],
            "Instances": [],
        } | self.api
        for _ in range(3):
            self.tick()
        self.machines.cut.calls = 0
        self.machines.max_pods = 20

    def tick(self) -> None:
        self.machines.tick()
        self.eks.tick()
        self.scaling.tick()

    def run(self, *wishes: GroupWish, request: Request | None = None, **facts: Any) -> Run:
        asked = request or Request("prod", wishes or BOTH)
        kinds = {"web": ("managed", "eks-web", 4), "api": ("self-managed", "api", 2)}
        groups = [
            {
                "name": each.name,
                "kind": kinds[each.name][0],
                "autoScalingGroups": [kinds[each.name][1]],
                "zones": ["eu-west-1a", "eu-west-1b"],
                "subnets": ["subnet-a", "subnet-b"],
                "nodes": kinds[each.name][2],
                "instanceTypes": ["m5.large"],
                "networks": facts.pop("networks", []),
            }
            for each in asked.groups
        ]
        found = {"groups": groups, "waves": False, "maxPods": {"web": 20, "api": 20}, "newSizes": {"web": 6, "api": 3}}
        return started(asked, preflight={"facts": {**found, **facts}})

    def new_groups(self) -> NewGroups:
        machines = self.machines
        return NewGroups(self.eks, self.scaling, self.templates, machines, machines, machines, machines)

    def admit(self) -> Admit:
        return Admit(self.eks, self.scaling, self.machines)

    def old_groups(self) -> OldGroups:
        return OldGroups(self.eks, self.scaling, self.machines, self.machines, self.machines)

    def take(self, step: Step, run: Run, way: str = "forward", until: int = 40) -> str:
        """Calls it as a state machine does, until it waits no more."""
        for _ in range(until):
            with contextlib.suppress(Waiting, NotYet):
                said: str = getattr(step, way)(run, run.notes(step.name))
                return said
            self.tick()
        raise AssertionError(f"{step.name} {way} still waits")

    def take_cut(self, step: Step, run: Run, calls: int, way: str = "forward") -> bool:
        """Ends it after so many calls, wherever that is; whether it came so far."""
        self.machines.cut.calls, self.machines.cut.after = 0, calls
        try:
            self.take(step, run, way)
        except CutOff:
            return True
        finally:
            self.machines.cut.after = None
        return False

    def state(self) -> Any:
        """All that is to be as before after the way back."""
        groups = {name: {**each, "Instances": len(each["Instances"])} for name, each in self.scaling.by_name.items()}
        nodes = sorted((each.name, each.taints, each.unschedulable) for each in self.machines.there.values())
        return deepcopy((self.eks.by_name, groups, self.templates.by_id, nodes))


def new(world: World, old: str, run: Run) -> Mapping[str, Any]:
    """The record of the new group in the place of `old`."""
    found: Mapping[str, Any] = run.notes("new_group")["groups"][old]
    return found
