"""The resources that every API server of this region has (`kubectl api-resources`), by their paths' parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resource:
    """A collection: its group ("" for the core), version, plural, and the kind of its objects.

    `subresources` beside the object itself; `generation`: whether metadata.generation counts changes of the spec.
    `custom`: a CustomResourceDefinition's.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    subresources: frozenset[str] = field(default=frozenset(), compare=False)
    generation: bool = field(default=False, compare=False)
    custom: bool = field(default=False, compare=False)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full(self) -> str:
        """As messages name it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def verbs(self) -> tuple[str, ...]:
        every = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
        # Namespaces go one by one.
        return tuple(each for each in every if each != "deletecollection" or self.kind != "Namespace")


def _of(
    group: str, version: str, plural: str, kind: str, *subresources: str, everywhere: bool = False, counts: bool = False
) -> Resource:
    return Resource(group, version, plural, kind, not everywhere, frozenset(subresources), counts)


_ALL = (
    _of("", "v1", "configmaps", "ConfigMap"),
    _of("", "v1", "endpoints", "Endpoints"),
    _of("", "v1", "events", "Event"),
    _of("", "v1", "namespaces", "Namespace", "status", "finalize", everywhere=True),
    _of("", "v1", "nodes", "Node", "status", everywhere=True),
    _of("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "status"),
    _of("", "v1", "persistentvolumes", "PersistentVolume", "status", everywhere=True),
    _of("", "v1", "pods", "Pod", "status", "eviction", "binding", "proxy", counts=True),
    _of("", "v1", "replicationcontrollers", "ReplicationController", "status", "scale", counts=True),
    _of("", "v1", "limitranges", "LimitRange"),
    _of("", "v1", "resourcequotas", "ResourceQuota", "status"),
    _of("", "v1", "secrets", "Secret"),
    _of("", "v1", "serviceaccounts", "ServiceAccount"),
    _of("", "v1", "services", "Service", "status"),
    _of("apps", "v1", "controllerrevisions", "ControllerRevision"),
    _of("apps", "v1", "daemonsets", "DaemonSet", "status", counts=True),
    _of("apps", "v1", "deployments", "Deployment", "status", "scale", counts=True),
    _of("apps", "v1", "replicasets", "ReplicaSet", "status", "scale", counts=True),
    _of("apps", "v1", "statefulsets", "StatefulSet", "status", "scale", counts=True),
    _of("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "status"),
    _of("batch", "v1", "cronjobs", "CronJob", "status", counts=True),
    _of("batch", "v1", "jobs", "Job", "status", counts=True),
    _of("coordination.k8s.io", "v1", "leases", "Lease"),
    _of("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", counts=True),
    _of("networking.k8s.io", "v1", "ingresses", "Ingress", "status", counts=True),
    _of("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", counts=True),
    _of("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "status", counts=True),
    _of("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", everywhere=True),
    _of("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", everywhere=True),
    _of("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    _of("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    _of("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", everywhere=True, counts=True),
    _of("storage.k8s.io", "v1", "csidrivers", "CSIDriver", everywhere=True),
    _of("storage.k8s.io", "v1", "csinodes", "CSINode", everywhere=True),
    _of("storage.k8s.io", "v1", "storageclasses", "StorageClass", everywhere=True),
    _of("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", "status", everywhere=True),
    _of(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        everywhere=True,
        counts=True,
    ),
    _of(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        everywhere=True,
        counts=True,
    ),
    _of("apiregistration.k8s.io", "v1", "apiservices", "APIService", "status", everywhere=True),
    _of(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "status",
        everywhere=True,
        counts=True,
    ),
)

ENI_CONFIGS = Resource("crd.k8s.amazonaws.com", "v1alpha1", "eniconfigs", "ENIConfig", namespaced=False, custom=True)
"""Defined by a CustomResourceDefinition that every EKS cluster has from the start, for it is made with the VPC CNI."""

BUILT_IN: Mapping[tuple[str, str, str], Resource] = {(each.group, each.version, each.plural): each for each in _ALL}

RESOURCES: Mapping[tuple[str, str, str], Resource] = {
    **BUILT_IN,
    (ENI_CONFIGS.group, ENI_CONFIGS.version, ENI_CONFIGS.plural): ENI_CONFIGS,
}
"""What a new cluster has, by (group, version, plural)."""
