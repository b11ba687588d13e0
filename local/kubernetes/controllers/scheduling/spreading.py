"""Pods spread over zones and nodes ("Pod Topology Spread Constraints"; kubernetes,
pkg/scheduler/framework/plugins/podtopologyspread)."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.kubernetes.controllers.cache import Cache, controller_of, key_of
from local.kubernetes.controllers.labels import matches
from local.kubernetes.controllers.pods import is_going, is_terminal
from local.kubernetes.controllers.scheduling import node_affinity, taints
from local.kubernetes.controllers.scheduling.accounts import Account
from local.kubernetes.controllers.scheduling.reasons import Reason
from local.kubernetes.things import Thing

type Constraint = Mapping[str, Any]
type Filter = Callable[[Account], Sequence[Reason]]
type Cost = Callable[[Account], float]

_MISMATCH = Reason("node(s) didn't match pod topology spread constraints")
_UNLABELLED = Reason("node(s) didn't match pod topology spread constraints (missing required label)", lasting=True)
_USUAL = (("kubernetes.io/hostname", 3), ("topology.kubernetes.io/zone", 5))
"""Keys and maxSkew of the constraints that a pod without any has ("Built-in default constraints")."""


def filters(pod: Thing, cache: Cache, nodes: Mapping[str, Account]) -> Sequence[Filter]:
    """One for each constraint with DoNotSchedule."""
    hard = [each for each in _constraints(pod) if each["whenUnsatisfiable"] == "DoNotSchedule"]
    keys = [each["topologyKey"] for each in hard]
    return [_filter(pod, each, _counts(pod, each, keys, cache, nodes)) for each in hard]


def cost(pod: Thing, cache: Cache, nodes: Mapping[str, Account]) -> Cost:
    """How crowded a node and its zone are with the pod's like: by its ScheduleAnyway constraints, or, where it has none
    at all, by its owner's pods. The less the better; a domain counts by the logarithm of how many there are."""
    given = _constraints(pod)
    soft = [each for each in given if each["whenUnsatisfiable"] == "ScheduleAnyway"]
    counted = [(each["topologyKey"], int(each["maxSkew"]), _counts(pod, each, [], cache, nodes)) for each in soft]
    weighed = [(key, skew, math.log(len(counts) + 2), counts) for key, skew, counts in counted]
    if not given and (owner := controller_of(pod)):
        like = _present(cache.controlled("Pod", owner["uid"]))
        at_nodes = [nodes[name] for each in like if (name := each["spec"].get("nodeName")) in nodes]
        for key, skew in _USUAL:
            domains = {account.labels.get(key) for account in nodes.values()}
            counts = Counter(account.labels[key] for account in at_nodes if key in account.labels)
            weighed.append((key, skew, math.log(len(domains) + 2), counts))

    def at(account: Account) -> float:
        labels = account.labels
        return sum(found[labels.get(key, "")] * weight + skew - 1 for key, skew, weight, found in weighed)

    return at


def _filter(pod: Thing, constraint: Constraint, counts: Counter[str]) -> Filter:
    key, skew = constraint["topologyKey"], int(constraint["maxSkew"])
    least = min(counts.values(), default=0)
    if len(counts) < int(constraint.get("minDomains") or 1):
        least = 0
    itself = matches(_selector(pod, constraint), pod["metadata"].get("labels"))

    def check(account: Account) -> Sequence[Reason]:
        if key not in account.labels:
            return [_UNLABELLED]
        return [_MISMATCH] if counts[account.labels[key]] + itself - least > skew else ()

    return check


def _counts(
    pod: Thing, constraint: Constraint, keys: Sequence[str], cache: Cache, nodes: Mapping[str, Account]
) -> Counter[str]:
    """Matching pods by domain, over the nodes that count: with all the keys, fitting the pod's node affinity, and its
    tolerations where the constraint says so."""
    honours = constraint.get("nodeAffinityPolicy", "Honor") == "Honor", constraint.get("nodeTaintsPolicy") == "Honor"
    counting = {
        name: account
        for name, account in nodes.items()
        if all(key in account.labels for key in keys)
        and (not honours[0] or node_affinity.fits(pod, account.node))
        and (not honours[1] or not taints.untolerated(taints.of_node(account.node), taints.of_pod(pod)))
    }
    like = cache.pods_by(key_of(pod)[0], _selector(pod, constraint))
    return _spread(list(like), constraint["topologyKey"], counting, nodes)


def _spread(
    pods: Sequence[Thing], key: str, counting: Mapping[str, Account], nodes: Mapping[str, Account]
) -> Counter[str]:
    found = Counter({account.labels[key]: 0 for account in counting.values() if key in account.labels})
    for pod in _present(pods):
        name = pod["spec"].get("nodeName")
        if name in counting and key in nodes[name].labels:
            found[nodes[name].labels[key]] += 1
    return found


def _present(pods: Sequence[Thing]) -> Sequence[Thing]:
    return [pod for pod in pods if not is_going(pod) and not is_terminal(pod)]


def _constraints(pod: Thing) -> Sequence[Constraint]:
    return list(pod["spec"].get("topologySpreadConstraints") or ())


def _selector(pod: Thing, constraint: Constraint) -> Thing | None:
    """labelSelector, with the pod's own values of matchLabelKeys."""
    selector = constraint.get("labelSelector")
    labels = pod["metadata"].get("labels") or {}
    own = {key: labels[key] for key in constraint.get("matchLabelKeys") or () if key in labels}
    if selector is None or not own:
        return selector
    return {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), **own}}
