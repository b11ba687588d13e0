"""What canaries and probes need of Kubernetes: the calls that they make."""

from collections.abc import Mapping
from typing import Any, Protocol

from nodenet.migration.cluster import Pod, Workload
from nodenet.migration.objects import JobPod, JobState


class Canaries(Protocol):
    def prepare(self) -> None:
        """Has the namespace."""

    def start(self, job: Mapping[str, Any]) -> bool:
        """False where one of its name is there already."""

    def job(self, namespace: str, name: str) -> JobState | None: ...
    def pods(self, namespace: str, job: str) -> list[JobPod]: ...

    def proxy(self, pod: Pod, port: int, path: str) -> tuple[int, str]:
        """What the pod answers to the API server: HTTP status code, and text; 503 or 504 where it is not reached."""

    def clear(self) -> None:
        """Deletes all jobs in the namespace."""


class Pods(Protocol):
    def pods(self, node: str = "", namespace: str = "", labels: str = "") -> list[Pod]: ...


class Workloads(Protocol):
    def workloads(self) -> list[Workload]: ...


class Tries(Protocol):
    """Pods in the namespaces of others. AccessDenied where they may not be made there."""

    def start(self, manifest: Mapping[str, Any]) -> bool:
        """False where one of its name is there already."""

    def pod(self, namespace: str, name: str) -> JobPod | None: ...
    def delete(self, namespace: str, name: str) -> bool: ...
