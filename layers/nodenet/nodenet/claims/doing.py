"""Doing what was decided: lock each address, take back public ones, register, give public ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from nodenet.claims.answer import Fate
from nodenet.claims.assign import REFUSALS, Assignment, in_parallel
from nodenet.claims.ports import Ec2
from nodenet.claims.public import ElasticIps
from nodenet.claims.refusals import PublicAddressRefused
from nodenet.claims.register import Key, Register
from nodenet.claims.verdicts import Free, Step, Take
from nodenet.claims.work import locked
from nodenet.errors import NotYet

type Fates = dict[Key, Fate]


@dataclass(frozen=True, slots=True)
class Doing:
    """`until` (seconds since the epoch) is when this invocation is over at the latest, and its locks with it."""

    ec2: Ec2
    register: Register
    until: float

    def do(self, steps: Sequence[Step], elastic_ips: Callable[[], ElasticIps]) -> Fates:
        """What became of each step. `elastic_ips` is asked only if there is a network with public addresses."""
        fates: Fates = {}
        _each(steps, fates, self._lock)
        able = [step for step in steps if step.key not in fates]
        elastic = elastic_ips() if any(map(_has_public, able)) else None
        fates |= self._carry_out(able, elastic)
        refused = (step for step in able if isinstance(fates[step.key].error, REFUSALS))
        instead = [step.instead for step in refused if isinstance(step, Take) and step.instead]
        for key, freed in self._carry_out(instead, elastic).items():
            fates[key] = replace(fates[key], freed=freed)
        return fates

    def _carry_out(self, steps: Sequence[Step], elastic: ElasticIps | None) -> Fates:
        fates: Fates = {}
        public = [step for step in steps if _has_public(step)]
        if elastic:
            _each([step for step in public if isinstance(step, Free)], fates, elastic.take_back)
        able = [step for step in steps if step.key not in fates]
        for key, error in Assignment(self.ec2).apply(able).items():
            fates[key] = Fate(error)
        if elastic:
            given = [step for step in public if isinstance(step, Take) and not fates[step.key].error]
            fates.update(in_parallel(partial(_give, elastic), given))
        return fates

    def _lock(self, step: Step) -> None:
        try:
            won = self.register.write(locked(step, self.until))
        except Exception as error:
            raise NotLocked(str(error)) from error
        if not won:
            raise NotLocked("another delivery was first")


class NotLocked(NotYet):
    """Nothing was done, and nothing is to be undone."""


def _each[S: (Free, Step)](steps: Sequence[S], fates: Fates, work: Callable[[S], None]) -> None:
    """Notes the fate of those that it goes wrong with."""

    def safely(step: S) -> Exception | None:
        try:
            work(step)
        except Exception as error:  # noqa: BLE001 - raised where the requests are answered
            return error
        return None

    for step, error in zip(steps, in_parallel(safely, steps), strict=True):
        if error:
            fates[step.key] = Fate(error)


def _give(elastic: ElasticIps, take: Take) -> tuple[Key, Fate]:
    try:
        return take.key, Fate(public=elastic.give(take))
    except PublicAddressRefused as error:
        # Without a public address the private one still serves.
        return take.key, Fate(note=f"no public address: {error}")
    except Exception as error:  # noqa: BLE001 - raised where the requests are answered
        return take.key, Fate(error)


def _has_public(step: Step) -> bool:
    return step.network.public_addresses is not None and ":" not in step.key.address
