"""Carrying out a decision about a node, and answering everyone who waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from nodenet.configuration.resolved import ResolvedGroup
from nodenet.errors import HeldError, InterfaceGone, NodeError, TransientError
from nodenet.interfaces import attach, release
from nodenet.interfaces.create import Slices
from nodenet.interfaces.steps import Decision, Fail, Gone, Hold, Skip, Wait, Wire
from nodenet.networks import Interface
from nodenet.nodes.failure import Failure
from nodenet.nodes.node import Claimed, Node
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import AutoScaling, Bus, End, Store
from nodenet.nodes.waiting import Waiting, outcome


class Ec2(attach.Ec2, release.Ec2, Protocol):
    def interfaces_made_for(self, instance_ids: Sequence[str]) -> list[Interface]: ...


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`deadline` (of time.monotonic) bounds the waiting for what EC2 does not show or allow yet."""

    ec2: Ec2
    slices: Slices
    autoscaling: AutoScaling
    store: Store
    bus: Bus
    waiting: Waiting
    failure: Failure
    deadline: float

    def conclude(self, claimed: Claimed, group: ResolvedGroup | None, decision: Decision) -> Outcome:
        """Does what was decided, writes the record and ends the claim.

        Raises what nobody foresaw: the message comes again, and the claim runs out by itself.
        """
        node = claimed.node
        try:
            done, end = self._do(claimed, group, decision)
        except (TransientError, HeldError) as error:
            done, end = self.waiting.put_off(node, error, touched=True), None
        done = done.at(group.name if group else "", claimed.instance.zone)
        try:
            if done.state is State.GIVEN_UP:
                self._clear(node)
                self.bus.publish("Node Network Failed", done)
            if done.state is not State.IGNORED:
                self.store.record(done)
            self.store.release(node.id, end)
        except (TransientError, HeldError) as error:
            # The node is done with and its message sent anew if need be: an error here must not bring it back as well.
            return replace(done, reason=f"{done.reason}; not recorded: {error}")
        return done

    def skip(self, node: Node, reason: str) -> Outcome:
        """Not a node to wire. If it waits at our hook all the same, it waits for nothing: let it go on."""
        for action in node.actions:
            self.autoscaling.complete(action, "CONTINUE")
        return outcome(node, State.IGNORED, reason)

    def gone(self, node: Node, reason: str) -> Outcome:
        """Deletes what was made for an instance that can take it no more; what is attached goes with the instance."""
        if pending := self._clear(node):
            return self.waiting.wait(node, 10, f"{reason}; {', '.join(pending)} must go yet", touched=True)
        for action in node.actions:
            self.autoscaling.complete(action, "ABANDON")
        return outcome(node, State.GONE, reason)

    def _do(self, claimed: Claimed, group: ResolvedGroup | None, decision: Decision) -> tuple[Outcome, End | None]:
        node = claimed.node
        match decision:
            case _ if claimed.claim.end is End.ABANDONED:
                return self.gone(node, "abandoned by an earlier delivery"), End.ABANDONED
            case Wire() if group:
                return self._wire(claimed, group, decision)
            case Fail(reason) if group:
                return self.failure.fail(claimed, group, reason, ())
            case Hold(reason):
                return self.waiting.put_off(node, HeldError(reason)), None
            case Wait(seconds, reason):
                return self.waiting.wait(node, seconds, reason), None
            case Gone(reason):
                return self.gone(node, reason), None
            case Skip(reason):
                if node.seen_before:
                    self._clear(node)
                return self.skip(node, reason), None
        raise AssertionError(f"{decision} without a node group")

    def _wire(self, claimed: Claimed, group: ResolvedGroup, wire: Wire) -> tuple[Outcome, End | None]:
        node, zone = claimed.node, claimed.instance.zone
        wiring = attach.apply(self.ec2, self.slices, claimed.instance, wire, self.deadline)
        if wiring.errors:
            return self._after(_gravest(wiring.errors), claimed, group, wiring.touched)
        release.apply(self.ec2, [release.Delete(each, "no longer wanted") for each in wire.surplus])
        completed = [self.autoscaling.complete(action, "CONTINUE") for action in node.actions]
        ready = replace(outcome(node, State.READY, _summary(wire)), interfaces=wiring.wired).at(group.name, zone)
        # Told once: the claim remembers it, so that a delivery which was cut off here is made good.
        if not wire.done or claimed.claim.end is None:
            self.bus.publish("Node Network Ready", ready)
        else:
            ready = replace(ready, news=False)
        if any(completed) and self.store.failures(group.name, zone):
            self.store.clear_failures(group.name, zone)
        return ready, End.READY

    def _after(
        self, error: Exception, claimed: Claimed, group: ResolvedGroup, touched: tuple[Interface, ...]
    ) -> tuple[Outcome, End | None]:
        """What follows from an error while wiring; what nobody foresaw is raised."""
        node = claimed.node
        match error:
            case NodeError():
                return self.failure.fail(claimed, group, str(error), touched)
            case InterfaceGone():
                # EC2 gave back an ENI that is deleted or another's: the tokens of this attempt are spent.
                self.store.next_attempt(node.id, claimed.claim.attempt)
                return self.waiting.wait(node, 5, str(error), touched=True), None
            case _:
                raise error

    def _clear(self, node: Node) -> tuple[str, ...]:
        """Deletes the unattached ENIs that were made for a node; gives those that cannot be deleted yet."""
        made = self.ec2.interfaces_made_for([node.id])
        return release.apply(self.ec2, release.plan_rollback(made, frozenset(), lives_on=False)).pending


_GRAVITY: Final = (NodeError, HeldError, InterfaceGone, TransientError)


def _gravest(errors: tuple[Exception, ...]) -> Exception:
    """What nobody foresaw comes first; what may pass by itself last."""
    return min(errors, key=lambda error: next((n for n, kind in enumerate(_GRAVITY) if isinstance(error, kind)), -1))


def _summary(wire: Wire) -> str:
    """What was done and why, ENI by ENI."""
    return "; ".join(
        f"{plan.network}: {', '.join(type(step).__name__ for step in plan.steps) or 'nothing'} ({plan.reason})"
        for plan in wire.interfaces
    )
