"""Groups are deleted: their instances end through their lifecycle hooks, and then the group itself."""

from dataclasses import dataclass
from typing import Final

from nodenet.errors import HeldError, Waiting
from nodenet.migration.groups.ports import NodeGroups, ScalingGroups
from nodenet.migration.groups.wish import Shape

_GOING: Final = ("Terminating", "Terminated")
_STANDBY: Final = "Standby"
_TERMINATE: Final = "Terminate"
_EVERYTHING: Final = "prevent-all-deletion"


@dataclass(frozen=True, slots=True)
class Removal:
    """Each call does what is to be done now, and raises Waiting until the group is gone."""

    groups: NodeGroups
    scaling: ScalingGroups

    def managed(self, cluster: str, found: Shape) -> None:
        """EKS drains and ends the nodes itself ("Delete a managed node group", EKS User Guide)."""
        name, status = found["nodegroupName"], found["status"]
        if status == "DELETE_FAILED":
            issues = "; ".join(f"{each.get('code')}: {each.get('message')}" for each in found["health"]["issues"])
            raise HeldError(f"EKS could not delete node group {name}: {issues}. Mend that, delete it, and resume")
        if status in ("CREATING", "UPDATING"):
            raise Waiting(f"node group {name} is {status}, and can be deleted after that")
        if status != "DELETING":
            self.groups.delete(cluster, name)
        raise Waiting(f"EKS deletes node group {name}")

    def self_managed(self, found: Shape) -> None:
        """To no instances first, so that lifecycle hooks are asked; deletion by force would not ask them."""
        name = found["AutoScalingGroupName"]
        self._check(found)
        if found["MinSize"] or found["DesiredCapacity"]:
            self.scaling.change(name, {"MinSize": 0, "DesiredCapacity": 0})
        if found.get("WarmPoolConfiguration") and not found["WarmPoolConfiguration"].get("Status"):
            self.scaling.drop_warm_pool(name)
        staying = [each for each in found["Instances"] if not each["LifecycleState"].startswith(_GOING)]
        for each in staying:
            # A smaller size ends neither of these two (Auto Scaling User Guide: scale-in protection, standby).
            if each.get("ProtectedFromScaleIn") or each["LifecycleState"].startswith(_STANDBY):
                self.scaling.terminate(name, each["InstanceId"], decrement=False)
        if found["Instances"]:
            raise Waiting(f"{len(found['Instances'])} instances of {name} end")
        if not self.scaling.delete(name):
            raise Waiting(f"Auto Scaling deletes {name}")

    def _check(self, found: Shape) -> None:
        name = found["AutoScalingGroupName"]
        if found.get("DeletionProtection") == _EVERYTHING:
            raise HeldError(f"{name} is protected from deletion: take that away, and resume")
        stopped = {each["ProcessName"] for each in found.get("SuspendedProcesses") or ()}
        if _TERMINATE in stopped and found["Instances"]:
            raise HeldError(f"the process Terminate of {name} is suspended, so that its instances stay: resume it")
