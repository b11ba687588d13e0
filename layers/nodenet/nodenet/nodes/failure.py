"""A node that cannot have its networks: taking back what was made, and letting it be replaced or live on without."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from nodenet.configuration.resolved import ResolvedGroup
from nodenet.errors import HeldError, TransientError
from nodenet.events import Rollback, rollback_body
from nodenet.interfaces import release
from nodenet.networks import Interface
from nodenet.nodes.node import Claimed
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import AutoScaling, Bus, End, Queue, Store
from nodenet.nodes.waiting import GIVE_UP_SECONDS, LONGEST_WAIT_SECONDS, Waiting, outcome

STORM: Final = 3
"""After so many nodes of a group in a row that could not be wired in a zone none is abandoned any more: each
replacement would fail as well, and spend the account's API rate on it."""

DETACHED_SECONDS: Final = 10
"""When to look at interfaces that were told to detach."""


class Ec2(release.Ec2, Protocol):
    def interfaces_made_for(self, instance_ids: Sequence[str]) -> list[Interface]: ...


@dataclass(frozen=True, slots=True)
class Failure:
    ec2: Ec2
    autoscaling: AutoScaling
    queue: Queue
    store: Store
    bus: Bus
    waiting: Waiting

    def fail(
        self, claimed: Claimed, group: ResolvedGroup, reason: str, touched: tuple[Interface, ...]
    ) -> tuple[Outcome, End | None]:
        """Rolls back, tells, and answers the node's actions.

        A node is abandoned only while it really waits at our hook, and while not too many were before it. `touched` are
        the ENIs that this delivery made or attached.
        """
        node, zone = claimed.node, claimed.instance.zone
        abandons = group.on_failure == "abandon" and any(self.autoscaling.heartbeat(each) for each in node.actions)
        failures = self.store.failures(group.name, zone) if abandons else 0
        if failures >= STORM:
            why = f"{failures} nodes of {group.name} in a row could not be wired in {zone}, so no more are replaced"
            return self.waiting.put_off(node, HeldError(f"{why}: {reason}"), touched=True), None
        self.store.next_attempt(node.id, claimed.claim.attempt)
        undone = self._roll_back(claimed, touched, lives_on=not abandons)
        failed = outcome(node, State.FAILED, f"{reason}; {undone}" if undone else reason)
        self.bus.publish("Node Network Failed", failed.at(group.name, zone))
        ended = [self.autoscaling.complete(each, "ABANDON" if abandons else "CONTINUE") for each in node.actions]
        if not abandons or not any(ended):
            return failed, None
        self.store.count_failure(group.name, zone)
        return failed, End.ABANDONED

    def finish(self, rollback: Rollback) -> Outcome:
        """Deletes the ENIs of a failed node that had to be detached first."""
        asked, pending = set(rollback.interface_ids), rollback.interface_ids
        state = State.WAITING
        try:
            made = [each for each in self.ec2.interfaces_made_for([rollback.instance_id]) if each.id in asked]
            pending = release.apply(self.ec2, release.plan_detached(made)).pending
            reason = f"{', '.join(pending)} not detached yet"
        except (TransientError, HeldError) as error:
            state, reason = State.HELD if isinstance(error, HeldError) else State.WAITING, str(error)
        age = (datetime.now(UTC) - rollback.time).total_seconds()
        if not pending:
            return Outcome(State.GONE, "the interfaces of a failed attempt are deleted", rollback.instance_id)
        if age > GIVE_UP_SECONDS:
            return Outcome(State.GIVEN_UP, reason, rollback.instance_id, seconds=age)
        wait = int(min(max(age, DETACHED_SECONDS), LONGEST_WAIT_SECONDS))
        self.queue.send(rollback_body(rollback.instance_id, pending, rollback.time), wait)
        return Outcome(state, reason, rollback.instance_id, seconds=age)

    def _roll_back(self, claimed: Claimed, touched: tuple[Interface, ...], *, lives_on: bool) -> str:
        """Takes back what was made for the node, and says what became of each ENI.

        On a node that lives on, what served it before stays; a node that has never been ready had nothing in service.
        """
        made = {each.id: each for each in (*touched, *self.ec2.interfaces_made_for([claimed.node.id]))}
        taken = frozenset(each.id for each in (touched if claimed.claim.end is End.READY else made.values()))
        fresh = frozenset(each.id for each in touched)
        released = release.apply(self.ec2, release.plan_rollback(made.values(), taken, lives_on=lives_on), fresh)
        if released.pending:
            body = rollback_body(claimed.node.id, released.pending, datetime.now(UTC))
            self.queue.send(body, DETACHED_SECONDS)
        return released.summary
