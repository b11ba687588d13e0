"""The kinds of objects that are listed, with the fields that are looked at and no others: whole, as lightkube has them,
the pods of a large cluster fill gigabytes."""

from typing import Final

from lightkube.core.resource import GlobalResource, NamespacedResourceG, api_info
from lightkube.generic_resource import create_global_resource
from lightkube.resources import core_v1
from msgspec import Struct, field

EniConfig: Final = create_global_resource("crd.k8s.amazonaws.com", "v1alpha1", "ENIConfig", "eniconfigs")


class Metadata(Struct):
    name: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class PodSpec(Struct):
    node: str = field(default="", name="nodeName")
    host_network: bool = field(default=False, name="hostNetwork")


class PodStatus(Struct):
    address: str = field(default="", name="podIP")


class Pod(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.Pod)
    metadata: Metadata = field(default_factory=Metadata)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)


class NodeSpec(Struct):
    provider_id: str = field(default="", name="providerID")
    unschedulable: bool = False


class Condition(Struct):
    type: str
    status: str


class NodeStatus(Struct):
    capacity: dict[str, str] | None = None
    conditions: list[Condition] | None = None


class Node(GlobalResource, Struct):
    _api_info = api_info(core_v1.Node)
    metadata: Metadata = field(default_factory=Metadata)
    spec: NodeSpec = field(default_factory=NodeSpec)
    status: NodeStatus = field(default_factory=NodeStatus)
