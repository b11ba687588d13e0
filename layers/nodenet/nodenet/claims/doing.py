"""Doing what was decided: lock each address, take back public ones, register, give public ones; and record the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nodenet.claims.answer import Fate
from nodenet.claims.assign import Assignment, in_parallel
from nodenet.claims.ports import Ec2
from nodenet.claims.public import ElasticIps
from nodenet.claims.refusals import PublicAddressRefused
from nodenet.claims.register import Key, Register
from nodenet.claims.verdicts import Free, Step, Take
from nodenet.claims.work import locked, settled
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
        self._each(steps, fates, self._lock)
        public = [step for step in steps if _has_public(step)]
        elastic = elastic_ips() if public and any(step.key not in fates for step in public) else None
        if elastic:
            self._each([step for step in public if isinstance(step, Free)], fates, elastic.take_back)
        able = [step for step in steps if step.key not in fates]
        for key, error in Assignment(self.ec2).apply(able).items():
            fates[key] = Fate(error)
        if elastic:
            given = [step for step in public if isinstance(step, Take) and not fates[step.key].error]
            fates.update(in_parallel(partial(_give, elastic), given))
        return fates

    def settle(self, steps: Sequence[Step], fates: Mapping[Key, Fate]) -> None:
        """Writes the end of each step whose lock is held: what was decided, or what was there before."""

        def write(step: Step) -> None:
            fate = fates[step.key]
            if not isinstance(fate.error, _NotLocked):
                self.register.write(settled(step, fate.error is None, fate.public))

        in_parallel(write, steps)

    def _lock(self, step: Step) -> None:
        try:
            won = self.register.write(locked(step, self.until))
        except Exception as error:
            raise _NotLocked(str(error)) from error
        if not won:
            raise _NotLocked("another delivery was first")

    def _each[S: (Take, Free, Step)](self, steps: Sequence[S], fates: Fates, work: Callable[[S], None]) -> None:
        """Works on those that nothing has befallen yet."""
        able = [step for step in steps if step.key not in fates]

        def safely(step: S) -> Exception | None:
            try:
                work(step)
            except Exception as error:  # noqa: BLE001 - raised where the requests are answered
                return error
            return None

        for step, error in zip(able, in_parallel(safely, able), strict=True):
            if error:
                fates[step.key] = Fate(error)


class _NotLocked(NotYet):
    """Nothing was done, and nothing is to be undone."""


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
