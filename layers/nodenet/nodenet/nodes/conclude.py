"""Carrying out a decision about a node, and answering everyone who waits for it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from nodenet.configuration.resolved import ResolvedGroup
from nodenet.errors import HeldError, InterfaceGone, NodeError, TransientError
from nodenet.events import Rollback, rollback_body
from nodenet.interfaces import attach, release
from nodenet.interfaces.steps import Decision, Fail, Gone, Hold, Skip, Wait, Wire
from nodenet.networks import Interface
from nodenet.nodes.node import Claimed, Node
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import AutoScaling, Bus, Ec2, Queue, Store

STORM: Final = 3
"""After so many nodes of a group in a row that could not be wired none is abandoned any more: each replacement would
fail as well, and spend the account's API rate on it."""

VISIBLE_SECONDS: Final = 120
"""For how long EC2 may not show an instance that it has just launched ("Eventual consistency", EC2 API Reference)."""

YOUNG_SECONDS: Final = 60
"""An action younger than this needs no heartbeat: the hook's own time-out is far away."""

HOLD_SECONDS: Final = 60
LONGEST_WAIT_SECONDS: Final = 240
"""Between two looks at a waiting node: below half the hook's time-out, so that one lost heartbeat does no harm."""

GIVE_UP_SECONDS: Final = 48 * 3600
"""Auto Scaling ends the wait at a hook sooner by itself: after 48 hours or 100 times the hook's heartbeat time-out,
whichever is less (Auto Scaling API Reference, LifecycleHook, GlobalTimeout)."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`deadline` (of time.monotonic) bounds the waiting for what EC2 does not show or allow yet."""

    ec2: Ec2
    autoscaling: AutoScaling
    queue: Queue
    store: Store
    bus: Bus
    deadline: float

    def conclude(self, claimed: Claimed, group: ResolvedGroup | None, decision: Decision) -> Outcome:
        """Does what was decided, writes the record and ends the claim.

        Raises what nobody foresaw: the message comes again, and the claim runs out by itself.
        """
        node = claimed.node
        try:
            outcome = self._do(claimed, group, decision)
        except (TransientError, HeldError) as error:
            outcome = self.put_off(node, error)
        outcome = _placed(outcome, claimed, group)
        if outcome.state is not State.IGNORED:
            self.store.record(outcome)
        self.store.release(node.id)
        return outcome

    def put_off(self, node: Node, error: TransientError | HeldError) -> Outcome:
        """Comes back to the node later: a message that was returned instead would count as a crash, and come slowly."""
        return self.hold(node, str(error)) if isinstance(error, HeldError) else self.wait(node, 5, str(error))

    def skip(self, node: Node, reason: str) -> Outcome:
        """Not a node to wire. If it waits at our hook all the same, it waits for nothing: let it go on."""
        for action in node.actions:
            self.autoscaling.complete(action, "CONTINUE")
        return _outcome(node, State.IGNORED, reason)

    def unseen(self, node: Node) -> Outcome:
        """EC2 does not show the instance: not yet, or no longer."""
        if _age(node) < VISIBLE_SECONDS:
            return self.wait(node, 5, "EC2 does not show the instance yet")
        return self.gone(node, "EC2 does not know the instance")

    def gone(self, node: Node, reason: str) -> Outcome:
        """Deletes what was made for an instance that can take it no more. What is attached goes with the instance."""
        made = self.ec2.interfaces_made_for([node.id])
        release.apply(self.ec2, release.plan_leftovers(made, frozenset()))
        for action in node.actions:
            self.autoscaling.complete(action, "ABANDON")
        return _outcome(node, State.GONE, reason)

    def wait(self, node: Node, seconds: int, reason: str) -> Outcome:
        """Comes back to the node after `seconds`, and after longer each time; keeps its actions alive meanwhile."""
        if _age(node) > GIVE_UP_SECONDS:
            outcome = _outcome(node, State.FAILED, f"given up after {GIVE_UP_SECONDS // 3600} hours: {reason}")
            self.bus.publish("Node Network Failed", outcome)
            return outcome
        for message in node.distinct_messages:
            self.queue.defer(message, min(seconds * 2**node.deferrals, LONGEST_WAIT_SECONDS))
        if _age(node) > YOUNG_SECONDS:
            for action in node.actions:
                try:
                    # If the wait has ended, the node is in service or gone: the next look at it will tell.
                    self.autoscaling.heartbeat(action)
                except (TransientError, HeldError) as error:
                    reason = f"{reason}; no heartbeat: {error}"
        return _outcome(node, State.WAITING, reason)

    def hold(self, node: Node, reason: str) -> Outcome:
        """Touches nothing, and waits for a person to mend what stands in the way."""
        outcome = self.wait(node, HOLD_SECONDS, reason)
        return replace(outcome, state=State.HELD) if outcome.state is State.WAITING else outcome

    def finish_rollback(self, rollback: Rollback) -> Outcome:
        """Deletes the ENIs of a failed node that had to be detached first."""
        asked = set(rollback.interface_ids)
        try:
            made = [each for each in self.ec2.interfaces_made_for([rollback.instance_id]) if each.id in asked]
            pending = release.apply(self.ec2, release.plan_detached(made)).pending
            reason = f"{', '.join(pending)} not detached yet"
        except (TransientError, HeldError) as error:
            pending, reason = rollback.interface_ids, str(error)
        if pending:
            self.queue.send(rollback_body(rollback.instance_id, pending, rollback.time), 10)
            return Outcome(State.WAITING, reason, rollback.instance_id)
        return Outcome(State.GONE, "the interfaces of a failed attempt are deleted", rollback.instance_id)

    def _do(self, claimed: Claimed, group: ResolvedGroup | None, decision: Decision) -> Outcome:
        node = claimed.node
        match decision:
            case Wire() if group:
                return self._wire(claimed, group, decision)
            case Fail(reason) if group:
                return self._fail(claimed, group, reason, ())
            case Hold(reason):
                return self.hold(node, reason)
            case Wait(seconds, reason):
                return self.wait(node, seconds, reason)
            case Gone(reason):
                return self.gone(node, reason)
            case Skip(reason):
                return self.skip(node, reason)
        raise AssertionError(f"{decision} without a node group")

    def _wire(self, claimed: Claimed, group: ResolvedGroup, wire: Wire) -> Outcome:
        node = claimed.node
        wiring = attach.apply(self.ec2, claimed.instance, wire, self.deadline)
        if wiring.errors:
            return self._after(_gravest(wiring.errors), claimed, group, wiring.touched)
        ready = replace(_outcome(node, State.READY, _summary(wire)), interfaces=wiring.wired)
        ready = _placed(ready, claimed, group)
        told = not wire.done or node.seen_before
        if told:
            self.bus.publish("Node Network Ready", ready)
        completed = [self.autoscaling.complete(action, "CONTINUE") for action in node.actions]
        if any(completed) and not told:
            # The first delivery was cut off between attaching and telling.
            self.bus.publish("Node Network Ready", ready)
        ready = replace(ready, news=told or any(completed))
        if self.store.failures(group.name):
            self.store.clear_failures(group.name)
        return ready

    def _after(
        self, error: Exception, claimed: Claimed, group: ResolvedGroup, touched: tuple[Interface, ...]
    ) -> Outcome:
        """What follows from an error while wiring; what nobody foresaw is raised."""
        node = claimed.node
        match error:
            case NodeError():
                return self._fail(claimed, group, str(error), touched)
            case InterfaceGone():
                # EC2 gave back an ENI that is deleted: the tokens of this attempt are spent.
                self.store.next_attempt(node.id, claimed.attempt)
                return self.wait(node, 5, str(error))
            case _:
                raise error

    def _fail(self, claimed: Claimed, group: ResolvedGroup, reason: str, touched: tuple[Interface, ...]) -> Outcome:
        """Rolls back and gives the node up: replaced if it waits at our hook, else it lives on without its networks."""
        node = claimed.node
        abandons = bool(node.actions) and group.on_failure == "abandon"
        failures = self.store.failures(group.name)
        if abandons and failures >= STORM:
            why = f"{failures} nodes of {group.name} in a row could not be wired, so no more are replaced: {reason}"
            return self.hold(node, why)
        self.store.next_attempt(node.id, claimed.attempt)
        made = {each.id: each for each in (*touched, *self.ec2.interfaces_made_for([node.id]))}
        ids = frozenset(each.id for each in touched)
        released = release.apply(self.ec2, release.plan_rollback(made.values(), ids, lives_on=not abandons))
        if released.pending:
            self.queue.send(rollback_body(node.id, released.pending, datetime.now(UTC)), 10)
        failed = _placed(_outcome(node, State.FAILED, reason), claimed, group)
        self.bus.publish("Node Network Failed", failed)
        ended = [self.autoscaling.complete(action, "ABANDON" if abandons else "CONTINUE") for action in node.actions]
        if abandons and any(ended):
            # A second delivery ends no action, and is no second failure.
            self.store.count_failure(group.name)
        return failed


_GRAVITY: Final = (NodeError, HeldError, InterfaceGone, TransientError)


def _gravest(errors: tuple[Exception, ...]) -> Exception:
    """What nobody foresaw comes first; what may pass by itself last."""
    return min(errors, key=lambda error: next((n for n, kind in enumerate(_GRAVITY) if isinstance(error, kind)), -1))


def _age(node: Node) -> float:
    """Seconds since the first of the node's events."""
    return (datetime.now(UTC) - node.since).total_seconds()


def _outcome(node: Node, state: State, reason: str) -> Outcome:
    return Outcome(
        state, reason, node.id, seconds=round(_age(node), 3), tokens=tuple(action.token for action in node.actions)
    )


def _placed(outcome: Outcome, claimed: Claimed, group: ResolvedGroup | None) -> Outcome:
    return replace(outcome, zone=claimed.instance.zone, group=group.name if group else "")


def _summary(wire: Wire) -> str:
    """What was done and why, ENI by ENI."""
    return "; ".join(
        f"{plan.network}: {', '.join(type(step).__name__ for step in plan.steps) or 'nothing'} ({plan.reason})"
        for plan in wire.interfaces
    )
