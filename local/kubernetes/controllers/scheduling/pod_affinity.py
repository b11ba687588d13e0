"""Pods that want to be near others, or away from them ("Inter-pod affinity and anti-affinity"; kubernetes,
pkg/scheduler/framework/plugins/interpodaffinity)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from local.kubernetes.controllers.cache import Cache, key_of
from local.kubernetes.controllers.labels import matches
from local.kubernetes.controllers.scheduling.accounts import Account
from local.kubernetes.controllers.scheduling.reasons import Reason
from local.kubernetes.things import Thing

type Term = Mapping[str, Any]
type Filter = Callable[[Account], Sequence[Reason]]
type Domain = tuple[str, str]
"""A topology key and a value of it."""

_FAR = Reason("node(s) didn't match pod affinity rules", lasting=True)
_NEAR = Reason("node(s) didn't match pod anti-affinity rules")
_REPELLED = Reason("node(s) didn't satisfy existing pods anti-affinity rules")
_REQUIRED, _PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)


def filters(pod: Thing, cache: Cache, nodes: Mapping[str, Account], repelling: Sequence[Thing]) -> Sequence[Filter]:
    """Required terms of the pod, and those of pods that are there."""
    made: list[Filter] = []
    if wanted := _terms(pod, "podAffinity", _REQUIRED):
        made.append(_together(pod, wanted, cache, nodes))
    taken = {
        domain for term in _terms(pod, "podAntiAffinity", _REQUIRED) for domain in _domains(term, pod, cache, nodes)
    }
    if taken:
        made.append(lambda account: [_NEAR] if _in_any(account, taken) else ())
    refused = {
        (term["topologyKey"], nodes[other["spec"]["nodeName"]].labels.get(term["topologyKey"], ""))
        for other in repelling
        for term in _terms(other, "podAntiAffinity", _REQUIRED)
        if other["spec"]["nodeName"] in nodes and _selects(term, other, pod, cache)
    }
    if refused:
        made.append(lambda account: [_REPELLED] if _in_any(account, refused) else ())
    return made


def preference(pod: Thing, cache: Cache, nodes: Mapping[str, Account]) -> Callable[[Account], float] | None:
    """The sum of the weights of preferred terms, those away from others negative, for each other pod in the domain."""
    weights: Counter[Domain] = Counter()
    for kind, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
        for each in _terms(pod, kind, _PREFERRED):
            for domain in _domains(each["podAffinityTerm"], pod, cache, nodes):
                weights[domain] += sign * int(each["weight"])
    if not weights:
        return None
    return lambda account: sum(weight for (key, value), weight in weights.items() if account.labels.get(key) == value)


def _together(pod: Thing, terms: Sequence[Term], cache: Cache, nodes: Mapping[str, Account]) -> Filter:
    near = Counter(domain for term in terms for domain in _domains(term, pod, cache, nodes))
    # The first of pods that want to be together may start anywhere.
    first = not near and all(_selects(term, pod, pod, cache) for term in terms)

    def check(account: Account) -> Sequence[Reason]:
        at = [(term["topologyKey"], account.labels.get(term["topologyKey"])) for term in terms]
        if first:
            return () if all(value is not None for _, value in at) else [_FAR]
        return () if all(value is not None and near[key, value] for key, value in at) else [_FAR]

    return check


def _terms(pod: Thing, kind: str, how: str) -> Sequence[Term]:
    return list(((pod["spec"].get("affinity") or {}).get(kind) or {}).get(how) or ())


def _domains(term: Term, pod: Thing, cache: Cache, nodes: Mapping[str, Account]) -> Iterable[Domain]:
    """Where the bound pods are that a pod's term selects, one for each of them."""
    key = term["topologyKey"]
    for namespace in _namespaces(term, pod, cache):
        for other in cache.pods_by(namespace, _selector(term, pod)):
            account = nodes.get(other["spec"].get("nodeName") or "")
            if account and key_of(other) in account.pods and key in account.labels:
                yield key, account.labels[key]


def _namespaces(term: Term, pod: Thing, cache: Cache) -> Iterable[str]:
    """`namespaces` and what `namespaceSelector` selects; the pod's own without either."""
    selector = term.get("namespaceSelector")
    named = set(term.get("namespaces") or ())
    if selector is not None:
        every = cache.all("Namespace")
        named |= {key_of(each)[1] for each in every if matches(selector, each["metadata"].get("labels"))}
    return named if named or selector is not None else {key_of(pod)[0]}


def _selects(term: Term, of: Thing, other: Thing, cache: Cache) -> bool:
    """Whether a term of one pod selects another."""
    if key_of(other)[0] not in _namespaces(term, of, cache):
        return False
    return matches(_selector(term, of), other["metadata"].get("labels"))


def _selector(term: Term, of: Thing) -> Thing | None:
    """labelSelector, with the pod's own values of matchLabelKeys."""
    selector = term.get("labelSelector")
    labels = of["metadata"].get("labels") or {}
    own = {key: labels[key] for key in term.get("matchLabelKeys") or () if key in labels}
    if selector is None or not own:
        return selector
    return {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), **own}}


def _in_any(account: Account, domains: Iterable[Domain]) -> bool:
    return any(account.labels.get(key) == value for key, value in domains)
