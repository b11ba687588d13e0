"""What the control plane asks of pods, and CoreDNS: what suffers first where addresses are new."""

from collections.abc import Iterator
from typing import Final

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.estimates import settle_of
from nodenet.migration.preflight.findings import Finding, count, note, some, warning
from nodenet.migration.preflight.seen_kubernetes import Pod

WEBHOOKS = warning(
    "control.webhooks",
    "Admission webhooks that must answer (failurePolicy Fail) are served by pods that move. Until the control plane "
    "knows a new block, up to an hour, it does not reach pods there, and refuses what the webhook is asked about.",
    "Leave `settle` as it is, so that the block is known first; the canary proves it in every zone.",
)
SOFT_WEBHOOKS = note(
    "control.webhooks-ignored",
    "Admission webhooks that may fail (failurePolicy Ignore) are served by pods that move: for a moment nothing asks "
    "them.",
    "Nothing, if what they check may be missed for a moment.",
)
ON_PODS = warning(
    "control.webhooks-on-pods",
    "A webhook that must answer is asked about pods or evictions, and its own pods move: while they are away no pod "
    "starts anywhere.",
    "Give it two replicas at least, in two zones, and a budget.",
)
AGGREGATED = warning(
    "control.aggregated-apis",
    "Aggregated APIs (metrics, custom metrics …) are served by pods that move: autoscalers of pods have no figures "
    "while they are not reached.",
    "Leave `settle` as it is.",
)
UNAVAILABLE = warning(
    "control.api-unavailable",
    "An aggregated API does not answer today: namespaces cannot be deleted then, the canary's neither.",
    "Mend or delete the APIService.",
)
DNS_SINGLE = warning(
    "control.dns",
    "CoreDNS has one replica, or none that is Ready, or all of them on one node: names are not found while it moves.",
    "Give it two replicas on different nodes.",
)
DNS_BUDGET = note(
    "control.dns-budget",
    "CoreDNS has no PodDisruptionBudget; its pods are evicted last, and one after the other.",
    "Give it one (EKS's add-on comes with it).",
)

_DNS: Final = ("k8s-app", "kube-dns")


def findings(case: Case) -> Iterator[Finding]:
    yield from _webhooks(case)
    yield from _apis(case)
    yield from _dns(case)


def serving(case: Case, service: tuple[str, str] | None) -> list[Pod]:
    """The pods of a service that move."""
    found = case.seen.services.get(service) if service else None
    if not found or not found.selector:
        return []
    wanted = found.selector.items()
    return [pod for pod in case.pods if pod.namespace == found.namespace and wanted <= pod.labels.items()]


def _webhooks(case: Case) -> Iterator[Finding]:
    moving = [each for each in case.seen.webhooks if any(not pod.host_network for pod in serving(case, each.service))]
    hard = sorted({f"{each.configuration}/{each.name}" for each in moving if each.fails})
    soft = sorted({f"{each.configuration}/{each.name}" for each in moving if not each.fails})
    if hard:
        wait = f"{settle_of(case)} s are given for the control plane to learn"
        yield WEBHOOKS(f"{count(len(hard), 'webhook')} that must answer: {some(hard)}; {wait}", *hard)
    if soft:
        yield SOFT_WEBHOOKS(f"{count(len(soft), 'webhook')} that may fail: {some(soft)}", *soft)
    on_pods = sorted(
        {
            f"{each.configuration}/{each.name}"
            for each in moving
            if each.fails and {"pods", "pods/eviction", "pods/*", "*", "*/*"} & set(each.resources)
        }
    )
    if on_pods:
        yield ON_PODS(f"{count(len(on_pods), 'webhook')} asked about pods: {some(on_pods)}", *on_pods)


def _apis(case: Case) -> Iterator[Finding]:
    moving = sorted(each.name for each in case.seen.api_services if serving(case, each.service))
    if moving:
        yield AGGREGATED(f"{count(len(moving), 'API')} served by pods that move: {some(moving)}", *moving)
    if down := sorted(each.name for each in case.seen.api_services if not each.available):
        yield UNAVAILABLE(f"{count(len(down), 'API')} not available: {some(down)}", *down)


def _dns(case: Case) -> Iterator[Finding]:
    key, value = _DNS
    everywhere = [pod for pod in case.seen.pods if pod.namespace == "kube-system" and pod.labels.get(key) == value]
    ready = [pod for pod in everywhere if pod.ready and not pod.finished]
    moving = {pod.label for pod in case.pods} & {pod.label for pod in everywhere}
    if not moving:
        return
    if len({pod.node for pod in ready}) < 2:
        yield DNS_SINGLE(
            f"CoreDNS has {count(len(ready), 'pod')} Ready on {count(len({p.node for p in ready}), 'node')}"
        )
    budgets = [each for each in case.seen.budgets if each.namespace == "kube-system" and each.chooses]
    if not any(each.chooses.matches(pod.labels) for each in budgets for pod in everywhere if each.chooses):
        yield DNS_BUDGET("no PodDisruptionBudget covers CoreDNS", "kube-system/coredns")
