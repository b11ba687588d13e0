"""One turn at draining a node: look, evict what may be evicted now, say how long to wait until the next turn.

Nothing is remembered between turns but how long it has taken: what is to be done is seen in the cluster.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from nodenet.events import LifecycleAction
from nodenet.migration.cluster import Node, Pod
from nodenet.migration.drain.evictions import Eviction
from nodenet.migration.drain.node import Decision, decide, stays
from nodenet.migration.drain.ports import Actions, NodePods, Nodes
from nodenet.migration.drain.sentences import few
from nodenet.migration.request import Drain

_AT_ONCE: Final = 8
_FIRST_WAIT: Final = 5.0
_WAIT_GROWTH: Final = 1.3
_TURNS_OF_GROWTH: Final = 20
_LONGEST_WAIT: Final = 60.0
_LONGEST_WAIT_AT_A_HOOK: Final = 300.0
"""A hook may last two days; its heartbeat is an hour unless it says otherwise, and ten minutes for nodenet's own."""

_PATIENCE_AFTER_FORCE: Final = 300.0
"""Seconds for pods that were deleted past their budgets to end."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the state machine asks each turn. `node` or `instance` says which; `elapsed`: seconds since the drain began;
    `turn` counts from 0; `action`: an instance that waits in a terminate hook."""

    node: str
    instance: str
    options: Drain
    elapsed: float
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
    wait: int = 0
    evicted: int = 0
    left: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class DrainNode:
    nodes: Nodes
    pods: NodePods
    actions: Actions

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
        pods = self.pods.pods(node=node.name)
        decision = decide(pods, asked.options)
        if decision.left and not asked.action:
            return _refused(node, decision)
        late = asked.elapsed - asked.options.timeout
        answers = self._evict(decision.evict, force=asked.options.force and late >= 0)
        there = [*decision.ending, *(pod for pod, answer in answers if answer.outcome != "gone")]
        volumes = [] if there else self._volumes(node, pods)
        evicted = sum(answer.outcome == "evicted" for _, answer in answers)
        if not there and not volumes:
            left = [str(each) for each in decision.left]
            outcome = "left" if left else "drained"
            return Turn(True, few(left) or "all pods are gone", node.name, outcome, evicted=evicted, left=left)
        in_the_way = [*_why(decision.ending, answers), *(f"volume {each} is attached still" for each in volumes)]
        rest = (_PATIENCE_AFTER_FORCE if asked.options.force else 0) - late
        if rest <= 0:
            left = [*in_the_way, *map(str, decision.left)]
            return Turn(True, few(left), node.name, "left", evicted=evicted, left=left)
        said = f"{len(there)} pods are there still" if there else few(in_the_way)
        asked_for = max((answer.retry_after for _, answer in answers), default=0.0)
        wait = _wait(asked, asked_for, -late if late < 0 else rest)
        return Turn(False, said, node.name, wait=wait, evicted=evicted, left=in_the_way)

    def _find(self, asked: Asked) -> Node | None:
        """A node of the same name may be another's by now."""
        if asked.node:
            node = self.nodes.node(asked.node)
            return node if node and asked.instance in ("", node.instance_id) else None
        return next((node for node in self.nodes.nodes() if node.instance_id == asked.instance), None)

    def _evict(self, pods: Sequence[Pod], *, force: bool) -> Sequence[tuple[Pod, Eviction]]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(zip(pods, pool.map(self._delete if force else self.pods.evict, pods), strict=True))

    def _delete(self, pod: Pod) -> Eviction:
        return Eviction("evicted") if self.pods.delete(pod) else Eviction("gone")

    def _volumes(self, node: Node, pods: Sequence[Pod]) -> list[str]:
        """Those attached still, but for those of pods that stay, which stay as long."""
        attached = self.pods.attached(node.name)
        staying = [pod for pod in pods if stays(pod) and not pod.finished and pod.claims] if attached else []
        kept = self.pods.volumes(staying) if staying else frozenset()
        return [each for each in attached if each not in kept]


def of_event(event: Mapping[str, Any]) -> Asked:
    """`{"node" or "instance", "options", "elapsed", "turn", "action": {"group", "hook", "token", "instance"}}`."""
    action = event.get("action")
    return Asked(
        node=event.get("node", ""),
        instance=event.get("instance", ""),
        options=Drain(**event.get("options", {})),
        elapsed=float(event["elapsed"]),
        turn=int(event["turn"]),
        action=LifecycleAction(action["group"], action["hook"], action["token"], action["instance"])
        if action
        else None,
    )


def _refused(node: Node, decision: Decision) -> Turn:
    left = [str(each) for each in decision.left]
    return Turn(True, f"nothing was evicted: {few(left)}", node.name, "refused", left=left)


def _why(ending: Sequence[Pod], answers: Sequence[tuple[Pod, Eviction]]) -> list[str]:
    """What stands in the way of each pod that is there still; first those that cannot be evicted."""
    blocked = [(pod, answer.message) for pod, answer in answers if answer.outcome in ("blocked", "refused")]
    going = [*ending, *(pod for pod, answer in answers if answer.outcome == "evicted")]
    return [
        *(f"{pod.namespace}/{pod.name}: {message}" for pod, message in blocked),
        *(f"{pod.namespace}/{pod.name} has not ended yet" for pod in going),
    ]


def _wait(asked: Asked, asked_for: float, rest: float) -> int:
    """Whole seconds until the next turn: longer each time, at least what the server asks for, and no longer than until
    the time is up."""
    longest = _LONGEST_WAIT_AT_A_HOOK if asked.action else _LONGEST_WAIT
    growing = min(_FIRST_WAIT * _WAIT_GROWTH ** min(asked.turn, _TURNS_OF_GROWTH), longest)
    return max(1, ceil(min(max(growing, asked_for), _LONGEST_WAIT_AT_A_HOOK, rest)))
