"""Whether a node can have a pod: kube-scheduler's filters in their order, with their words (kubernetes,
pkg/scheduler/framework/plugins)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local.kubernetes.controllers.cache import Cache
from local.kubernetes.controllers.scheduling import node_affinity, pod_affinity, pod_volumes, spreading, taints
from local.kubernetes.controllers.scheduling.accounts import Account, Port, host_ports, requests
from local.kubernetes.controllers.scheduling.reasons import Reason
from local.kubernetes.things import Thing

type Filter = Callable[[Account], Sequence[Reason]]


@dataclass(frozen=True)
class View:
    """What the filters look at."""

    cache: Cache
    nodes: Mapping[str, Account]
    repelling: Sequence[Thing]


def filters(pod: Thing, view: View) -> Sequence[Filter]:
    """Those that have something to say about this pod; Unschedulable where no node at all can have it."""
    made = [_cordon(pod), _taints(pod), _affinity(pod)]
    if ports := host_ports(pod):
        made.append(_ports(ports))
    made.append(_resources(pod))
    made += pod_volumes.filters(pod, view.cache)
    made += spreading.filters(pod, view.cache, view.nodes)
    made += pod_affinity.filters(pod, view.cache, view.nodes, view.repelling)
    return made


def _cordon(pod: Thing) -> Filter:
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    tolerated = taints.untolerated([taint], taints.of_pod(pod)) is None
    reason = [Reason("node(s) were unschedulable", lasting=True)]
    return lambda account: reason if not tolerated and (account.node.get("spec") or {}).get("unschedulable") else ()


def _taints(pod: Thing) -> Filter:
    tolerations = taints.of_pod(pod)
    reason = [Reason("node(s) had untolerated taint(s)", lasting=True)]
    return lambda account: reason if taints.untolerated(taints.of_node(account.node), tolerations) else ()


def _affinity(pod: Thing) -> Filter:
    reason = [Reason("node(s) didn't match Pod's node affinity/selector", lasting=True)]
    return lambda account: () if node_affinity.fits(pod, account.node) else reason


def _ports(ports: Sequence[Port]) -> Filter:
    reason = [Reason("node(s) didn't have free ports for the requested pod ports")]

    def check(account: Account) -> Sequence[Reason]:
        taken = [each for theirs in account.ports.values() for each in theirs]
        return reason if any(_clash(one, other) for one in ports for other in taken) else ()

    return check


def _resources(pod: Thing) -> Filter:
    """Every resource that is short is named (noderesources, fitsRequest)."""
    wants = {name: count for name, count in requests(pod).items() if count}

    def check(account: Account) -> Sequence[Reason]:
        short = [] if len(account.pods) < account.has.get("pods", 0) else [Reason("Too many pods")]
        for name, count in wants.items():
            has = account.has.get(name, 0)
            if account.taken[name] + count > has:
                short.append(Reason(f"Insufficient {name}", lasting=count > has))
        return short

    return check


def _clash(one: Port, other: Port) -> bool:
    everywhere = "0.0.0.0"  # noqa: S104
    return one[1:] == other[1:] and (one[0] == other[0] or everywhere in (one[0], other[0]))
