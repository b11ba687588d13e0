"""The kinds of objects that start pods and count them, with the fields that are looked at."""

from typing import Any

from lightkube.core.resource import ApiInfo, NamespacedResourceG, NamespacedSubResource, ResourceDef, api_info
from lightkube.generic_resource import create_api_info
from msgspec import Struct, field

from nodenet.kubernetes.kinds import Condition, Metadata


class LabelSelector(Struct):
    labels: dict[str, str] | None = field(default=None, name="matchLabels")
    expressions: list[Any] | None = field(default=None, name="matchExpressions")


class Variable(Struct):
    name: str
    value: str = ""
    elsewhere: Any = field(default=None, name="valueFrom")


class Container(Struct):
    name: str = ""
    image: str = ""
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[Variable] | None = None


class TemplateSpec(Struct):
    containers: list[Container] | None = None


class Template(Struct):
    spec: TemplateSpec = field(default_factory=TemplateSpec)


class ReplicasSpec(Struct):
    """Left out they are 1."""

    replicas: int = 1
    selector: LabelSelector | None = None
    template: Template = field(default_factory=Template)


class ReplicasStatus(Struct):
    available: int = field(default=0, name="availableReplicas")


class Replicas(NamespacedResourceG, Struct):
    metadata: Metadata = field(default_factory=Metadata)
    spec: ReplicasSpec = field(default_factory=ReplicasSpec)
    status: ReplicasStatus = field(default_factory=ReplicasStatus)


class Deployment(Replicas):
    _api_info = create_api_info("apps", "v1", "Deployment", "deployments")


class StatefulSet(Replicas):
    _api_info = create_api_info("apps", "v1", "StatefulSet", "statefulsets")


class ReplicaSet(Replicas):
    _api_info = create_api_info("apps", "v1", "ReplicaSet", "replicasets")


class OldSpec(Struct):
    """Its selector is plain labels."""

    replicas: int = 1
    selector: dict[str, str] | None = None


class ReplicationController(NamespacedResourceG, Struct):
    _api_info = create_api_info("", "v1", "ReplicationController", "replicationcontrollers")
    metadata: Metadata = field(default_factory=Metadata)
    spec: OldSpec = field(default_factory=OldSpec)
    status: ReplicasStatus = field(default_factory=ReplicasStatus)


class ScaleSpec(Struct):
    """Left out by the server where it is 0."""

    replicas: int = 0


class Scale(NamespacedSubResource, Struct):
    spec: ScaleSpec = field(default_factory=ScaleSpec)


def scale_of(kind: type[NamespacedResourceG]) -> type[Scale]:
    """The kind's subresource scale."""
    above = api_info(kind)
    resource = ResourceDef("autoscaling", "v1", "Scale")
    info = ApiInfo(resource, above.plural, ["get", "patch"], parent=above.resource, action="scale")
    return type(f"{above.resource.kind}Scale", (Scale,), {"_api_info": info})


class BudgetSpec(Struct):
    selector: LabelSelector | None = None


class BudgetStatus(Struct):
    allowed: int = field(default=0, name="disruptionsAllowed")
    current: int = field(default=0, name="currentHealthy")
    desired: int = field(default=0, name="desiredHealthy")
    expected: int = field(default=0, name="expectedPods")


class Budget(NamespacedResourceG, Struct):
    _api_info = create_api_info("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
    metadata: Metadata = field(default_factory=Metadata)
    spec: BudgetSpec = field(default_factory=BudgetSpec)
    status: BudgetStatus = field(default_factory=BudgetStatus)


class Managed(Struct):
    manager: str = ""
    fields: Any = field(default=None, name="fieldsV1")


class DaemonMetadata(Struct):
    name: str = ""
    generation: int = 0
    managed: list[Managed] | None = field(default=None, name="managedFields")


class DaemonStatus(Struct):
    observed: int = field(default=0, name="observedGeneration")
    desired: int = field(default=0, name="desiredNumberScheduled")
    updated: int = field(default=0, name="updatedNumberScheduled")
    available: int = field(default=0, name="numberAvailable")


class DaemonSpec(Struct):
    template: Template = field(default_factory=Template)


class DaemonSet(NamespacedResourceG, Struct):
    _api_info = create_api_info("apps", "v1", "DaemonSet", "daemonsets")
    metadata: DaemonMetadata = field(default_factory=DaemonMetadata)
    spec: DaemonSpec = field(default_factory=DaemonSpec)
    status: DaemonStatus = field(default_factory=DaemonStatus)


class JobStatus(Struct):
    active: int = 0
    succeeded: int = 0
    conditions: list[Condition] | None = None


class Job(NamespacedResourceG, Struct):
    _api_info = create_api_info("batch", "v1", "Job", "jobs")
    metadata: Metadata = field(default_factory=Metadata)
    status: JobStatus = field(default_factory=JobStatus)
