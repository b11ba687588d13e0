"""The API's paths ("Kubernetes API Concepts", Resource URIs)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.kubernetes.resources import RESOURCES as RESOURCES
from local.kubernetes.resources import Resource as Resource
from local.kubernetes.statuses import unknown_path

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>v[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/(?!(?:status|finalize)$)[^/]))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+)(?P<rest>/.*)?)?)?"
)


@dataclass(frozen=True)
class Place:
    """What a path names: a collection, in one namespace or all (""), or one object of it, or a part of that.

    `rest`: what follows a subresource that is a way to elsewhere (proxy).
    """

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


def parse(path: str, served: Mapping[tuple[str, str, str], Resource] = RESOURCES) -> Place:
    """The place behind a path, of the resources by (group, version, plural); Refused (404) where there is none."""
    match = _PATH.fullmatch(path if "/proxy/" in path else path.rstrip("/"))
    resource = match and served.get((match["group"] or "", match["version"], match["resource"]))
    if not match or not resource:
        raise unknown_path()
    namespace, name, subresource = match["namespace"] or "", match["name"] or "", match["subresource"] or ""
    if bool(namespace) > resource.namespaced or (name and resource.namespaced and not namespace):
        raise unknown_path()
    if (subresource and subresource not in resource.subresources) or (match["rest"] and subresource != "proxy"):
        raise unknown_path()
    return Place(resource, namespace, name, subresource, match["rest"] or "")
