"""Volumes of a pod beside where a container sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from node.manifests.names import Document


@dataclass(frozen=True, slots=True)
class Volume:
    """`source` is the volume's source as Kubernetes writes it; `propagation` as in a volume mount."""

    name: str
    path: str
    source: Document
    read_only: bool = False
    propagation: str = ""

    @property
    def mount(self) -> Document:
        made: dict[str, Any] = {"name": self.name, "mountPath": self.path}
        if self.read_only:
            made["readOnly"] = True
        if self.propagation:
            made["mountPropagation"] = self.propagation
        return made


def host(
    name: str, path: str, *, at: str = "", kind: str = "", read_only: bool = False, propagation: str = ""
) -> Volume:
    """A folder of the node, seen at the same path unless `at` says another; `kind` as in a hostPath volume, empty
    checks nothing."""
    source = {"hostPath": {"path": path} | ({"type": kind} if kind else {})}
    return Volume(name, at or path, source, read_only, propagation)


def config_map(name: str, path: str, config: str) -> Volume:
    """Every key of a ConfigMap as a file in a folder."""
    return Volume(name, path, {"configMap": {"name": config}}, read_only=True)


def mounts(volumes: Sequence[Volume]) -> list[Document]:
    """For a container."""
    return [volume.mount for volume in volumes]


def sources(volumes: Sequence[Volume]) -> list[Document]:
    """For the pod."""
    return [{"name": volume.name} | volume.source for volume in volumes]
