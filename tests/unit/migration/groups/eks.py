"""EKS and its managed node groups, by the rules of its API Reference."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nodenet.errors import HeldError, NotYet
from nodenet.migration.cluster import Taint
from nodenet.migration.groups.wish import Shape
from tests.unit.migration.groups.scaling import Scaling

EFFECTS = {"NO_SCHEDULE": "NoSchedule"}


@dataclass
class Eks:
    """Managed node groups: CREATING, then ACTIVE with an Auto Scaling group; refused while EKS is at work."""

    scaling: Scaling
    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)
    config_map: bool = False
    log: list[str] = field(default_factory=list)

    def version(self, cluster: str) -> str:
        return "1.36"

    def knows_by_config_map(self, cluster: str, role: str) -> bool:
        return self.config_map

    def names(self, cluster: str) -> list[str]:
        return list(self.by_name)

    def group(self, cluster: str, name: str) -> Shape | None:
        self.scaling.machines.cut.count()
        return deepcopy(self.by_name.get(name))

    def create(self, request: Shape) -> None:
        name = request["nodegroupName"]
        if name not in self.by_name:
            if request.get("launchTemplate") and (request.get("diskSize") or request.get("remoteAccess")):
                raise HeldError("InvalidParameterException")
            taints = [Taint(each["key"], EFFECTS[each["effect"]]) for each in request["taints"]]
            self.by_name[name] = {**deepcopy(dict(request)), "status": "CREATING", "version": "1.36", "at": taints}
            self.log.append(f"create {name} with {request['scalingConfig']['desiredSize']}")
        self.scaling.machines.cut.count()

    def update(self, cluster: str, name: str, change: Shape) -> None:
        group = self.by_name[name]
        if group["status"] != "ACTIVE":
            raise NotYet("ResourceInUseException")
        group["scalingConfig"] |= change.get("scalingConfig", {})
        group["new"] = dict(change.get("scalingConfig", {}))
        gone = {each["key"] for each in change.get("taints", {}).get("removeTaints", ())}
        group["taints"] = [each for each in group["taints"] if each["key"] not in gone]
        group["status"] = "UPDATING"
        self.log.append(f"update {name}: {sorted(change)}")
        self.scaling.machines.cut.count()

    def delete(self, cluster: str, name: str) -> None:
        if name in self.by_name:
            if self.by_name[name]["status"] not in ("ACTIVE", "DEGRADED", "CREATE_FAILED"):
                raise NotYet("ResourceInUseException")
            self.by_name[name]["status"] = "DELETING"
            self.log.append(f"delete {name}")
        self.scaling.machines.cut.count()

    def tick(self) -> None:
        for name, group in list(self.by_name.items()):
            behind = f"eks-{name}"
            if group["status"] == "DELETING":
                gone = self.scaling.by_name.pop(behind, {"Instances": []})
                for each in gone["Instances"]:
                    self.scaling.machines.end(each["InstanceId"])
                del self.by_name[name]
                continue
            if group["status"] == "CREATING":
                tags = [{"Key": "eks:cluster-name", "Value": "prod", "PropagateAtLaunch": True}]
                subnets = ",".join(group["subnets"])
                about = {"AutoScalingGroupName": behind, "VPCZoneIdentifier": subnets, "Tags": tags, "Instances": []}
                self.scaling.by_name[behind] = about
                self.scaling.hooks_of[behind] = [{"LifecycleHookName": "Launch-LC-Hook"}]
                group["resources"] = {"autoScalingGroups": [{"name": behind}]}
            shown = self.scaling.by_name.get(behind)
            if shown is not None:
                self._keep_size(group, shown)
            group["status"] = "ACTIVE"

    def _keep_size(self, group: dict[str, Any], shown: dict[str, Any]) -> None:
        """An update sets what it names; else EKS shows the size that its Auto Scaling group has."""
        sizes = group["scalingConfig"]
        if group["status"] == "CREATING":
            group["new"] = dict(sizes)
        for key, name in (("minSize", "MinSize"), ("maxSize", "MaxSize"), ("desiredSize", "DesiredCapacity")):
            shown[name] = sizes[key] = group.get("new", {}).get(key, shown.get(name))
        group["new"] = {}
