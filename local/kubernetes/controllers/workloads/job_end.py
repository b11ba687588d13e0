"""When a Job is over, and how ("Handling Pod and container failures", "Job termination and cleanup" in "Jobs";
kubernetes, pkg/controller/job, pod_failure_policy.go, backoff_utils.go). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.kubernetes.controllers import times
from local.kubernetes.controllers.conditions import condition, is_true, with_condition
from local.kubernetes.controllers.pods import is_terminal, phase
from local.kubernetes.things import Thing

_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 600.0
"""DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff."""


@dataclass(frozen=True)
class Verdict:
    complete: bool
    reason: str
    message: str = ""


def is_over(job: Thing) -> bool:
    return is_true(job, "Complete") or is_true(job, "Failed")


def verdict(job: Thing, pods: Sequence[Thing]) -> Verdict | None:
    """None while it is to go on; what was said once stays said."""
    for type_, complete in (("SuccessCriteriaMet", True), ("FailureTarget", False)):
        if (said := condition(job, type_)) and said["status"] == "True":
            return Verdict(complete, said.get("reason", ""), said.get("message", ""))
    spec, status = job["spec"], job.get("status") or {}
    for pod in pods:
        if is_terminal(pod) and action(job, pod) == "FailJob":
            name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            return Verdict(False, "PodFailurePolicy", f"Pod {name} has failed by a rule of the pod failure policy")
    limit = int(spec.get("backoffLimit", 6))
    restarts = 0
    if spec["template"]["spec"].get("restartPolicy") == "OnFailure":
        restarts = sum(_restarts(pod) for pod in pods)
    if (status.get("failed") or 0) > limit or (restarts and restarts >= max(1, limit)):
        return Verdict(False, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    left = deadline_in(job)
    if left is not None and left <= 0:
        return Verdict(False, "DeadlineExceeded", "Job was active longer than specified deadline")
    succeeded = status.get("succeeded") or 0
    completions = spec.get("completions")
    if completions is None:
        # A work queue is done when one pod has succeeded and all have ended.
        return _completed() if succeeded and all(is_terminal(pod) for pod in pods) else None
    return _completed() if succeeded >= completions else None


def _completed() -> Verdict:
    return Verdict(True, "CompletionsReached", "Reached expected number of succeeded pods")


def wanted(job: Thing) -> int:
    """How many pods are to run now."""
    parallelism, completions = int(job["spec"].get("parallelism", 1)), job["spec"].get("completions")
    succeeded = (job.get("status") or {}).get("succeeded") or 0
    if completions is None:
        return 0 if succeeded else parallelism
    return min(parallelism, int(completions) - succeeded)


def pause(pods: Sequence[Thing]) -> float:
    """Simulated seconds until a pod may follow those that failed since the last success: 10 s, doubled each time."""
    ends = sorted(((_ended(pod), phase(pod)) for pod in pods if is_terminal(pod)), reverse=True)
    failures = 0
    for _, how in ends:
        if how == "Succeeded":
            break
        failures += 1
    if not failures:
        return 0.0
    wait = min(_FIRST_PAUSE * 2 ** (failures - 1), _LONGEST_PAUSE)
    return float(max(0.0, ends[0][0] + wait - times.now()))


def deadline_in(job: Thing) -> float | None:
    """Simulated seconds until activeDeadlineSeconds have passed; None without."""
    most, started = job["spec"].get("activeDeadlineSeconds"), (job.get("status") or {}).get("startTime")
    return None if most is None or not started else float(times.seconds(started) + most - times.now())


def expires_in(job: Thing) -> float | None:
    """Simulated seconds until ttlSecondsAfterFinished have passed; None without, or while it runs."""
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    over = next((said for said in map(condition, (job, job), ("Complete", "Failed")) if said), None)
    if ttl is None or over is None or job["metadata"].get("deletionTimestamp"):
        return None
    return float(times.seconds(over["lastTransitionTime"]) + ttl - times.now())


def action(job: Thing, pod: Thing) -> str:
    """What spec.podFailurePolicy says of a pod that failed: the first rule that fits, Count without."""
    for rule in (job["spec"].get("podFailurePolicy") or {}).get("rules") or ():
        if (codes := rule.get("onExitCodes")) and any(_fits(codes, each) for each in _exits(pod)):
            return str(rule["action"])
        for pattern in rule.get("onPodConditions") or ():
            found = condition(pod, pattern["type"])
            if found and found["status"] == pattern.get("status", "True"):
                return str(rule["action"])
    return "Count"


def conditions(job: Thing, found: Verdict | None, *, over: bool) -> tuple[list[Thing], str | None]:
    """The conditions with a verdict, and the time of completion; the last one comes when all pods have ended."""
    status = job.get("status") or {}
    present: list[Thing] = list(status.get("conditions") or ())
    suspended = bool(job["spec"].get("suspend"))
    if found is None:
        if suspended or condition(job, "Suspended"):
            reason, message = ("JobSuspended", "Job suspended") if suspended else ("JobResumed", "Job resumed")
            present = with_condition(present, "Suspended", str(suspended), reason=reason, message=message)
        return present, None
    early, late = ("SuccessCriteriaMet", "Complete") if found.complete else ("FailureTarget", "Failed")
    about = {"reason": found.reason, "message": found.message, "lastProbeTime": times.stamp()}
    if not condition(job, early):
        present = with_condition(present, early, "True", **about)
    if not over:
        return present, None
    return with_condition(present, late, "True", **about), times.stamp() if found.complete else None


def _exits(pod: Thing) -> list[tuple[str, int]]:
    """Containers that ended, by name and exit code."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    ended = ((each["name"], (each.get("state") or {}).get("terminated")) for each in statuses)
    return [(name, int(state["exitCode"])) for name, state in ended if state]


def _fits(codes: Thing, exit_: tuple[str, int]) -> bool:
    name, code = exit_
    if code == 0 or codes.get("containerName") not in (None, name):
        return False
    return (code in codes["values"]) is (codes["operator"] == "In")


def _restarts(pod: Thing) -> int:
    return sum(int(each.get("restartCount") or 0) for each in (pod.get("status") or {}).get("containerStatuses") or ())


def _ended(pod: Thing) -> float:
    for each in (pod.get("status") or {}).get("containerStatuses") or ():
        if ended := (each.get("state") or {}).get("terminated"):
            return times.seconds(ended["finishedAt"])
    return times.seconds(pod["metadata"].get("deletionTimestamp") or pod["metadata"]["creationTimestamp"])
