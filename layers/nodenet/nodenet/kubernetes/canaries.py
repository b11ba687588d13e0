"""Jobs that try a network out before anybody depends on it, in a namespace of their own."""

from collections.abc import Mapping
from typing import Any, Final

import httpx2
from lightkube.types import CascadeType, PatchType

from nodenet.errors import Throttled
from nodenet.kubernetes import kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import refusal, translated, unless_gone
from nodenet.kubernetes.listing import listed
from nodenet.kubernetes.pods import read
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.kubernetes.statuses import status_of
from nodenet.kubernetes.workload_kinds import Job
from nodenet.migration.canary import manifest
from nodenet.migration.cluster import Pod
from nodenet.migration.objects import JobPod, JobState

NAMESPACE: Final = manifest.NAMESPACE
LABELS: Final[Mapping[str, str]] = {
    "app.kubernetes.io/managed-by": "nodenet",
    # "Enforce Pod Security Standards with Namespace Labels" in the Kubernetes documentation.
    "pod-security.kubernetes.io/enforce": "restricted",
    "istio-injection": "disabled",
    "linkerd.io/inject": "disabled",
}
_ANSWER: Final = 12.0
"""Seconds: the API server says after some ten that it cannot reach a pod."""


class Canaries:
    """Rights are given in NAMESPACE only."""

    def __init__(self, connection: Connection) -> None:
        rehearse([Job, kinds.Pod, kinds.Namespace])
        self._connection = connection

    @needs("create", "patch", on="namespaces", names=(NAMESPACE,))
    def prepare(self, namespace: str = NAMESPACE) -> None:
        """Has the namespace with its labels, by server-side apply."""
        whole = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": dict(LABELS)}}
        with translated():
            self._connection.client.patch(kinds.Namespace, namespace, whole, patch_type=PatchType.APPLY, force=True)

    @needs("create", on="jobs", group="batch", namespace=NAMESPACE)
    def start(self, job: Mapping[str, Any]) -> bool:
        """Creates the Job, in the namespace that it names; False where one of its name is there already."""
        path = f"/apis/batch/v1/namespaces/{job['metadata']['namespace']}/jobs"
        answer = self._connection.ask("POST", path, job)
        if answer.status_code == 409:
            return False
        if not answer.is_success:
            raise refusal(answer)
        return True

    @needs("get", on="jobs", group="batch", namespace=NAMESPACE)
    def job(self, namespace: str, name: str) -> JobState | None:
        found = unless_gone(lambda: self._connection.client.get(Job, name, namespace=namespace))
        return _state(found) if found else None

    @needs("list", on="pods", namespace=NAMESPACE)
    def pods(self, namespace: str, job: str) -> list[JobPod]:
        """The job's, by the label that its controller gives them ("Jobs" in the Kubernetes documentation)."""
        labels = f"batch.kubernetes.io/job-name={job}"
        return listed(self._connection, kinds.Pod, job_pod, namespace=namespace, labels=labels)

    @needs("get", on="pods/proxy", namespace=NAMESPACE)
    def proxy(self, pod: Pod, port: int, path: str) -> tuple[int, str]:
        """What the pod answers to the API server's GET: HTTP status code, and text. 503 is the API server's where it
        cannot reach the pod, and 504 stands for no answer in time. Asked once. AccessDenied where it may not be."""
        url = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}:{port}/proxy/{path.lstrip('/')}"
        try:
            answer = self._connection.ask("GET", url, once=_ANSWER)
        except Throttled as error:
            if isinstance(error.__cause__, httpx2.ReadTimeout):
                return 504, f"no answer within {_ANSWER:.0f} s"
            raise
        if answer.status_code in (401, 403) and status_of(answer):
            raise refusal(answer)
        return answer.status_code, answer.text

    @needs("deletecollection", on="jobs", group="batch", namespace=NAMESPACE)
    def clear(self, namespace: str = NAMESPACE) -> None:
        """Deletes all jobs there, their pods after them. The namespace stays: rights are bound in it."""
        client = self._connection.client
        unless_gone(lambda: client.deletecollection(Job, namespace=namespace, cascade=CascadeType.BACKGROUND))


def _state(item: Job) -> JobState:
    conditions = item.status.conditions
    failure = kinds.condition(conditions, "Failed")
    return JobState(
        item.metadata.namespace,
        item.metadata.name,
        active=item.status.active,
        succeeded=item.status.succeeded,
        complete=kinds.holds(conditions, "Complete"),
        failed=kinds.holds(conditions, "Failed"),
        message=f"{failure.reason}: {failure.message}" if failure else "",
    )


def job_pod(item: kinds.Pod) -> JobPod:
    state = next((each.state for each in item.status.containers or ()), kinds.ContainerState())
    if state.terminated:
        return JobPod(read(item), state.terminated.exit_code, state.terminated.message)
    bound = kinds.condition(item.status.conditions, "PodScheduled")
    waits = state.waiting or (bound if bound and bound.status == "False" else None)
    return JobPod(read(item), None, f"{waits.reason}: {waits.message}".rstrip(": ") if waits else "")
