"""The kinds of objects that a preflight looks at beside those of `kinds` and `workload_kinds`, with the fields that it
looks at."""

from typing import Any, Final

from lightkube.core.resource import GlobalResource, NamespacedResourceG, api_info
from lightkube.generic_resource import create_api_info, create_global_resource, create_namespaced_resource
from lightkube.resources import core_v1
from msgspec import Struct, field

from nodenet.kubernetes.kinds import (
    Condition,
    Gate,
    Metadata,
    NodeSpec,
    NodeStatus,
    PodStatus,
    ServiceReference,
    Volume,
)
from nodenet.kubernetes.workload_kinds import Template

NetworkPolicy: Final = create_namespaced_resource("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies")
NodeClass: Final = create_global_resource("karpenter.k8s.aws", "v1", "EC2NodeClass", "ec2nodeclasses")

CALICO: Final = ("projectcalico.org", "v3"), ("crd.projectcalico.org", "v1")
"""The group that Calico's API server serves, and that of the objects in which the same things are kept."""
_CALICO_KINDS: Final = (
    ("NetworkPolicy", "networkpolicies", create_namespaced_resource),
    ("NetworkSet", "networksets", create_namespaced_resource),
    ("GlobalNetworkPolicy", "globalnetworkpolicies", create_global_resource),
    ("GlobalNetworkSet", "globalnetworksets", create_global_resource),
)
CALICO_KINDS: Final[tuple[tuple[str, Any], ...]] = tuple(
    (kind, create(group, version, kind, plural)) for group, version in CALICO for kind, plural, create in _CALICO_KINDS
)


class Allocatable(NodeStatus):
    allocatable: dict[str, str] | None = None


class Node(GlobalResource, Struct):
    _api_info = api_info(core_v1.Node)
    metadata: Metadata = field(default_factory=Metadata)
    spec: NodeSpec = field(default_factory=NodeSpec)
    status: Allocatable = field(default_factory=Allocatable)


class Resources(Struct):
    requests: dict[str, str] | None = None


class Container(Struct):
    resources: Resources = field(default_factory=Resources)


class PodSpec(Struct):
    """`affinity` as it is."""

    node: str = field(default="", name="nodeName")
    host_network: bool = field(default=False, name="hostNetwork")
    node_selector: dict[str, str] | None = field(default=None, name="nodeSelector")
    volumes: list[Volume] | None = None
    gates: list[Gate] | None = field(default=None, name="readinessGates")
    containers: list[Container] | None = None
    affinity: dict[str, Any] | None = None


class Pod(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.Pod)
    metadata: Metadata = field(default_factory=Metadata)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)


class ServiceSpec(Struct):
    selector: dict[str, str] | None = None
    type: str = "ClusterIP"
    policy: str = field(default="", name="externalTrafficPolicy")


class Service(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.Service)
    metadata: Metadata = field(default_factory=Metadata)
    spec: ServiceSpec = field(default_factory=ServiceSpec)


class ConfigMap(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.ConfigMap)
    metadata: Metadata = field(default_factory=Metadata)
    data: dict[str, str] | None = None


class ClaimSpec(Struct):
    volume: str = field(default="", name="volumeName")


class Claim(NamespacedResourceG, Struct):
    _api_info = api_info(core_v1.PersistentVolumeClaim)
    metadata: Metadata = field(default_factory=Metadata)
    spec: ClaimSpec = field(default_factory=ClaimSpec)


class Driver(Struct):
    driver: str = ""


class VolumeSpec(Struct):
    """`affinity` as it is."""

    affinity: dict[str, Any] | None = field(default=None, name="nodeAffinity")
    local: dict[str, Any] | None = None
    host_path: dict[str, Any] | None = field(default=None, name="hostPath")
    csi: Driver | None = None


class PersistentVolume(GlobalResource, Struct):
    _api_info = api_info(core_v1.PersistentVolume)
    metadata: Metadata = field(default_factory=Metadata)
    spec: VolumeSpec = field(default_factory=VolumeSpec)


class Daemon(NamespacedResourceG, Struct):
    _api_info = create_api_info("apps", "v1", "DaemonSet", "daemonsets")
    metadata: Metadata = field(default_factory=Metadata)


class ScalerSpec(Struct):
    replicas: int = 1
    template: Template = field(default_factory=Template)


class Scaler(NamespacedResourceG, Struct):
    _api_info = create_api_info("apps", "v1", "Deployment", "deployments")
    metadata: Metadata = field(default_factory=Metadata)
    spec: ScalerSpec = field(default_factory=ScalerSpec)


class PodScaler(NamespacedResourceG, Struct):
    _api_info = create_api_info("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
    metadata: Metadata = field(default_factory=Metadata)


class Place(ServiceReference):
    namespace: str = ""


class Client(Struct):
    service: Place | None = None


class Rule(Struct):
    resources: list[str] | None = None


class Hook(Struct):
    """Left out its failurePolicy is Fail (admissionregistration.k8s.io/v1)."""

    name: str = ""
    failure: str = field(default="Fail", name="failurePolicy")
    client: Client = field(default_factory=Client, name="clientConfig")
    rules: list[Rule] | None = None


class Validating(GlobalResource, Struct):
    _api_info = create_api_info(
        "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"
    )
    metadata: Metadata = field(default_factory=Metadata)
    webhooks: list[Hook] | None = None


class Mutating(GlobalResource, Struct):
    _api_info = create_api_info(
        "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"
    )
    metadata: Metadata = field(default_factory=Metadata)
    webhooks: list[Hook] | None = None


class ApiSpec(Struct):
    service: Place | None = None


class ApiStatus(Struct):
    conditions: list[Condition] | None = None


class ApiService(GlobalResource, Struct):
    _api_info = create_api_info("apiregistration.k8s.io", "v1", "APIService", "apiservices")
    metadata: Metadata = field(default_factory=Metadata)
    spec: ApiSpec = field(default_factory=ApiSpec)
    status: ApiStatus = field(default_factory=ApiStatus)
