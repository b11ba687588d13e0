"""Jobs ("Jobs" in the Kubernetes documentation; kubernetes, pkg/controller/job and ttlafterfinished). Indexed Jobs are
run as others."""

from collections.abc import Iterable, Sequence

from local.kubernetes.controllers import owners, times
from local.kubernetes.controllers.cache import Key, controller_of, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.pods import is_going, is_ready, is_terminal, phase
from local.kubernetes.controllers.workloads import job_end
from local.kubernetes.controllers.workloads.making import make_pod
from local.kubernetes.things import Thing

FINALIZER = "batch.kubernetes.io/job-tracking"
_COMPONENT = "job-controller"


class Jobs:
    """Runs pods until enough have succeeded or too many failed; each end is counted once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._counted: set[str] = set()
        self.watches = {"Job": _itself, "Pod": _of_pod}

    def reconcile(self, key: Key) -> None:
        job = self._cluster.cache.get("Job", *key)
        if not job:
            self._let_go(key)
            return
        pods = self._cluster.cache.controlled("Pod", job["metadata"]["uid"])
        if job["metadata"].get("deletionTimestamp") or job_end.is_over(job):
            self._release(pods)
            self._clean_up(job)
            return
        job = self._count(job, pods)
        verdict = job_end.verdict(job, pods)
        active = [pod for pod in pods if not is_terminal(pod) and not is_going(pod)]
        if verdict or job["spec"].get("suspend"):
            for pod in active:
                self._cluster.writes.delete(pod)
        else:
            self._run(job, active, pods)
        self._release(pods)
        self._tell(job, verdict)

    def _count(self, job: Thing, pods: Sequence[Thing]) -> Thing:
        """Adds the ends that are new to the status. A pod on its way out has failed (podReplacementPolicy
        TerminatingOrFailed), unless its failure is one to ignore."""
        succeeded = failed = 0
        for pod in pods:
            uid = pod["metadata"]["uid"]
            if uid in self._counted or not (is_terminal(pod) or is_going(pod)):
                continue
            self._counted.add(uid)
            if phase(pod) == "Succeeded":
                succeeded += 1
            elif job_end.action(job, pod) != "Ignore":
                failed += 1
        status = job.get("status") or {}
        fields: Thing = {"succeeded": (status.get("succeeded") or 0) + succeeded or None}
        fields["failed"] = (status.get("failed") or 0) + failed or None
        if not status.get("startTime") and not job["spec"].get("suspend"):
            fields["startTime"] = times.stamp()
        return self._cluster.writes.status(job, **fields) or job

    def _run(self, job: Thing, active: Sequence[Thing], pods: Sequence[Thing]) -> None:
        missing = job_end.wanted(job) - len(active)
        for pod in sorted(active, key=is_ready)[: max(0, -missing)]:
            self._cluster.writes.delete(pod)
        if seconds := job_end.deadline_in(job):
            self._cluster.engine.after(seconds, self, key_of(job))
        if missing <= 0:
            return
        if pause := job_end.pause(pods):
            self._cluster.engine.after(pause, self, key_of(job))
            return
        name, uid = job["metadata"]["name"], job["metadata"]["uid"]
        labels = {"job-name": name, "controller-uid": uid}
        labels |= {f"batch.kubernetes.io/{label}": value for label, value in labels.items()}
        for _ in range(missing):
            pod = owners.pod_from(job, job["spec"]["template"], labels=labels)
            pod["metadata"].setdefault("finalizers", []).append(FINALIZER)
            if make_pod(self._cluster, job, pod, _COMPONENT):
                self._cluster.engine.after(5, self, key_of(job))
                return

    def _tell(self, job: Thing, verdict: job_end.Verdict | None) -> None:
        pods = self._cluster.cache.controlled("Pod", job["metadata"]["uid"])
        active = [pod for pod in pods if not is_terminal(pod) and not is_going(pod)]
        going = [pod for pod in pods if not is_terminal(pod) and is_going(pod)]
        conditions, completed = job_end.conditions(job, verdict, over=not active and not going)
        told = self._cluster.writes.status(
            job,
            active=len(active) or None,
            ready=sum(map(is_ready, active)),
            terminating=len(going),
            uncountedTerminatedPods={},
            conditions=conditions or None,
            completionTime=completed,
        )
        if verdict and told and job_end.is_over(told):
            type_ = "Normal" if verdict.complete else "Warning"
            reason = "Completed" if verdict.complete else verdict.reason
            self._cluster.events.record(job, type_, reason, verdict.message or "Job completed", _COMPONENT)
            self._clean_up(told)

    def _release(self, pods: Sequence[Thing]) -> None:
        """Counted pods may go (the finalizer is why none is missed)."""
        for pod in pods:
            held = FINALIZER in (pod["metadata"].get("finalizers") or ())
            if held and (is_terminal(pod) or is_going(pod)):
                self._cluster.writes.change(pod, _without_finalizer)

    def _let_go(self, key: Key) -> None:
        """Pods whose Job is gone may go (handleSingleOrphanPod)."""
        for pod in self._cluster.cache.inside("Pod", key[0]):
            if key in _of_pod(pod) and FINALIZER in (pod["metadata"].get("finalizers") or ()):
                self._cluster.writes.change(pod, _without_finalizer)

    def _clean_up(self, job: Thing) -> None:
        """ttlSecondsAfterFinished: the Job goes, and its pods with it."""
        if (seconds := job_end.expires_in(job)) is None:
            return
        if seconds > 0:
            self._cluster.engine.after(seconds, self, key_of(job))
        else:
            self._cluster.writes.delete(job)


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _of_pod(pod: Thing) -> Iterable[Key]:
    reference = controller_of(pod)
    return [(key_of(pod)[0], reference["name"])] if reference and reference["kind"] == "Job" else []


def _without_finalizer(pod: Thing) -> None:
    finalizers = [each for each in pod["metadata"].get("finalizers") or () if each != FINALIZER]
    pod["metadata"]["finalizers"] = finalizers
    if not finalizers:
        del pod["metadata"]["finalizers"]
