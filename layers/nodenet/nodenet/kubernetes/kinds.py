"""The kinds of objects that are read, with the fields that are looked at and no others: whole, as lightkube has them,
the pods of a large cluster fill gigabytes. Those of workloads are in `workload_kinds`."""

from typing import Any, Final

from lightkube.core.resource import GlobalResource, NamespacedResourceG, api_info
from lightkube.generic_resource import create_api_info, create_global_resource
from lightkube.resources import core_v1
from msgspec import Struct, field

EniConfig: Final = create_global_resource("crd.k8s.amazonaws.com", "v1alpha1", "ENIConfig", "eniconfigs")
NodePool: Final = create_global_resource("karpenter.sh", "v1", "NodePool", "nodepools")


class Reference(Struct):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Metadata(Struct):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    version: str = field(default="", name="resourceVersion")
    created: str = field(default="", name="creationTimestamp")
    deleted: str = field(default="", name="deletionTimestamp")
    generation: int = 0
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owners: list[Reference] | None = field(default=None, name="ownerReferences")

    @property
    def controller(self) -> Reference | None:
        return next((each for each in self.owners or () if each.controller), None)


class Condition(Struct):
    type: str
    status: str
    reason: str = ""
    message: str = ""


def condition(conditions: list[Condition] | None, type_: str) -> Condition | None:
    return next((each for each in conditions or () if each.type == type_), None)


def holds(conditions: list[Condition] | None, type_: str) -> bool:
    """Whether it is True: neither False nor Unknown, nor missing."""
    found = condition(conditions, type_)
    return found is not None and found.status == "True"


class Claim(Struct):
    name: str = field(default="", name="claimName")


class Volume(Struct):
    name: str = ""
    empty_dir: dict[str, Any] | None = field(default=None, name="emptyDir")
    claim: Claim | None = field(default=None, name="persistentVolumeClaim")
    ephemeral: dict[str, Any] | None = None


class Gate(Struct):
    type: str = field(default="", name="conditionType")


class PodSpec(Struct):
    node: str = field(default="", name="nodeName")
    host_network: bool = field(default=False, name="hostNetwork")
    node_selector: dict[str, str] | None = field(default=None, name="nodeSelector")
    volumes: list[Volume] | None = None
    gates: list[Gate] | None = field(default=None, name="readinessGates")


class Pause(Struct):
    """Of a container that waits or has ended."""

    reason: str = ""
    message: str = ""
    exit_code: int = field(default=0, name="exitCode")


class ContainerState(Struct):
    waiting: Pause | None = None
    terminated: Pause | None = None


class ContainerStatus(Struct):
    state: ContainerState = field(default_factory=ContainerState)


class PodStatus(Struct):
    address: str = field(default="", name="podIP")
    phase: str = ""
    conditions: list[Condition] | None = None
    containers: list[ContainerStatus] | None = field(default=None, name="containerStatuses")


class Pod(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.Pod)
    metadata: Metadata = field(default_factory=Metadata)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)


class NodeSpec(Struct):
    """`taints` whole: they are written back."""

    provider_id: str = field(default="", name="providerID")
    unschedulable: bool = False
    taints: list[dict[str, Any]] | None = None


class Address(Struct):
    type: str = ""
    address: str = ""


class NodeStatus(Struct):
    capacity: dict[str, str] | None = None
    conditions: list[Condition] | None = None
    addresses: list[Address] | None = None


class Node(GlobalResource, Struct):
    _api_info = api_info(core_v1.Node)
    metadata: Metadata = field(default_factory=Metadata)
    spec: NodeSpec = field(default_factory=NodeSpec)
    status: NodeStatus = field(default_factory=NodeStatus)


class Namespace(GlobalResource, Struct):
    _api_info = api_info(core_v1.Namespace)
    metadata: Metadata = field(default_factory=Metadata)


class Selecting(Struct):
    selector: dict[str, str] | None = None


class Service(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.Service)
    metadata: Metadata = field(default_factory=Metadata)
    spec: Selecting = field(default_factory=Selecting)


class Source(Struct):
    volume: str = field(default="", name="persistentVolumeName")


class AttachmentSpec(Struct):
    node: str = field(default="", name="nodeName")
    source: Source = field(default_factory=Source)


class VolumeAttachment(GlobalResource, Struct):
    _api_info = create_api_info("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments")
    metadata: Metadata = field(default_factory=Metadata)
    spec: AttachmentSpec = field(default_factory=AttachmentSpec)


class Bound(Struct):
    volume: str = field(default="", name="volumeName")


class PersistentVolumeClaim(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.PersistentVolumeClaim)
    metadata: Metadata = field(default_factory=Metadata)
    spec: Bound = field(default_factory=Bound)


class ServiceReference(Struct):
    name: str = ""


class BindingSpec(Struct):
    arn: str = field(default="", name="targetGroupARN")
    target_type: str = field(default="", name="targetType")
    service: ServiceReference = field(default_factory=ServiceReference, name="serviceRef")


class TargetGroupBinding(NamespacedResourceG, Struct):
    _api_info = create_api_info("elbv2.k8s.aws", "v1beta1", "TargetGroupBinding", "targetgroupbindings")
    metadata: Metadata = field(default_factory=Metadata)
    spec: BindingSpec = field(default_factory=BindingSpec)
