"""Jobs. Source: "Jobs", "Automatic Cleanup for Finished Jobs" in the Kubernetes documentation."""

from typing import Any

import pytest
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Pod
from lightkube.types import CascadeType

from tests.kubernetes.workload_stage import Stage, condition, eventually, job, name, ready, says
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

FAILS = {"exit-code": "3", "run-seconds": "1", "termination-message": "no route"}


def over(stage: Stage, type_: str) -> Any:
    return eventually(lambda: [j for j in [stage.get(Job, "check")] if says(j, type_)], f"the job is not {type_}")[0]


def test_a_pod_that_succeeds_completes_it(stage: Stage) -> None:
    stage.node("n1")
    stage.make(job("check", {"run-seconds": "2"}))
    done = over(stage, "Complete")
    assert (done.status.succeeded, done.status.active, done.status.completionTime is not None) == (1, None, True)
    (pod,) = stage.pods(**{"batch.kubernetes.io/job-name": "check"})
    assert (pod.status.phase, pod.metadata.finalizers) == ("Succeeded", None)


def test_so_many_completions_so_many_at_once(stage: Stage) -> None:
    stage.node("n1")
    stage.make(job("check", {"run-seconds": "2"}, completions=4, parallelism=2))
    seen: list[int] = []

    def look() -> bool:
        seen.append(sum(each.status.phase in ("Pending", "Running") for each in stage.pods()))
        return says(stage.get(Job, "check"), "Complete")

    eventually(look)
    assert max(seen) == 2
    assert len(stage.pods()) == 4


def test_failures_beyond_the_limit_fail_it_after_pauses(stage: Stage) -> None:
    """The first pause is ten seconds, each next twice that (Pod backoff failure policy)."""
    stage.node("n1")
    stage.make(job("check", FAILS, backoffLimit=2))
    failed = over(stage, "Failed")
    assert condition(failed, "Failed").reason == "BackoffLimitExceeded"
    assert failed.status.failed == 3
    ended = stage.pods()[0].status.containerStatuses[0].state.terminated
    assert (ended.exitCode, ended.message, ended.reason) == (3, "no route", "Error")
    starts = sorted(each.status.startTime for each in stage.pods())
    assert (starts[1] - starts[0]).total_seconds() >= 10
    assert (starts[2] - starts[1]).total_seconds() >= 20


def test_its_deadline_ends_its_pods(stage: Stage) -> None:
    stage.node("n1")
    stage.make(job("check", {"run-seconds": "1000"}, activeDeadlineSeconds=10))
    eventually(lambda: [each for each in stage.pods() if each.status.phase == "Running"])
    assert condition(over(stage, "Failed"), "Failed").reason == "DeadlineExceeded"
    eventually(lambda: not stage.pods())


def test_it_goes_some_seconds_after_its_end_with_its_pods(stage: Stage) -> None:
    stage.node("n1")
    stage.make(job("check", {"run-seconds": "1"}, ttlSecondsAfterFinished=20))
    over(stage, "Complete")
    eventually(lambda: stage.gone(Job, "check"))
    eventually(lambda: not stage.pods())


def test_a_pod_that_is_deleted_has_failed_and_is_replaced(stage: Stage) -> None:
    stage.node("n1")
    stage.make(job("check", {"run-seconds": "1000"}))
    first = eventually(lambda: [each for each in stage.pods() if each.status.phase == "Running"])[0]
    stage.client.delete(Pod, name(first), namespace=stage.namespace)
    eventually(lambda: [each for each in stage.pods() if name(each) != name(first)])
    eventually(lambda: stage.get(Job, "check").status.failed == 1)


def test_a_suspended_one_runs_nothing(stage: Stage) -> None:
    stage.node("n1")
    stage.make(job("check", {"run-seconds": "1000"}, suspend=True))
    eventually(lambda: says(stage.get(Job, "check"), "Suspended"))
    assert not stage.pods()
    stage.patch(Job, "check", {"spec": {"suspend": False}})
    eventually(stage.pods)
    eventually(lambda: says(stage.get(Job, "check"), "Suspended", "False"))


@pytest.mark.parametrize(("action", "type_", "failed"), [("FailJob", "Failed", 1), ("Ignore", "", None)])
def test_a_failure_policy_decides_by_exit_code(stage: Stage, action: str, type_: str, failed: int | None) -> None:
    rule = {"action": action, "onExitCodes": {"operator": "In", "values": [3]}}
    stage.node("n1")
    stage.make(job("check", FAILS, backoffLimit=0, podFailurePolicy={"rules": [rule]}))
    if type_:
        assert condition(over(stage, type_), "Failed").reason == "PodFailurePolicy"
    else:
        eventually(lambda: len(stage.pods()) >= 2)
    found = stage.get(Job, "check")
    assert (found.status.failed, says(found, "Failed")) == (failed, bool(type_))


def test_restarted_containers_count_to_the_limit(stage: Stage) -> None:
    """restartPolicy OnFailure: the pod stays, its container is started again."""
    stage.node("n1")
    made = job("check", FAILS, backoffLimit=1)
    made["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
    stage.make(made)
    assert condition(over(stage, "Failed"), "Failed").reason == "BackoffLimitExceeded"


def test_one_that_serves_goes_on_until_it_is_deleted(stage: Stage) -> None:
    """What a container does is the stand-in's own: with a readiness probe it waits to be asked, or else ends."""
    stage.node("n1")
    serving, ending = job("serving"), job("check")
    serving["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/", "port": 8080}}
    stage.make(serving, ending)
    over(stage, "Complete")
    eventually(lambda: ready(stage.pods(**{"batch.kubernetes.io/job-name": "serving"})))
    assert not says(stage.get(Job, "serving"), "Complete")


def test_pods_that_run_go_with_their_job(stage: Stage) -> None:
    """kubernetes, pkg/controller/job, handleSingleOrphanPod: their finalizer does not keep them."""
    stage.node("n1")
    stage.make(job("check", {"run-seconds": "9000"}))
    eventually(lambda: ready(stage.pods()))
    stage.client.delete(Job, "check", namespace=stage.namespace, cascade=CascadeType.BACKGROUND)
    eventually(lambda: not stage.pods())
