"""How long a migration takes, how many pods wait meanwhile, and how much history its execution writes: estimates, with
the formulas that they come from.

    duration = settle + roll-out + new nodes + canary + batches x batch + bake
    roll-out = nodes of the cluster / 10 % at once x 30 s; new nodes 300 s; canary 120 s
    batch = 180 s, or 30 s for each eviction one after the other where a budget lets go one pod at a time
    pending = nodes of a batch x pods of the fullest old node
    events = 20 + batches x (26 + 3 x looks at a batch), with a look every 60 s and six more at first

aws-node rolls out a tenth of its pods at a time (updateStrategy of the chart, aws-vpc-cni); a pod has 30 s to end
unless it says otherwise (terminationGracePeriodSeconds). An execution has at most 25,000 events ("Step Functions
service quotas"); a task that is retried writes three more.
"""

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import Final

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count

SETTLE: Final = 3600
"""Seconds until a control plane knows a new block, at most (create-cluster prerequisites, "Subnet requirements", EKS
User Guide: up to an hour)."""

_ROLL_OUT_PART: Final = 0.1
_ROLL_OUT_OF_A_PART: Final = 30
_NODES: Final = 300
_CANARY: Final = 120
_BATCH: Final = 180
_EVICTION: Final = 30

EVENTS_BESIDE: Final = 20
EVENTS_OF_A_BATCH: Final = 26
EVENTS_OF_A_LOOK: Final = 3
"""Of statemachines/drain_nodes.asl.yaml: three tasks of five events, two choices of two, a Map of six, rounded up."""
LONGEST_LOOK: Final = 60
_FIRST_LOOKS: Final = 6
"""Looks that come sooner than that, as the wait grows from 10 s by a fifth."""
MOST_EVENTS: Final = 20_000
"""Of 25,000: the rest is for steps that are held, resumed and undone."""

FORMULA: Final = (
    "settle + roll-out of aws-node (a tenth of its pods at a time, 30 s each) + 300 s for new nodes + 120 s for the "
    "canary + batches x 180 s (or 30 s for each eviction in turn where a budget allows one) + bake"
)

EVENTS = blocker(
    "history.events",
    "An execution of Step Functions ends with an error at 25,000 events. Each batch writes some, and more the longer "
    "it is waited for.",
    "Raise the batch, so that there are fewer of them, or lower timeouts.settleBatch.",
    acceptable=False,
)


@dataclass(frozen=True, slots=True)
class Estimates:
    """`seconds` in all; `batches` of `batch` nodes; `pending`: pods that are started elsewhere at one time, at most;
    `events`: of the state machine's history, at most."""

    seconds: int
    batches: int
    batch: int
    pending: int
    events: int
    settle: int


def estimates(case: Case, *, waves: bool = False) -> Estimates:
    """Of the run that is asked for."""
    old = len(case.nodes)
    batch = case.request.batch.of(old)
    batches = ceil(old / batch)
    fullest = max((sum(pod.moves for pod in case.pods_by_node.get(node.name, ())) for node in case.nodes), default=0)
    settle = settle_of(case)
    roll_out = 0
    if case.custom:
        parts = ceil(1 / _ROLL_OUT_PART) if len(case.seen.nodes) > 1 / _ROLL_OUT_PART else len(case.seen.nodes)
        roll_out = parts * _ROLL_OUT_OF_A_PART
    of_a_batch = max(_BATCH, _EVICTION * ceil(_in_turn(case) / max(1, batches)))
    looks = _looks(case.request.timeouts.settle_batch)
    if waves:
        looks += _looks(case.request.timeouts.nodes)
    return Estimates(
        seconds=settle + roll_out + _NODES + _CANARY + batches * of_a_batch + case.request.bake,
        batches=batches,
        batch=batch,
        pending=min(batch * fullest, len(case.pods)),
        events=EVENTS_BESIDE + batches * (EVENTS_OF_A_BATCH + EVENTS_OF_A_LOOK * looks),
        settle=settle,
    )


def settle_of(case: Case) -> int:
    """Seconds to wait for after a block is associated: none where every block is there already."""
    if case.request.settle is not None:
        return case.request.settle
    there = set(case.seen.running.cloud.vpc)
    return SETTLE if any(each not in there for each in case.request.cidrs) else 0


def findings(case: Case, *, waves: bool = False) -> list[Finding]:
    found = estimates(case, waves=waves)
    if found.events <= MOST_EVENTS:
        return []
    said = f"{count(found.batches, 'batch', 'batches')} of {count(found.batch, 'node')} write up to {found.events:,}"
    return [EVENTS(f"{said} events of history; {MOST_EVENTS:,} are the most", "batch")]


def _looks(seconds: int) -> int:
    return ceil(seconds / LONGEST_LOOK) + _FIRST_LOOKS


def _in_turn(case: Case) -> int:
    """Evictions that come one after the other: the most pods of one budget that lets go one at a time."""
    covered: Counter[str] = Counter()
    for budget in case.seen.budgets:
        if budget.allowed == 1 and budget.chooses:
            covered[budget.label] = sum(
                pod.namespace == budget.namespace and budget.chooses.matches(pod.labels) for pod in case.pods
            )
    return max(covered.values(), default=0)
