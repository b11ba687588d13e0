"""What would help a fleet: each kind of change tried as a what-if, and told only where it makes something better.

`case` the fleet as it stands or with a change · `calls` what a change costs in EC2 calls · one module for each kind.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from nodenet.capacity.advice.case import Case, Found
from nodenet.capacity.advice.custom_networking import custom_networking
from nodenet.capacity.advice.max_pods import max_pods
from nodenet.capacity.advice.prefixes import prefixes
from nodenet.capacity.advice.subnet_discovery import subnet_discovery
from nodenet.capacity.advice.warm_targets import warm_targets
from nodenet.capacity.advice.wording import counted, listed, told
from nodenet.capacity.fleet import Fleet
from nodenet.capacity.placing.place import Placement
from nodenet.capacity.plan import Advice

_KINDS: Final[tuple[Callable[[Case], Iterator[Found]], ...]] = (
    warm_targets,
    prefixes,
    custom_networking,
    subnet_discovery,
    max_pods,
)

_UNITS: Final = {"addresses": "address", "prefixes": "free /28", "pods": "place for a pod"}


def advise(fleet: Fleet, placement: Placement) -> tuple[Advice, ...]:
    """What would help this fleet, placed as `placement` says: first what ends most of a shortage, then what saves most
    addresses. Each is a change by itself; what two of them do together is not their sum. Nothing that cannot be
    applied, and nothing that makes something else worse."""
    case = Case(fleet, placement)
    found = [each for kind in _KINDS for each in kind(case)]
    best_first = sorted(found, key=lambda each: (each.after.missing, -each.worth))
    return tuple(_with_relief(case, each) for each in best_first)


def _with_relief(case: Case, found: Found) -> Advice:
    after = found.after
    if after.missing >= case.missing:
        return found.advice
    falls = f"What is missing falls from {_written(case.missing_of)} to {_written(after.missing_of)}"
    return replace(
        found.advice, sentence=told(found.advice.sentence, falls if after.missing else "That ends the shortage")
    )


def _written(missing: Mapping[str, int]) -> str:
    return listed([counted(missing[unit], thing) for unit, thing in _UNITS.items() if missing[unit]])
