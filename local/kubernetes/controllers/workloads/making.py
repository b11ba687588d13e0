"""Pods made for a controller. Refusals are told by events; successes are not: they would be most of all writing."""

from collections.abc import Mapping

from local.kubernetes.controllers import owners
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing


def make_pods(
    cluster: Cluster, owner: Thing, count: int, component: str, labels: Mapping[str, str] | None = None
) -> str | None:
    """That many pods of the owner's template; where one is refused no more are tried, and the answer says why."""
    for _ in range(count):
        pod = owners.pod_from(owner, owner["spec"]["template"], labels=labels)
        if failure := make_pod(cluster, owner, pod, component):
            return failure
    return None


def make_pod(cluster: Cluster, owner: Thing, pod: Thing, component: str) -> str | None:
    """One pod as given; None, or why the API server refused it."""
    try:
        cluster.writes.create(pod)
    except Refused as refusal:
        cluster.events.record(owner, "Warning", "FailedCreate", f"Error creating: {refusal}", component)
        return str(refusal)
    return None
