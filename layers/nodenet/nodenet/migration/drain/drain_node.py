"""One turn at draining a node: look, evict what may be evicted now, say how long to wait until the next turn.

Nothing is remembered between turns but when the drain began: what is to be done is seen in the cluster.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from nodenet.events import LifecycleAction
from nodenet.migration.cluster import Node, Pod
from nodenet.migration.drain.evictions import Eviction
from nodenet.migration.drain.node import Decision, decide
from nodenet.migration.drain.ports import Actions, Nodes, Pods
from nodenet.migration.request import Drain

_AT_ONCE: Final = 8
_FIRST_WAIT: Final = 5.0
_WAIT_GROWTH: Final = 1.3
_LONGEST_WAIT: Final = 60.0
_LONGEST_WAIT_AT_A_HOOK: Final = 300.0
"""A hook may last two days; its heartbeat is an hour unless it says otherwise, and ten minutes for nodenet's own."""

_PATIENCE_AFTER_FORCE: Final = 300.0
"""Seconds for pods that were deleted past their budgets to end."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the state machine asks each turn. `node` or `instance` says which; `began`: seconds since the epoch; `turn`
    counts from 0; `action`: an instance that waits in a terminate hook."""

    node: str
    instance: str
    options: Drain
    began: float
    turn: int
    action: LifecycleAction | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """`outcome`, once `done`: "drained"; "gone", the node or the wait for it has ended; "left", pods are still there
    when the time is up; "refused", the request does not allow some of its pods to be evicted, and nothing was evicted.
    `wait`: seconds until the next turn. `left`: what is there still, a sentence each."""

    done: bool
    said: str
    node: str = ""
    outcome: str = ""
    wait: float = 0.0
    evicted: int = 0
    left: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class DrainNode:
    """`clock` gives seconds since the epoch."""

    nodes: Nodes
    pods: Pods
    actions: Actions
    clock: Callable[[], float]

    def turn(self, asked: Asked) -> Turn:
        """Whoever waits in a hook is kept waiting, and let go with the last turn, however it ends."""
        if asked.action and not self.actions.heartbeat(asked.action):
            return Turn(True, "the instance does not wait any more", asked.node, "gone")
        turn = self._turn(asked)
        if turn.done and asked.action:
            self.actions.complete(asked.action, "CONTINUE")
        return turn

    def _turn(self, asked: Asked) -> Turn:
        node = self._find(asked)
        if node is None:
            return Turn(True, "the node is gone", asked.node, "gone")
        if not node.unschedulable and not self.nodes.cordon(node.name):
            return Turn(True, "the node is gone", node.name, "gone")
        decision = decide(self.pods.pods(node=node.name), asked.options)
        if decision.left and not asked.action:
            return _refused(node, decision)
        overdue = self.clock() - asked.began - asked.options.timeout
        if overdue >= 0 and not asked.options.force:
            return self._given_up(node, decision)
        if overdue >= _PATIENCE_AFTER_FORCE:
            return self._given_up(node, decision)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            evict = self._force if overdue >= 0 else self.pods.evict
            answers = list(zip(decision.evict, pool.map(evict, decision.evict), strict=True))
        return self._judge(asked, node, decision, answers)

    def _find(self, asked: Asked) -> Node | None:
        """A node of the same name may be another's by now."""
        if asked.node:
            node = self.nodes.node(asked.node)
            return node if node and asked.instance in ("", node.instance_id) else None
        return next((node for node in self.nodes.nodes() if node.instance_id == asked.instance), None)

    def _force(self, pod: Pod) -> Eviction:
        return Eviction("evicted", "deleted past its budget") if self.pods.delete(pod) else Eviction("gone")

    def _judge(self, asked: Asked, node: Node, decision: Decision, answers: Sequence[tuple[Pod, Eviction]]) -> Turn:
        evicted = sum(answer.outcome == "evicted" for _, answer in answers)
        there = [*decision.ending, *(pod for pod, answer in answers if answer.outcome != "gone")]
        volumes = [] if there else self.pods.attached(node.name)
        if not there and not volumes:
            left = [str(each) for each in decision.left]
            outcome = "left" if left else "drained"
            return Turn(True, _said(left) or "all pods are gone", node.name, outcome, evicted=evicted, left=left)
        blocked = [
            f"{pod.namespace}/{pod.name}: {answer.message}"
            for pod, answer in answers
            if answer.outcome in ("blocked", "refused")
        ]
        asked_for = max((answer.retry_after for _, answer in answers), default=0.0)
        said = f"{len(there)} pods are there still" if there else f"volumes are attached still: {', '.join(volumes)}"
        return Turn(False, said, node.name, wait=_wait(asked, asked_for), evicted=evicted, left=blocked)

    def _given_up(self, node: Node, decision: Decision) -> Turn:
        """The time is up. What was there at the last look counts."""
        there = [*decision.evict, *decision.ending]
        left = [f"{pod.namespace}/{pod.name} is there still" for pod in there] + [str(each) for each in decision.left]
        if not left and (volumes := self.pods.attached(node.name)):
            left = [f"volume {each} is attached still" for each in volumes]
        outcome = "left" if left else "drained"
        return Turn(True, _said(left) or "all pods are gone", node.name, outcome, left=left)


def of_event(event: Mapping[str, Any]) -> Asked:
    """`{"node" or "instance", "options": {...}, "began", "turn", "action": {"group", "hook", "token", "instance"}}`."""
    action = event.get("action")
    return Asked(
        node=event.get("node", ""),
        instance=event.get("instance", ""),
        options=Drain(**event.get("options", {})),
        began=float(event["began"]),
        turn=int(event["turn"]),
        action=LifecycleAction(action["group"], action["hook"], action["token"], action["instance"])
        if action
        else None,
    )


def _refused(node: Node, decision: Decision) -> Turn:
    left = [str(each) for each in decision.left]
    return Turn(True, f"nothing was evicted: {_said(left)}", node.name, "refused", left=left)


def _wait(asked: Asked, asked_for: float) -> float:
    longest = _LONGEST_WAIT_AT_A_HOOK if asked.action else _LONGEST_WAIT
    return round(min(max(_FIRST_WAIT * _WAIT_GROWTH**asked.turn, asked_for), longest))


def _said(left: Sequence[str]) -> str:
    return "; ".join(left[:5]) + (f"; and {len(left) - 5} more" if len(left) > 5 else "")
