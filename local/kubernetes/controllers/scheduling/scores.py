"""Which of the nodes that can have a pod is best: kube-scheduler's scores and their weights (kubernetes,
pkg/scheduler/apis/config/v1/default_plugins.go)."""

from collections.abc import Mapping, Sequence

from local.kubernetes.controllers.cache import Cache
from local.kubernetes.controllers.scheduling import node_affinity, pod_affinity, spreading, taints
from local.kubernetes.controllers.scheduling.accounts import Account, requests
from local.kubernetes.things import Thing

_MOST = 100.0


def best(pod: Thing, able: Sequence[Account], cache: Cache, nodes: Mapping[str, Account]) -> Account:
    """The node with the highest sum; of several the one with the fewest pods, then by name, so that it is always the
    same."""
    if len(able) == 1:
        return able[0]
    totals = dict.fromkeys((each.name for each in able), 0.0)

    def count(weight: float, scores: Sequence[float]) -> None:
        for account, score in zip(able, scores, strict=True):
            totals[account.name] += weight * score

    tolerations = taints.of_pod(pod)
    if any(taints.of_node(each.node) for each in able):
        count(3, _reversed([_disliked(each, tolerations) for each in able]))
    if (pod["spec"].get("affinity") or {}).get("nodeAffinity"):
        count(2, _scaled([node_affinity.preference(pod, each.node) for each in able]))
    crowd = spreading.cost(pod, cache, nodes)
    count(2, _spread([crowd(each) for each in able]))
    if near := pod_affinity.preference(pod, cache, nodes):
        count(2, _between([near(each) for each in able]))
    wants = requests(pod)
    count(1, [_free(each, wants) for each in able])
    count(1, [_balance(each, wants) for each in able])
    return min(able, key=lambda each: (-round(totals[each.name], 6), len(each.pods), each.name))


def _disliked(account: Account, tolerations: Sequence[Thing]) -> float:
    found = [each for each in taints.of_node(account.node) if each["effect"] == "PreferNoSchedule"]
    return float(sum(taints.untolerated([each], tolerations, ("PreferNoSchedule",)) is not None for each in found))


def _free(account: Account, wants: Mapping[str, int]) -> float:
    """Least allocated: the mean of the free shares of CPU and memory."""
    return _MOST * (1 - sum(_shares(account, wants)) / 2)


def _balance(account: Account, wants: Mapping[str, int]) -> float:
    """Balanced allocation: the less the shares of CPU and memory differ, the better."""
    cpu, memory = _shares(account, wants)
    return _MOST * (1 - abs(cpu - memory) / 2)


def _shares(account: Account, wants: Mapping[str, int]) -> tuple[float, float]:
    def share(name: str) -> float:
        has = account.has.get(name, 0)
        return min(1.0, (account.taken[name] + wants.get(name, 0)) / has) if has else 1.0

    return share("cpu"), share("memory")


def _scaled(values: Sequence[float]) -> Sequence[float]:
    most = max(values)
    return [_MOST * value / most for value in values] if most else values


def _reversed(values: Sequence[float]) -> Sequence[float]:
    return [_MOST - value for value in _scaled(values)]


def _spread(costs: Sequence[float]) -> Sequence[float]:
    """As PodTopologySpread normalises."""
    most, least = max(costs), min(costs)
    return [_MOST * (most + least - cost) / most for cost in costs] if most else [_MOST for _ in costs]


def _between(values: Sequence[float]) -> Sequence[float]:
    most, least = max(values), min(values)
    return [_MOST * (value - least) / (most - least) for value in values] if most > least else [0.0 for _ in values]
