"""What becomes of each setting of a node group when it is cloned: copied, changed, left out and named, or refused.

`docs/reference/cloned-groups.md` shows it to people. Fields are those of CreateNodegroup (EKS API Reference) and of
CreateAutoScalingGroup (Auto Scaling API Reference); those that are asked for separately come after them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Fate(StrEnum):
    """LEFT: the clone does not have it, and the step's sentence says so. REFUSED: a group that has it is not cloned."""

    COPIED = "copied"
    CHANGED = "changed"
    LEFT = "left out"
    REFUSED = "refused"


type Fates = Mapping[str, tuple[Fate, str]]

_COPY: Final = (Fate.COPIED, "as it is")

MANAGED: Final[Fates] = {
    "clusterName": _COPY,
    "nodegroupName": (Fate.CHANGED, "the old name and a mark of the run, 63 characters at most"),
    "scalingConfig": (Fate.CHANGED, "made empty, then as many nodes as planned; the maximum grows where they are more"),
    "diskSize": (Fate.COPIED, "as it is; refused where the maximum of pods must be told by a launch template"),
    "subnets": (Fate.CHANGED, "those of `nodeSubnets`, where the request has some in the group's zones"),
    "instanceTypes": _COPY,
    "amiType": _COPY,
    "remoteAccess": (Fate.COPIED, "as it is; refused where the maximum of pods must be told by a launch template"),
    "nodeRole": _COPY,
    "labels": (Fate.COPIED, "with `k8s.amazonaws.com/eniConfig` where the request has an `eniConfig`"),
    "taints": (Fate.COPIED, "with `nodenet/unverified:NoSchedule` until the canary has spoken"),
    "tags": (Fate.COPIED, "but those that begin with `aws:`; with `nodenet:run` and `nodenet:cluster`"),
    "clientRequestToken": (Fate.CHANGED, "one for each run and group"),
    "launchTemplate": (
        Fate.COPIED,
        "the same version; a copy, which the run owns, where the maximum of pods must be told by user data",
    ),
    "updateConfig": _COPY,
    "nodeRepairConfig": _COPY,
    "capacityType": _COPY,
    "version": (Fate.REFUSED, "another Kubernetes version than the cluster's, with which EKS makes no node groups"),
    "releaseVersion": _COPY,
    "warmPoolConfig": (Fate.LEFT, "its instances would take addresses that were not planned for"),
    "lifecycle hooks": (Fate.COPIED, "on the group's Auto Scaling group, but EKS's own"),
    "tags of the Auto Scaling group": (Fate.COPIED, "but those of AWS and EKS"),
    "target groups": (Fate.COPIED, "of the group's Auto Scaling group"),
    "suspended processes": (Fate.COPIED, "but for what the run itself has suspended"),
    "metrics": _COPY,
    "scaling policies": (Fate.LEFT, "they would scale empty nodes in; none of EKS's groups has one by itself"),
    "scheduled actions": (Fate.LEFT, "they would change the size in the middle of a run"),
}

SELF_MANAGED: Final[Fates] = {
    "AutoScalingGroupName": (Fate.CHANGED, "the old name and a mark of the run, 63 characters at most"),
    "LaunchConfigurationName": (Fate.REFUSED, "AWS makes no new launch configurations: give the group a template"),
    "LaunchTemplate": (Fate.CHANGED, "a copy, which the run owns, whose user data tells taint, labels, most pods"),
    "MixedInstancesPolicy": (Fate.COPIED, "with copies of its launch templates; refused with weights"),
    "InstanceId": (Fate.CHANGED, "never given"),
    "MinSize": (Fate.CHANGED, "0 at first, then as it is"),
    "MaxSize": (Fate.CHANGED, "as it is, or as many as planned where they are more"),
    "DesiredCapacity": (Fate.CHANGED, "made empty, then as many nodes as planned"),
    "DefaultCooldown": _COPY,
    "AvailabilityZones": (Fate.CHANGED, "never given: subnets say it"),
    "AvailabilityZoneIds": (Fate.CHANGED, "never given: subnets say it"),
    "LoadBalancerNames": _COPY,
    "TargetGroupARNs": _COPY,
    "HealthCheckType": _COPY,
    "HealthCheckGracePeriod": _COPY,
    "PlacementGroup": _COPY,
    "VPCZoneIdentifier": (Fate.CHANGED, "those of `nodeSubnets`, where the request has some in the group's zones"),
    "TerminationPolicies": _COPY,
    "NewInstancesProtectedFromScaleIn": _COPY,
    "CapacityRebalance": _COPY,
    "LifecycleHookSpecificationList": (Fate.COPIED, "all of the group's hooks"),
    "DeletionProtection": (Fate.LEFT, "the way back could not delete the clone"),
    "Tags": (Fate.COPIED, "but those that begin with `aws:`; with `nodenet:run` and `nodenet:cluster`"),
    "ServiceLinkedRoleARN": _COPY,
    "MaxInstanceLifetime": _COPY,
    "Context": _COPY,
    "DesiredCapacityType": (Fate.REFUSED, "vcpu and memory-mib: sizes are planned in nodes"),
    "DefaultInstanceWarmup": _COPY,
    "TrafficSources": (Fate.COPIED, "in place of the two above, where one is VPC Lattice's"),
    "InstanceMaintenancePolicy": _COPY,
    "AvailabilityZoneDistribution": _COPY,
    "AvailabilityZoneImpairmentPolicy": _COPY,
    "SkipZonalShiftValidation": (Fate.CHANGED, "never given"),
    "CapacityReservationSpecification": _COPY,
    "InstanceLifecyclePolicy": _COPY,
    "Operator": (Fate.REFUSED, "the group belongs to a service of AWS"),
    "suspended processes": (Fate.COPIED, "but for what the run itself has suspended"),
    "metrics": _COPY,
    "notifications": (Fate.LEFT, "subscribe the new group to the topic afterwards"),
    "warm pool": (Fate.LEFT, "its instances would take addresses that were not planned for"),
    "scaling policies": (Fate.LEFT, "they would scale empty nodes in"),
    "scheduled actions": (Fate.LEFT, "they would change the size in the middle of a run"),
}


def copied(fates: Fates) -> tuple[str, ...]:
    """The fields that are copied as they are."""
    return tuple(name for name, fate in fates.items() if fate == _COPY)
