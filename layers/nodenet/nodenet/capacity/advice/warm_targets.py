"""WARM_IP_TARGET and MINIMUM_IP_TARGET: single addresses kept warm instead of whole ENIs or prefixes.

The VPC CNI's documents (docs/eni-and-ip-target.md, prefix-and-ip-target.md) say: MINIMUM_IP_TARGET a little above the
pods that are expected on a node, WARM_IP_TARGET small, and mind the EC2 calls, since every pod beyond the minimum may
cost one. The two are the DaemonSet's: one pair for all nodes of the cluster.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from nodenet.capacity.advice.calls import SECONDS_BETWEEN_PODS, least_seconds
from nodenet.capacity.advice.case import Case, Found, sample
from nodenet.capacity.advice.wording import counted, effect, told
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.plan import Advice, NodeUse

WARM: Final = 2
"""The documents' own example. Where pods come one by one a higher one asks EC2 as often, and keeps more."""

ACCEPTABLE: Final = 2
"""Times the EC2 calls that AWS's shipped targets make. Pods that come one by one are the worst case for IP targets:
those that come together share a call."""

PARTS: Final = 8
"""Nodes that stand for all when calls are counted: each for an eighth of them."""


def warm_targets(case: Case) -> Iterator[Found]:
    """The pair that saves most with an acceptable number of EC2 calls over the fleet; or one that takes as few
    addresses as today's with at most half the calls."""
    nodes = sample(case.placement.nodes, PARTS)
    now = case.fleet.cni
    pairs = {pair for warm in {WARM, now.warm_ip_target or WARM} if (pair := _pair(case, nodes, warm))}
    tried = [(case.with_settings(warm_ip_target=warm, minimum_ip_target=least), warm) for warm, least in pairs]
    if not tried:
        return
    (typical,) = sample(case.placement.nodes, 1)
    after, _ = max(tried, key=lambda each: (-each[0].missing, each[0].fewer_than(case), -each[1]))
    saved = after.fewer_than(case)
    chosen = after.fleet.cni
    cost = (case.calls(typical, now).total(), case.calls(typical, chosen).total())
    if after.worse_than(case) or saved < 0 or (saved == 0 and cost[1] * 2 > cost[0]):
        return
    held, today = after.same_kind(typical).holding.taken, case.same_kind(typical).holding.taken
    sentence = told(
        f"{effect(saved)}: WARM_IP_TARGET {chosen.warm_ip_target} and MINIMUM_IP_TARGET {chosen.minimum_ip_target}",
        f"A node of {typical.group} ({typical.instance_type}, {counted(typical.pods, 'pod')}) then holds "
        f"{counted(held, 'address')} instead of {today:,}",
        f"It makes {_calls_said(*cost)} while its pods come one by one and go",
        f"On a node with more than {counted(chosen.minimum_ip_target - chosen.warm_ip_target, 'pod')} each further "
        "pod may cost a call",
        *_slowed(case, nodes, chosen),
    )
    settings = {
        "WARM_IP_TARGET": str(chosen.warm_ip_target),
        "MINIMUM_IP_TARGET": str(chosen.minimum_ip_target),
    }
    yield Found(Advice("warm targets", sentence, saved, cost, settings), after, saved)


def _calls_said(before: int, after: int) -> str:
    calls = counted(after, "EC2 call")
    return f"as many EC2 calls as today, {after:,}," if before == after else f"{calls} instead of {before:,}"


def _pair(case: Case, nodes: Sequence[NodeUse], warm: int) -> tuple[int, int] | None:
    """The smallest minimum with this warm target whose calls are acceptable, of those that are enough for half of the
    nodes: a smaller one saves more and costs more calls. None where none is, or where it is what is set already."""
    now = case.fleet.cni
    shipped = replace(now, warm_ip_target=0, minimum_ip_target=0, warm_eni_target=1, warm_prefix_target=1)
    acceptable = ACCEPTABLE * _calls(case, nodes, shipped).total()
    for minimum in sorted({use.holding.active + warm for use in nodes[(len(nodes) - 1) // 2 :] if use.holding.active}):
        if (warm, minimum) == (now.warm_ip_target, now.minimum_ip_target):
            return None
        if _calls(case, nodes, replace(now, warm_ip_target=warm, minimum_ip_target=minimum)).total() <= acceptable:
            return warm, minimum
    return None


def _slowed(case: Case, nodes: Sequence[NodeUse], chosen: CniSettings) -> Iterator[str]:
    """Where the pods of all nodes come and go at the same time, and EC2 lets an account make the calls more slowly than
    the pods come and go, and than with today's settings."""
    count = sum(use.nodes for use in case.placement.nodes)
    today, then = (
        least_seconds(_calls(case, nodes, settings)) * count / PARTS for settings in (case.fleet.cni, chosen)
    )
    if then > max(today, 2 * SECONDS_BETWEEN_PODS * max(use.pods for use in nodes)):
        yield (
            f"If that happens on all {count:,} nodes at the same time, EC2's limit of calls a second for an account "
            f"makes it last {counted(round(then / 60), 'minute')} at least instead of {round(today / 60):,}"
        )


def _calls(case: Case, nodes: Sequence[NodeUse], settings: CniSettings) -> Counter[str]:
    return sum((case.calls(use, settings) for use in nodes), Counter[str]())
