"""The API's paths ("Kubernetes API Concepts", Resource URIs), and the resources that this server has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.kubernetes.statuses import unknown_path

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>v[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/[^/]))?/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?"
)


@dataclass(frozen=True)
class Resource:
    """A collection: its group ("" for the core), version, plural, and the kind of its objects."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


RESOURCES: Mapping[tuple[str, str, str], Resource] = {
    (each.group, each.version, each.plural): each
    for each in (
        Resource("", "v1", "namespaces", "Namespace", namespaced=False),
        Resource("", "v1", "nodes", "Node", namespaced=False),
        Resource("", "v1", "pods", "Pod", namespaced=True),
        Resource("apps", "v1", "daemonsets", "DaemonSet", namespaced=True),
        Resource("crd.k8s.amazonaws.com", "v1alpha1", "eniconfigs", "ENIConfig", namespaced=False),
        Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", namespaced=False),
        Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
        Resource("rbac.authorization.k8s.io", "v1", "roles", "Role", namespaced=True),
        Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", namespaced=True),
    )
}


@dataclass(frozen=True)
class Place:
    """What a path names: a collection, in one namespace or all (""), or one object of it."""

    resource: Resource
    namespace: str = ""
    name: str = ""


def parse(path: str) -> Place:
    """The place behind a path; Refused (404) where this server has none."""
    match = _PATH.fullmatch(path.rstrip("/"))
    resource = match and RESOURCES.get((match["group"] or "", match["version"], match["resource"]))
    if not match or not resource:
        raise unknown_path()
    namespace, name = match["namespace"] or "", match["name"] or ""
    if bool(namespace) > resource.namespaced or (name and resource.namespaced and not namespace):
        raise unknown_path()
    return Place(resource, namespace, name)
