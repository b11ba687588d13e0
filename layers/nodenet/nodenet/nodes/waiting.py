"""Coming back to a node later, with its lifecycle actions kept alive meanwhile."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nodenet.errors import HeldError, TransientError
from nodenet.nodes.node import Node
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import AutoScaling, Queue

HOLD_SECONDS: Final = 60
LONGEST_WAIT_SECONDS: Final = 240
"""Between two looks at a waiting node: below half the hook's time-out, so that one lost heartbeat does no harm."""

YOUNG_SECONDS: Final = 25
"""Until then an action needs no heartbeat: a hook's shortest time-out is 30 s (Auto Scaling API Reference)."""

GIVE_UP_SECONDS: Final = 48 * 3600
"""Auto Scaling ends the wait at a hook sooner by itself: after 48 hours or 100 times the hook's heartbeat time-out,
whichever is less (Auto Scaling API Reference, LifecycleHook, GlobalTimeout)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that was returned to the queue instead would count as a crash, and come slowly."""

    autoscaling: AutoScaling
    queue: Queue

    def wait(self, node: Node, seconds: int, reason: str, *, touched: bool = False) -> Outcome:
        """Looks at the node again after `seconds`, and after longer each time. `touched`: something may be made.

        After 48 hours no more: GIVEN_UP.
        """
        if node.age > GIVE_UP_SECONDS:
            return outcome(node, State.GIVEN_UP, reason)
        delay = min(seconds * 2**node.deferrals, LONGEST_WAIT_SECONDS)
        for message in node.distinct_messages:
            self.queue.defer(message, delay, touched=touched)
        if node.age + delay > YOUNG_SECONDS:
            for action in node.actions:
                try:
                    # If the wait has ended, the node is in service or gone: the next look at it will tell.
                    self.autoscaling.heartbeat(action)
                except (TransientError, HeldError) as error:
                    reason = f"{reason}; no heartbeat: {error}"
        return outcome(node, State.WAITING, reason)

    def put_off(self, node: Node, error: TransientError | HeldError, *, touched: bool = False) -> Outcome:
        """Waits for what passes by itself, or HELD: touches nothing until a person has mended what is in the way."""
        if isinstance(error, TransientError):
            return self.wait(node, 5, str(error), touched=touched)
        waiting = self.wait(node, HOLD_SECONDS, str(error), touched=touched)
        return waiting if waiting.state is State.GIVEN_UP else outcome(node, State.HELD, waiting.reason)


def outcome(node: Node, state: State, reason: str) -> Outcome:
    """An outcome of now."""
    seconds = (datetime.now(UTC) - node.since).total_seconds()
    tokens = tuple(action.token for action in node.actions)
    return Outcome(state, reason, node.id, seconds=round(seconds, 3), tokens=tokens)
