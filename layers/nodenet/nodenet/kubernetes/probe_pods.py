"""Pods that try connections in namespaces of others, as far as these namespaces' owners allow it."""

from collections.abc import Mapping
from typing import Any

from nodenet.kubernetes import kinds
from nodenet.kubernetes.access import GIVEN, needs
from nodenet.kubernetes.canaries import job_pod
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import refusal, unless_gone
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.migration.objects import JobPod


class ProbePods:
    """Raises the exceptions of nodenet.errors: AccessDenied where ClusterRole nodenet-probes is not bound."""

    def __init__(self, connection: Connection) -> None:
        rehearse([kinds.Pod])
        self._connection = connection

    @needs("create", on="pods", namespace=GIVEN)
    def start(self, manifest: Mapping[str, Any]) -> bool:
        """Creates the pod, in the namespace that it names; False where one of its name is there already."""
        path = f"/api/v1/namespaces/{manifest['metadata']['namespace']}/pods"
        answer = self._connection.ask("POST", path, manifest)
        if answer.status_code == 409:
            return False
        if not answer.is_success:
            raise refusal(answer)
        return True

    @needs("get", on="pods", namespace=GIVEN)
    def pod(self, namespace: str, name: str) -> JobPod | None:
        found = unless_gone(lambda: self._connection.client.get(kinds.Pod, name, namespace=namespace))
        return job_pod(found) if found else None

    @needs("delete", on="pods", namespace=GIVEN)
    def delete(self, namespace: str, name: str) -> bool:
        """False where it is gone."""
        answer = self._connection.ask("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}")
        if answer.status_code == 404:
            return False
        if not answer.is_success:
            raise refusal(answer)
        return True
