"""The end of a batch: told, recorded, sent anew where it must come again. None keeps the next from being done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nodenet.claims.answer import COMES_AGAIN, Fate, delayed, seconds_to_wait
from nodenet.claims.assign import in_parallel
from nodenet.claims.doing import NotLocked
from nodenet.claims.outcome import Outcome, State
from nodenet.claims.ports import Bus, Queue, Untold
from nodenet.claims.register import Key, Register
from nodenet.claims.requests import Message, Request, narrowed
from nodenet.claims.verdicts import Step
from nodenet.claims.work import settled
from nodenet.errors import HeldError, TransientError

type Outcomes = tuple[Outcome, ...]
type ByMessage = Mapping[str, Sequence[Outcome]]
type _Why = TransientError | HeldError


@dataclass(frozen=True, slots=True)
class Ending:
    register: Register
    bus: Bus
    queue: Queue

    def conclude(self, outcomes: ByMessage, steps: Iterable[Step], fates: Mapping[Key, Fate]) -> dict[str, Outcomes]:
        """Tells first and records then: what is told twice does less harm than what is never told.

        Gives the outcomes, by message id: those that could not be told or recorded come again.
        """
        untold = self._tell([one for each in outcomes.values() for one in each if one.told_as])
        after = _put_off(outcomes, lambda one: untold.get(id(one)))
        told = {key for each in after.values() for one in each if one.state is State.REGISTERED for key in one.keys}
        unrecorded = self._record(steps, fates, told)
        return _put_off(after, lambda one: next((unrecorded[key] for key in one.keys & unrecorded.keys()), None))

    def send_anew(self, messages: Sequence[Message], outcomes: ByMessage) -> dict[str, Exception]:
        """Sends each message that must come again, with those addresses only that wait.

        One that cannot be sent is left to the queue: this gives the error, by message id.
        """

        def send(message: Message) -> Exception | None:
            mine = outcomes[message.id]
            try:
                self.queue.send(_body(message, mine), seconds_to_wait(mine))
            except Exception as error:  # noqa: BLE001 - raised where the message is answered
                return error
            return None

        again = [each for each in messages if any(one.state in COMES_AGAIN for one in outcomes[each.id])]
        return {each.id: error for each, error in zip(again, in_parallel(send, again), strict=True) if error}

    def _tell(self, outcomes: Sequence[Outcome]) -> dict[int, _Why]:
        """Why some could not be told, by their identity."""
        try:
            if outcomes:
                self.bus.tell(outcomes)
        except Untold as error:
            return {id(outcomes[place]): why for place, why in error.why.items()}
        except (TransientError, HeldError) as error:
            return dict.fromkeys(map(id, outcomes), error)
        return {}

    def _record(self, steps: Iterable[Step], fates: Mapping[Key, Fate], told: set[Key]) -> dict[Key, _Why]:
        """Writes the end of each step whose lock is held; gives why it could not."""

        def write(step: Step) -> _Why | None:
            try:
                self.register.write(settled(step, fates[step.key], step.key in told))
            except (TransientError, HeldError) as error:
                return error
            return None

        held = [step for step in steps if not isinstance(fates[step.key].error, NotLocked)]
        return {step.key: error for step, error in zip(held, in_parallel(write, held), strict=True) if error}


def _put_off(outcomes: ByMessage, why: Callable[[Outcome], _Why | None]) -> dict[str, Outcomes]:
    def after(one: Outcome) -> Outcome:
        error = None if one.state in COMES_AGAIN else why(one)
        return delayed(one, error) if error else one

    return {message: tuple(map(after, each)) for message, each in outcomes.items()}


def _body(message: Message, outcomes: Sequence[Outcome]) -> str:
    if not isinstance(message.event, Request):
        return message.body
    return narrowed(message.body, {key.address for one in outcomes if one.state in COMES_AGAIN for key in one.keys})
