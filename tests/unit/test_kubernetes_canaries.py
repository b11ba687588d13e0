"""Canaries: their namespace, their jobs, what they answer."""

from typing import Any

import httpx2
import pytest

from nodenet.errors import AccessDenied, HeldError, Throttled
from nodenet.kubernetes.canaries import LABELS, NAMESPACE, Canaries
from nodenet.migration.cluster import Pod
from nodenet.migration.objects import JobPod, JobState
from tests.unit.kubernetes_server import Answer, in_turn, ok, refused, routed

JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
POD = Pod(NAMESPACE, "canary-a-1", "u-1", "n")
PROXY = f"/api/v1/namespaces/{NAMESPACE}/pods/canary-a-1:8080/proxy/verdict"
JOB = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "canary-a", "namespace": NAMESPACE}, "spec": {}}


def test_the_namespace_is_applied_with_its_labels() -> None:
    server = routed({f"PATCH /api/v1/namespaces/{NAMESPACE}": {"metadata": {"name": NAMESPACE}}})
    Canaries(server.connection()).prepare()
    assert server.asked[0].headers["Content-Type"] == "application/apply-patch+yaml"
    assert server.body()["metadata"] == {"name": NAMESPACE, "labels": dict(LABELS)}


def test_a_job_is_started_once() -> None:
    server = in_turn(ok(JOB, 201), refused(409, "AlreadyExists", 'jobs.batch "canary-a" already exists'))
    canaries = Canaries(server.connection())
    assert [canaries.start(JOB), canaries.start(JOB)] == [True, False]
    assert server.requests == [f"POST {JOBS}"] * 2
    assert server.body() == JOB


def test_a_job_that_is_not_admitted_is_told() -> None:
    server = in_turn(refused(422, "Invalid", 'Job.batch "canary-a" is invalid: spec.template: Required value'))
    with pytest.raises(HeldError, match=r"spec\.template: Required value"):
        Canaries(server.connection()).start(JOB)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ({"active": 1}, JobState(NAMESPACE, "canary-a", active=1)),
        (
            {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]},
            JobState(NAMESPACE, "canary-a", succeeded=1, complete=True),
        ),
        (
            {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": "too long"}]},
            JobState(NAMESPACE, "canary-a", failed=True, message="DeadlineExceeded: too long"),
        ),
    ],
)
def test_a_job_is_read(status: dict[str, Any], state: JobState) -> None:
    canaries = Canaries(routed({f"GET {JOBS}/canary-a": {**JOB, "status": status}}).connection())
    assert canaries.job(NAMESPACE, "canary-a") == state
    assert canaries.job(NAMESPACE, "canary-b") is None


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        ({"containerStatuses": [{"state": {"terminated": {"exitCode": 3, "message": "no DNS"}}}]}, 3, "no DNS"),
        ({"containerStatuses": [{"state": {"terminated": {"exitCode": 0}}}]}, 0, ""),
        ({"containerStatuses": [{"state": {"running": {"startedAt": "x"}}}]}, None, ""),
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "denied"}}}]},
            None,
            "ImagePullBackOff: denied",
        ),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}, None, "ContainerCreating"),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3"}]},
            None,
            "Unschedulable: 0/3",
        ),
        ({"conditions": [{"type": "PodScheduled", "status": "True"}]}, None, ""),
        ({}, None, ""),
    ],
)
def test_a_jobs_pod_says_how_it_ended_or_what_it_waits_for(
    status: dict[str, Any], code: int | None, message: str
) -> None:
    pod = {"metadata": {"name": "canary-a-1", "namespace": NAMESPACE, "uid": "u-1"}, "spec": {"nodeName": "n"}}
    server = routed({f"GET /api/v1/namespaces/{NAMESPACE}/pods": {"items": [{**pod, "status": status}]}})
    (found,) = Canaries(server.connection()).pods(NAMESPACE, "canary-a")
    assert found == JobPod(Pod(NAMESPACE, "canary-a-1", "u-1", "n", phase="", ready=False), code, message)
    assert server.asked[0].url.params["labelSelector"] == "batch.kubernetes.io/job-name=canary-a"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx2.Response(200, text="ok"), (200, "ok")),
        (httpx2.Response(403, text="the pod's own"), (403, "the pod's own")),
        (
            httpx2.Response(503, text="error trying to reach service: dial tcp"),
            (503, "error trying to reach service: dial tcp"),
        ),
        (httpx2.ReadTimeout("timed out"), (504, "no answer within 12 s")),
    ],
)
def test_the_pods_answer_is_asked_for_once_by_the_api_server(answer: Answer, said: tuple[int, str]) -> None:
    server = in_turn(answer)
    assert Canaries(server.connection()).proxy(POD, 8080, "/verdict") == said
    assert server.requests == [f"GET {PROXY}"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(403, "Forbidden", 'cannot get resource "pods/proxy"', kind="pods"), AccessDenied),
        (httpx2.ConnectError("refused"), Throttled),
    ],
)
def test_an_answer_that_is_not_the_pods_is_an_error(answer: Answer, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Canaries(in_turn(answer).connection()).proxy(POD, 8080, "verdict")


def test_all_jobs_go_with_their_pods_and_the_namespace_stays() -> None:
    server = routed({f"DELETE {JOBS}": {"kind": "JobList", "items": []}})
    Canaries(server.connection()).clear()
    assert server.requests == [f"DELETE {JOBS}"]
    assert server.asked[0].url.params["propagationPolicy"] == "Background"
