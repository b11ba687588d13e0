"""Pods that the drain evicts: which of them it must not, or can lose something."""

from collections import Counter
from collections.abc import Callable, Iterator

from nodenet.migration.preflight.case import MANAGED, Case
from nodenet.migration.preflight.findings import Finding, Kind, blocker, count, note, some, warning
from nodenet.migration.preflight.seen_kubernetes import Pod

BARE = blocker(
    "pods.bare",
    "Pods without a controller are gone when they are evicted: nobody starts them again.",
    "Move them yourself, or allow it (drain.barePods).",
    acceptable=False,
)
BARE_LOST = warning(
    "pods.bare-lost",
    "Pods without a controller will be gone: the request allows it.",
    "Start them again yourself.",
)
EMPTY_DIR = blocker(
    "pods.empty-dir",
    "Data in emptyDir volumes is lost with the pod.",
    "See whether the data matters, then allow it (drain.emptyDir).",
    acceptable=False,
)
EMPTY_DIR_LOST = warning(
    "pods.empty-dir-lost",
    "Data in emptyDir volumes will be lost: the request allows it. The way back does not bring it back.",
    "Nothing, if it is a cache.",
)
PINNED = blocker(
    "pods.pinned",
    "Pods insist on the old group's name, by nodeSelector or affinity: they will never run on the new one.",
    "Have them choose by a label of your own that both groups have.",
)
HOST = blocker(
    "pods.pinned-to-node",
    "Pods insist on one node by its name: they will never run elsewhere.",
    "Take the node's name out of their selectors.",
)
SINGLE = warning(
    "pods.single-replica",
    "Workloads of one replica are away while it starts elsewhere.",
    "Give them two replicas, or choose a quiet time.",
)
UNREADY = warning(
    "pods.not-ready",
    "Pods are not Ready already: the verification afterwards compares with that.",
    "Mend them before, so that a fault of the migration shows.",
)
WAITING = note(
    "pods.waiting",
    "Pods wait for an address: the subnets have run out, which is what the migration is for.",
    "Nothing.",
)
JOBS = warning(
    "pods.jobs",
    "Pods of Jobs are evicted in the middle of their work, and start again from the beginning.",
    "Choose a time without them.",
)
ADDRESSES = note(
    "pods.count",
    "So many pods get new addresses.",
    "Nothing.",
)


def findings(case: Case) -> Iterator[Finding]:
    drain = case.request.drain
    yield from _those(
        case, lambda pod: pod.owner is None, BARE_LOST if drain.bare_pods else BARE, "without a controller"
    )
    empty = EMPTY_DIR_LOST if drain.empty_dir else EMPTY_DIR
    yield from _those(case, lambda pod: pod.empty_dir, empty, "with emptyDir volumes")
    yield from _pinned(case)
    yield from _single(case)
    yield from _those(case, lambda pod: not pod.ready and bool(pod.address), UNREADY, "not Ready")
    yield from _those(case, lambda pod: not pod.address and not pod.terminating, WAITING, "without an address")
    yield from _those(case, lambda pod: pod.owner is not None and pod.owner.kind == "Job", JOBS, "of Jobs")
    moving = sum(not pod.host_network for pod in case.pods)
    yield ADDRESSES(f"{count(moving, 'pod')} of {count(len(case.nodes), 'old node')} get new addresses")


def _those(case: Case, is_so: Callable[[Pod], bool], kind: Kind, what: str) -> Iterator[Finding]:
    names = sorted(pod.label for pod in case.pods if is_so(pod))
    if names:
        yield kind(f"{count(len(names), 'pod')} {what}: {some(names)}", *names)


def _pinned(case: Case) -> Iterator[Finding]:
    keys = ("eks.amazonaws.com/nodegroup", "alpha.eksctl.io/nodegroup-name")
    names = {group.name for group in case.groups if group.kind == MANAGED} | {
        node.labels.get(key, "") for node in case.nodes for key in keys
    }
    to_group = [
        pod.label for pod in case.pods if any(key in pod.wants and set(pod.wants[key]) <= names for key in keys)
    ]
    if to_group:
        yield PINNED(
            f"{count(len(to_group), 'pod')} insist on an old group: {some(sorted(to_group))}", *sorted(to_group)
        )
    hosts = {node.labels.get("kubernetes.io/hostname", node.name) for node in case.nodes}
    to_node = [
        pod.label
        for pod in case.pods
        if "kubernetes.io/hostname" in pod.wants and set(pod.wants["kubernetes.io/hostname"]) <= hosts
    ]
    if to_node:
        yield HOST(f"{count(len(to_node), 'pod')} insist on a node: {some(sorted(to_node))}", *sorted(to_node))


def _single(case: Case) -> Iterator[Finding]:
    concerned = Counter(pod.owner for pod in case.pods if pod.owner)
    alone = sorted(
        f"{each.owner.namespace}/{each.owner.name}"
        for each in case.seen.workloads
        if each.desired == 1 and concerned[each.owner]
    )
    if alone:
        yield SINGLE(f"{count(len(alone), 'workload')} of one replica: {some(alone)}", *alone)
