"""Parallel and Map: lines of states side by side (Amazon States Language, "Parallel State" and "Map State")."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.steps import distributed
from local.steps.errors import DATA_LIMIT, RUNTIME, StepError
from local.steps.group import Group, Part
from local.steps.languages import Outcome, State
from local.steps.limits import INLINE_MAP_CONCURRENCY
from local.steps.position import Data, Done, Position
from local.steps.visit import Visit


def run_parallel(visit: Visit) -> Outcome:
    return visit.with_retries(lambda: _parallel(visit), failed=lambda: visit.line.record("ParallelStateFailed"))


def run_map(visit: Visit) -> Outcome:
    processor = visit.state.get("ItemProcessor") or visit.state["Iterator"]
    attempt = _inline
    if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
        attempt = distributed.attempt
    return visit.with_retries(lambda: attempt(visit, processor), failed=lambda: visit.line.record("MapStateFailed"))


def _parallel(visit: Visit) -> Outcome:
    branches: Sequence[State] = visit.state["Branches"]
    given = visit.language.arguments(visit.state, visit.view)
    if not resumed(visit):
        visit.line.record("ParallelStateStarted")
    parts = [
        Part(index, branch["States"], _position(visit, index, branch, given)) for index, branch in enumerate(branches)
    ]
    return _ended(visit, Group(visit, parts, len(parts)), "ParallelStateSucceeded")


def _inline(visit: Visit, processor: State) -> Outcome:
    items = visit.language.items(visit.state, visit.view)
    limit = concurrency(visit) or INLINE_MAP_CONCURRENCY
    if not resumed(visit):
        visit.line.record("MapStateStarted", {"length": len(items)})
    parts = []
    for index, value in enumerate(items):
        item = {"Index": index, "Value": value}
        position = _position(visit, index, processor, item_input(visit, item))
        parts.append(Part(index, processor["States"], position, item))
    return _ended(visit, Group(visit, parts, min(limit, INLINE_MAP_CONCURRENCY)), "MapStateSucceeded")


def resumed(visit: Visit) -> bool:
    """Whether this attempt is a redrive's first; another one begins with nothing done."""
    position = visit.position
    was, position.resumed = position.resumed, False
    if not was:
        position.parts.clear()
    return was


def concurrency(visit: Visit) -> int:
    """MaxConcurrency, 0 where the state sets no limit. Raises StepError(States.Runtime) for a negative one."""
    found = visit.number("MaxConcurrency") or 0
    if found < 0:
        raise StepError(RUNTIME, "MaxConcurrency cannot be negative.")
    return int(found)


def item_input(visit: Visit, item: Mapping[str, Any]) -> Data:
    view = visit.view
    view.context["Map"] = {"Item": dict(item)}
    return visit.language.item(visit.state, view)


def _position(visit: Visit, index: int, branch: State, given: Data) -> Position | Done:
    """Where a part begins, or stood; what it assigns stays in it, what is assigned outside is seen in it."""
    start = Position(branch["StartAt"], given, dict(visit.position.variables))
    return visit.position.parts.setdefault(index, start)


def _ended(visit: Visit, group: Group, event: str) -> Outcome:
    try:
        results = visit.checked(group.run())
        outcome = visit.language.ended(visit.state, visit.view, results)
    except StepError as error:
        if error.error == DATA_LIMIT:
            # "the state is rerun, including the branches that were successful" when it is redriven.
            visit.position.parts.clear()
        raise
    visit.line.record(event, advance=False)
    return outcome
