"""Pods of less priority make room ("Pod Priority and Preemption"; kubernetes, pkg/scheduler/framework/preemption).
Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from local.kubernetes.controllers.cache import key_of
from local.kubernetes.controllers.scheduling.accounts import Account, host_ports, requests
from local.kubernetes.controllers.scheduling.reasons import Reason
from local.kubernetes.things import Thing

type Fits = Callable[[Account], bool]


def priority(pod: Thing) -> int:
    return int(pod["spec"].get("priority") or 0)


def victims(
    pod: Thing, nodes: Mapping[str, Account], reasons: Mapping[str, Sequence[Reason]], fits: Fits
) -> tuple[str, Sequence[Thing]] | None:
    """The node on which the fewest and least important pods have to go for this one, and these pods. `reasons` are why
    it fits on no node now; None where it helps nowhere, or the pod preempts nobody."""
    if pod["spec"].get("preemptionPolicy") == "Never":
        return None
    found = []
    for name, why in reasons.items():
        if any(each.lasting for each in why):
            continue
        lesser = [each for each in nodes[name].pods.values() if priority(each) < priority(pod)]
        if lesser and fits(without(nodes[name], lesser)):
            gone = _needed(nodes[name], lesser, fits)
            found.append((max(map(priority, gone)), sum(map(priority, gone)), len(gone), name, gone))
    if not found:
        return None
    *_, name, gone = min(found, key=lambda each: each[:4])
    return name, gone


def _needed(account: Account, lesser: Sequence[Thing], fits: Fits) -> Sequence[Thing]:
    """The more important ones are spared first, as long as there is room."""
    gone = list(lesser)
    for each in sorted(lesser, key=lambda pod: (-priority(pod), pod["metadata"]["creationTimestamp"])):
        left = [other for other in gone if other is not each]
        if fits(without(account, left)):
            gone = left
    return gone


def without(account: Account, pods: Iterable[Thing]) -> Account:
    """The account as it were if these pods were gone."""
    return _changed(account, pods, -1)


def beside(account: Account, pods: Iterable[Thing]) -> Account:
    """The account as it were with these pods: those that others have made room for."""
    return _changed(account, pods, 1)


def _changed(account: Account, pods: Iterable[Thing], sign: int) -> Account:
    made = replace(account, taken=account.taken.copy(), pods=dict(account.pods), ports=dict(account.ports))
    for pod in pods:
        key = key_of(pod)
        for name, count in requests(pod).items():
            made.taken[name] += sign * count
        if sign > 0:
            made.pods[key], made.ports[key] = pod, host_ports(pod)
        else:
            made.pods.pop(key, None)
            made.ports.pop(key, None)
    return made
