"""Budgets of disruptions, and volumes: what keeps a pod from leaving its node, or from starting on another."""

from collections import defaultdict
from collections.abc import Iterator

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning
from nodenet.migration.preflight.seen_kubernetes import Budget, Claim, Pod

NEVER = blocker(
    "budgets.never",
    "A PodDisruptionBudget allows no disruption even with all of its pods healthy: no pod of it can ever be evicted.",
    "Raise the replicas or loosen the budget; drain.force goes past it once a node's time is up.",
    acceptable=False,
)
FORCED = warning(
    "budgets.forced",
    "A PodDisruptionBudget allows no disruption, and drain.force will go past it once a node's time is up.",
    "Nothing, if the workload may be away.",
)
NOW = warning(
    "budgets.now",
    "A PodDisruptionBudget allows no disruption now, since pods of it are not healthy: the drain waits for them.",
    "Mend these pods before.",
)
SEVERAL = blocker(
    "budgets.several",
    "Pods are covered by several PodDisruptionBudgets: the API server refuses to evict them at all (500).",
    "Leave one budget for each pod.",
    acceptable=False,
)
LOCAL = blocker(
    "volumes.local",
    "Pods use volumes on their node's own disk (local or hostPath volumes): the data does not move, and they wait for "
    "that node.",
    "Move the data yourself, or leave the group out.",
)
ZONE = blocker(
    "volumes.zone",
    "Pods use volumes of a zone in which no new node will be.",
    "Have the new group be in that zone too.",
)
ZONAL = note(
    "volumes.zonal",
    "Pods use volumes of one zone: they start in that zone again, after their volume is detached from the old node.",
    "Nothing; it takes some tens of seconds for each.",
)


def findings(case: Case) -> Iterator[Finding]:
    yield from _budgets(case)
    yield from _volumes(case)


def _budgets(case: Case) -> Iterator[Finding]:
    covered: defaultdict[str, list[str]] = defaultdict(list)
    for budget in case.seen.budgets:
        pods = [pod for pod in case.pods if _covers(budget, pod)]
        for pod in pods:
            covered[pod.label].append(budget.label)
        if not pods or budget.allowed > 0:
            continue
        numbers = f"{budget.current_healthy} healthy of {budget.expected}, {budget.desired_healthy} must be"
        said = f"{budget.label} allows no disruption ({numbers}) and covers {count(len(pods), 'pod')} that move"
        if budget.desired_healthy < budget.expected:
            yield NOW(said, budget.label)
        else:
            yield (FORCED if case.request.drain.force else NEVER)(said, budget.label)
    if twice := sorted(name for name, several in covered.items() if len(several) > 1):
        budgets = some(sorted({each for name in twice for each in covered[name]}))
        yield SEVERAL(f"{count(len(twice), 'pod')} under several budgets ({budgets}): {some(twice)}", *twice)


def _covers(budget: Budget, pod: Pod) -> bool:
    return budget.chooses is not None and budget.namespace == pod.namespace and budget.chooses.matches(pod.labels)


def _volumes(case: Case) -> Iterator[Finding]:
    with_claims = [(pod, claim) for pod in case.pods for claim in _claims(case, pod)]
    local = {pod.label for pod, claim in with_claims if claim.local or claim.hosts}
    if local:
        yield LOCAL(f"{count(len(local), 'pod')} with local volumes: {some(sorted(local))}", *sorted(local))
    zones = _new_zones(case)
    away = {(pod.label, claim.zones[0]) for pod, claim in with_claims if claim.zones and not set(claim.zones) & zones}
    if away:
        named = some(sorted(f"{pod} in {zone}" for pod, zone in away))
        yield ZONE(
            f"{count(len(away), 'pod')} with volumes where no new node will be: {named}", *sorted({p for p, _ in away})
        )
    zonal = {pod.label for pod, claim in with_claims if len(claim.zones) == 1}
    if zonal:
        yield ZONAL(f"{count(len(zonal), 'pod')} with volumes of one zone: {some(sorted(zonal))}", *sorted(zonal))


def _claims(case: Case, pod: Pod) -> list[Claim]:
    return [found for name in pod.claims if (found := case.seen.claims.get((pod.namespace, name)))]


def _new_zones(case: Case) -> set[str]:
    if case.request.node_subnets:
        return {wish.zone for wish in case.request.node_subnets}
    known = case.seen.running.cloud.subnets
    return {known[each].zone for group in case.groups for each in group.subnets if each in known} | set(case.zones)
