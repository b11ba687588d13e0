"""From verdicts and what became of them to outcomes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from nodenet.claims.assign import REFUSALS
from nodenet.claims.outcome import Outcome, State
from nodenet.claims.refusals import AddressRefused
from nodenet.claims.register import Key, Record
from nodenet.claims.requests import Kind, Malformed, NodeGone, Request
from nodenet.claims.verdicts import Free, Known, Refuse, Stale, Take, Verdict, Wait
from nodenet.errors import HeldError, TransientError

PATIENCE_SECONDS: Final = 300
"""For how long a claim waits for others: a release that comes after it, an interface that is not there yet, a slot.
A release waits until it is given up: nobody sends it again."""

SHORTEST_WAIT_SECONDS: Final = 2
LONGEST_WAIT_SECONDS: Final = 60

GIVE_UP_SECONDS: Final = 24 * 3600
"""For how long it waits for AWS, or for a person who mends permissions or the configuration."""

COMES_AGAIN: Final = (State.WAITING, State.HELD)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a step: done if there is no error. `public` is the Elastic IP, `note` why there is none; `freed`
    what became of the releases in the step, done without the claim that EC2 refused."""

    error: Exception | None = None
    public: str = ""
    note: str = ""
    freed: "Fate | None" = None


@dataclass(frozen=True, slots=True)
class _One:
    state: State
    reason: str
    holder: Record | None = None
    interface: str = ""
    public: str = ""
    lacks_public: bool = False


def outcomes_of(request: Request, verdicts: Mapping[str, Verdict], fates: Mapping[Key, Fate]) -> tuple[Outcome, ...]:
    """What came of a request: one outcome for all addresses that fared alike. Raises what nobody foresaw."""
    age = age_of(request.time)
    alike: dict[tuple[State, str, str], list[tuple[str, _One]]] = defaultdict(list)
    for address, verdict in verdicts.items():
        one = _one(request, verdict, fates.get(Key(request.network, address)), age)
        alike[one.state, str(one.holder), one.interface].append((address, one))
    return tuple(_outcome(request, each, age) for each in alike.values())


def put_off(request: Request, error: TransientError | HeldError) -> Outcome:
    """Of a request that could not be looked at."""
    age = age_of(request.time)
    return _outcome(request, [(address, _later(error, age)) for address in request.addresses], age)


def node_put_off(event: NodeGone, error: TransientError | HeldError) -> Outcome:
    """Of a node that is gone, and could not be looked after."""
    age = age_of(event.time)
    later = _later(error, age)
    return Outcome(later.state, later.reason, event.node, seconds=age)


def delayed(outcome: Outcome, error: TransientError | HeldError) -> Outcome:
    """Of what was done, but could not be told or recorded: it comes again, until it is given up."""
    reason = f"{outcome.reason}; {error}"
    if outcome.seconds > GIVE_UP_SECONDS:
        return replace(outcome, reason=reason)
    return replace(outcome, state=_state_after(error), reason=reason)


def seconds_to_wait(outcomes: Sequence[Outcome]) -> int:
    """Until the message comes again: as long as it has waited, so that each wait is twice the one before."""
    age = max(outcome.seconds for outcome in outcomes)
    return int(min(max(age, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS))


def malformed(event: Malformed) -> Outcome:
    detail = event.detail
    return Outcome(
        State.REFUSED,
        event.reason,
        detail.get("node", ""),
        detail.get("network", ""),
        detail.get("pod", ""),
        seconds=age_of(event.time),
    )


def age_of(time: datetime) -> float:
    """Seconds since an event."""
    return round((datetime.now(UTC) - time).total_seconds(), 3)


def _one(request: Request, verdict: Verdict, fate: Fate | None, age: float) -> _One:
    match verdict:
        case Take() | Free():
            return _of_step(request, verdict, fate or Fate(), age)
        case Known(reason):
            return _One(State.KNOWN, reason)
        case Stale(reason):
            return _One(State.STALE, reason)
        case Wait(reason, holder):
            return _patient(request, reason, age, holder)
        case Refuse(reason, holder):
            return _One(State.REFUSED, reason, holder)


def _of_step(request: Request, step: Take | Free, fate: Fate, age: float) -> _One:
    if request.kind is Kind.RELEASE and isinstance(step, Take) and step.instead and fate.freed:
        step, fate = step.instead, fate.freed
    match fate.error:
        case None:
            pass
        case AddressRefused() as error:
            return _One(State.REFUSED, str(error))
        case error if isinstance(error, REFUSALS):
            return _patient(request, str(error), age)
        case TransientError() | HeldError() as error:
            return _later(error, age)
        case error:
            raise error
    if request.kind is Kind.RELEASE:
        return _One(State.RELEASED, "released" if isinstance(step, Free) else f"{step.record} has it now")
    assert isinstance(step, Take)
    how = "moved" if step.moves else "was there" if step.there else "assigned"
    reason = f"{how}; {fate.note}" if fate.note else how
    return _One(State.REGISTERED, reason, None, step.target.id, fate.public, bool(fate.note))


def _patient(request: Request, reason: str, age: float, holder: Record | None = None) -> _One:
    longest = PATIENCE_SECONDS if request.kind is Kind.CLAIM else GIVE_UP_SECONDS
    return _One(State.WAITING if age < longest else State.REFUSED, reason, holder)


def _later(error: TransientError | HeldError, age: float) -> _One:
    if age > GIVE_UP_SECONDS:
        return _One(State.REFUSED, str(error))
    return _One(_state_after(error), str(error))


def _state_after(error: TransientError | HeldError) -> State:
    return State.HELD if isinstance(error, HeldError) else State.WAITING


def _outcome(request: Request, alike: list[tuple[str, _One]], age: float) -> Outcome:
    first = alike[0][1]
    return Outcome(
        state=first.state,
        reason="; ".join(dict.fromkeys(one.reason for _, one in alike)),
        node=request.node,
        network=request.network,
        pod=request.pod,
        generation=request.generation,
        addresses=tuple(address for address, _ in alike),
        interface=first.interface,
        public={address: one.public for address, one in alike if one.public},
        holder=first.holder,
        seconds=age,
        lacks_public=any(one.lacks_public for _, one in alike),
    )
