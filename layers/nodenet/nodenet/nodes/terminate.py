"""A batch of going-away events: let every action go on, and delete what instances have left behind."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

from nodenet.errors import HeldError, TransientError
from nodenet.events import InstanceState, TerminateAction
from nodenet.interfaces import release
from nodenet.interfaces.identity import INSTANCE_TAG
from nodenet.networks import Instance, Interface
from nodenet.nodes.draining import Draining
from nodenet.nodes.messages import Message, ignored
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import AutoScaling, Queue, Store

LOOK_AGAIN_SECONDS: Final = 15
"""EC2 detaches and deletes the interfaces of a terminated instance in its own time."""

LONGEST_WAIT_SECONDS: Final = 240
"""Shorter than the period of the alarm on what is held, which would flap otherwise."""

GIVE_UP_SECONDS: Final = 48 * 3600

_WARM_POOL: Final = "WarmPool"


class Ec2(release.Ec2, Protocol):
    def instances(self, instance_ids: Sequence[str]) -> dict[str, Instance]: ...
    def interfaces_made_for(self, instance_ids: Sequence[str]) -> list[Interface]: ...


@dataclass(frozen=True, slots=True)
class Terminate:
    """The terminate function's work. `hook` is the only lifecycle hook whose actions it answers."""

    hook: str
    ec2: Ec2
    autoscaling: AutoScaling
    queue: Queue
    store: Store
    draining: Draining

    def run(self, messages: Sequence[Message]) -> Mapping[str, Callable[[], Outcome]]:
        """Handles a batch; by message id, gives the outcome or raises what nobody foresaw."""
        results: dict[str, Callable[[], Outcome]] = {}
        leaving: dict[str, Message] = {}
        ended: dict[str, Message] = {}
        for message in messages:
            match message.event:
                case TerminateAction(action) if action.hook == self.hook:
                    leaving[message.id] = message
                case InstanceState(_, "terminated"):
                    ended[message.id] = message
                case event:
                    results[message.id] = partial(ignored, event, self.hook)
        return results | (self._leave(leaving) if leaving else {}) | (self._clear(ended) if ended else {})

    def _leave(self, leaving: Mapping[str, Message]) -> dict[str, Callable[[], Outcome]]:
        """Lets every action go on, at once or after a drain."""
        actions = {id_: each.event for id_, each in leaving.items() if isinstance(each.event, TerminateAction)}
        # An instance that goes into a warm pool is not lost.
        going = [each.instance_id for each in actions.values() if each.destination != _WARM_POOL]
        why = ""
        drains: Mapping[str, int] = {}
        try:
            drains = self.draining.wanted(going) if going else {}
        except TransientError as error:
            return {id_: partial(self._again, each, str(error)) for id_, each in leaving.items()}
        except HeldError as error:
            # The wait would end by itself in ten minutes, and the node is lost with or without a drain.
            why = f" without a drain, if one is wanted: {error}"
        with ThreadPoolExecutor(len(leaving)) as pool:
            return {
                id_: pool.submit(self._safely, leaving[id_], self._leave_one, each, drains, why).result
                for id_, each in actions.items()
            }

    def _leave_one(self, event: TerminateAction, drains: Mapping[str, int], why: str) -> Outcome:
        seconds = drains.get(event.instance_id)
        if not seconds:
            return self._let_go(event, why)
        if not self.draining.machine:
            return self._let_go(event, " without a drain: the stack has no state machine for it (MigrateAndDrain)")
        return Outcome(State.WAITING, self.draining.begin(event, seconds), event.instance_id, tokens=_tokens(event))

    def _let_go(self, event: TerminateAction, why: str = "") -> Outcome:
        """The interfaces go with the instance or stay, as DeleteOnTermination says: there is nothing to wait for.

        Always CONTINUE: after ABANDON an instance may be retained; on its way into a warm pool it keeps what it has.
        """
        active = self.autoscaling.complete(event.action, "CONTINUE")
        reason = f"let go{why}" if active else "the action had ended before"
        if event.destination == _WARM_POOL:
            return Outcome(State.IGNORED, f"{reason} into the warm pool with its interfaces", event.instance_id)
        warns = active and bool(why)
        return Outcome(State.GONE, reason, event.instance_id, tokens=_tokens(event), warns=warns)

    def _clear(self, ended: Mapping[str, Message]) -> dict[str, Callable[[], Outcome]]:
        """Deletes what is left of the batch's instances: one Describe for all, and none more where nothing is left."""
        ids = {message.event.instance_id for message in ended.values() if isinstance(message.event, InstanceState)}
        left: dict[str, list[Interface]] = {}
        try:
            for interface in self.ec2.interfaces_made_for(sorted(ids)):
                left.setdefault(interface.tags[INSTANCE_TAG], []).append(interface)
            known = self.ec2.instances(sorted(left)) if left else {}
        except (TransientError, HeldError) as error:
            state, reason = _state(error), str(error)
            return {each.id: partial(self._again, each, reason, state) for each in ended.values()}
        with ThreadPoolExecutor(len(ended)) as pool:
            return {
                each.id: pool.submit(self._safely, each, self._clear_one, each, left, known).result
                for each in ended.values()
            }

    def _safely[**P](self, message: Message, work: Callable[P, Outcome], *args: P.args, **kwargs: P.kwargs) -> Outcome:
        """What can be done later is done later; what nobody foresaw is raised, and the message comes again."""
        try:
            return work(*args, **kwargs)
        except (TransientError, HeldError) as error:
            return self._again(message, str(error), _state(error))

    def _clear_one(
        self, message: Message, left: Mapping[str, list[Interface]], known: Mapping[str, Instance]
    ) -> Outcome:
        assert isinstance(message.event, InstanceState)
        instance_id = message.event.instance_id
        if instance_id not in left:
            return Outcome(State.IGNORED, "nothing of nodenet's is left of it", instance_id)
        if (instance := known.get(instance_id)) and instance.state != "terminated":
            return self._again(message, f"EC2 says that it is {instance.state}")
        released = release.apply(self.ec2, release.plan_leftovers(left[instance_id], frozenset({instance_id})))
        if released.pending:
            return self._again(message, f"{', '.join(released.pending)} must go yet")
        deleted = f"{len(released.deleted)} left-over interfaces deleted"
        outcome = Outcome(State.GONE, deleted, instance_id)
        self.store.record(outcome)
        return outcome

    def _again(self, message: Message, reason: str, state: State = State.WAITING) -> Outcome:
        assert isinstance(message.event, InstanceState | TerminateAction)
        age = (datetime.now(UTC) - message.event.time).total_seconds()
        if age > GIVE_UP_SECONDS:
            return Outcome(State.GIVEN_UP, reason, message.event.instance_id, seconds=age)
        self.queue.defer(message, min(LOOK_AGAIN_SECONDS * 2**message.deferrals, LONGEST_WAIT_SECONDS))
        return Outcome(state, reason, message.event.instance_id, seconds=age)


def _tokens(event: TerminateAction) -> tuple[str, ...]:
    return (event.action.token,)


def _state(error: TransientError | HeldError) -> State:
    return State.HELD if isinstance(error, HeldError) else State.WAITING
