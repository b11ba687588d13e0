"""The nodes that can have a pod, and why the others cannot (kubernetes, pkg/scheduler/schedule_one.go)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from local.kubernetes.controllers.cache import key_of
from local.kubernetes.controllers.scheduling import daemon_pods, preemption
from local.kubernetes.controllers.scheduling.accounts import Account
from local.kubernetes.controllers.scheduling.filters import View, filters
from local.kubernetes.controllers.scheduling.reasons import Reason
from local.kubernetes.things import Thing

_ENOUGH = 100
"""Of so many nodes that can have a pod the best is taken (minFeasibleNodesToFind)."""
_ABSENT = (Reason("node(s) didn't satisfy plugin(s) [NodeAffinity]", lasting=True),)


@dataclass
class Found:
    """`able`: those that can; `reasons`: why the others cannot; `asked`: how many were looked at."""

    able: Sequence[Account]
    reasons: Mapping[str, Sequence[Reason]]
    asked: int
    room_by_preemption: tuple[str, Sequence[Thing]] | None = None


def find(pod: Thing, view: View, nominated: Mapping[str, Sequence[Thing]], start: int) -> Found:
    """Looks at the nodes from the start-th on until enough are found. `nominated` are pods that others have made room
    for, by node: they take it already, but for more important pods. Unschedulable: see filters."""
    checks = filters(pod, view)
    asked = list(view.nodes.values())
    able: list[Account] = []
    reasons: dict[str, Sequence[Reason]] = {}
    if (names := daemon_pods.only_nodes(pod)) is not None:
        reasons = {name: _ABSENT for name in view.nodes if name not in names}
        asked = [view.nodes[name] for name in names if name in view.nodes]

    def why(account: Account) -> Sequence[Reason]:
        return next(filter(None, (check(account) for check in checks)), ())

    def taken(account: Account) -> Account:
        before = _before(pod, nominated.get(account.name, ()))
        return preemption.beside(account, before) if before else account

    step = 0
    while step < len(asked) and len(able) < _ENOUGH:
        account = asked[(start + step) % len(asked)]
        step += 1
        if found := why(taken(account)):
            reasons[account.name] = found
        else:
            able.append(account)
    found_room = None
    if not able:
        found_room = preemption.victims(pod, view.nodes, reasons, lambda account: not why(taken(account)))
    return Found(able, reasons, step, found_room)


def _before(pod: Thing, nominated: Iterable[Thing]) -> Sequence[Thing]:
    important = preemption.priority(pod)
    return [each for each in nominated if preemption.priority(each) >= important and key_of(each) != key_of(pod)]
