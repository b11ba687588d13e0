"""Auto Scaling, by the rules of its API Reference and User Guide."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nodenet.migration.cluster import Taint
from nodenet.migration.groups.wish import Shape
from tests.unit.migration.groups.machines import ZONES, Machines


@dataclass
class Scaling:
    """Groups start and end instances in `tick`, evenly over zones; a protected instance, or one in standby, is not
    ended by a smaller size, and none at all while Terminate is suspended."""

    machines: Machines
    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)
    hooks_of: dict[str, list[Shape]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    tainted: tuple[Taint, ...] = ()
    failing: str = ""

    def groups(self, names: Collection[str]) -> Mapping[str, Shape]:
        self.machines.cut.count()
        return {name: group for name, group in self.by_name.items() if name in names}

    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        return {
            name: tuple(each["InstanceId"] for each in group["Instances"])
            for name, group in self.groups(groups).items()
        }

    def hooks(self, name: str) -> Sequence[Shape]:
        return list(self.hooks_of.get(name, ()))

    def left(self, name: str) -> Sequence[str]:
        return ["scaling policy cpu"] if name == "api" else []

    def trouble(self, name: str) -> str:
        return self.failing

    def create(self, request: Shape) -> None:
        name = request["AutoScalingGroupName"]
        if name not in self.by_name:
            assert ("LaunchTemplate" in request) != ("MixedInstancesPolicy" in request)
            kept = {key: value for key, value in request.items() if key != "LifecycleHookSpecificationList"}
            self.by_name[name] = {"Instances": [], **kept}
            self.hooks_of[name] = list(request.get("LifecycleHookSpecificationList", ()))
            self.log.append(f"create {name} with {request['DesiredCapacity']}")
        self.machines.cut.count()

    def change(self, name: str, change: Shape) -> None:
        self.by_name[name] |= change
        group = self.by_name[name]
        assert group["MinSize"] <= group["DesiredCapacity"] <= group["MaxSize"]
        self.log.append(f"change {name}: {sorted(change)}")
        self.machines.cut.count()

    def tag(self, tags: Sequence[Shape]) -> None:
        for each in tags:
            self.by_name[each["ResourceId"]].setdefault("Tags", []).append(each)
        self.machines.cut.count()

    def put_hook(self, hook: Shape) -> None:
        self.hooks_of.setdefault(hook["AutoScalingGroupName"], []).append(hook)
        self.machines.cut.count()

    def attach(self, name: str, traffic: Sequence[Shape]) -> None:
        self.by_name[name].setdefault("TrafficSources", []).extend(traffic)
        self.machines.cut.count()

    def suspend_all(self, name: str, processes: Sequence[str]) -> None:
        self.by_name[name].setdefault("SuspendedProcesses", []).extend({"ProcessName": each} for each in processes)
        self.machines.cut.count()

    def collect(self, name: str, metrics: Sequence[str]) -> None:
        self.by_name[name].setdefault("EnabledMetrics", []).extend({"Metric": each} for each in metrics)
        self.machines.cut.count()

    def terminate(self, name: str, instance: str, *, decrement: bool) -> None:
        group = self.by_name[name]
        for each in group["Instances"]:
            if each["InstanceId"] == instance and each["LifecycleState"] != "Terminating:Wait":
                assert not decrement or group["DesiredCapacity"] > group["MinSize"]
                group["DesiredCapacity"] -= decrement
                each["LifecycleState"] = "Terminating:Wait"
                self.log.append(f"terminate {instance}")
        self.machines.cut.count()

    def drop_warm_pool(self, name: str) -> None:
        self.by_name[name].pop("WarmPoolConfiguration", None)
        self.machines.cut.count()

    def delete(self, name: str) -> bool:
        group = self.by_name.get(name)
        if group and (group["Instances"] or group.get("WarmPoolConfiguration")):
            return False
        self.by_name.pop(name, None)
        self.machines.cut.count()
        return True

    def tick(self) -> None:
        for group in self.by_name.values():
            for each in [one for one in group["Instances"] if one["LifecycleState"] == "Terminating:Wait"]:
                group["Instances"].remove(each)
                self.machines.end(each["InstanceId"])
            self._grow(group)
            self._shrink(group)

    def _grow(self, group: dict[str, Any]) -> None:
        subnets = group["VPCZoneIdentifier"].split(",")
        while len(group["Instances"]) < group["DesiredCapacity"] and not self.failing:
            zone = ZONES[subnets[len(group["Instances"]) % len(subnets)]]
            instance = self.machines.start(zone, group.get("labels", {}), self._taints(group))
            group["Instances"].append({"InstanceId": instance, "LifecycleState": "InService"})

    def _shrink(self, group: dict[str, Any]) -> None:
        if any(each["ProcessName"] == "Terminate" for each in group.get("SuspendedProcesses", ())):
            return
        able = [
            each
            for each in group["Instances"]
            if each["LifecycleState"] == "InService" and not each.get("ProtectedFromScaleIn")
        ]
        for each in able[: max(0, len(group["Instances"]) - group["DesiredCapacity"])]:
            each["LifecycleState"] = "Terminating:Wait"

    def _taints(self, group: Mapping[str, Any]) -> Sequence[Taint]:
        """Of version 2 of a launch template, which is the tainted one of nodenet's."""
        version = (group.get("LaunchTemplate") or {}).get("Version")
        return self.tainted if version == "2" else ()
