"""The course of a run: which steps it took, when, and what they said; from its record alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nodenet.migration.members import Which
from nodenet.migration.quiet.cordon import DRAIN
from nodenet.migration.run import Run, Values, Way

_STEP: Final = "step#"
_SETTLE: Final = "settle_"
"""Before the names of batches' barriers, which are parts of the draining and no steps of the run."""

_WAYS: Final[Mapping[Which, Way]] = {"old": Way.FORWARD, "new": Way.BACK}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A step, one way. Times in seconds since the epoch; `ended` None while it goes on, or where it never ended.
    `attempts`: how often it was begun, once more for each time that it was held and resumed."""

    name: str
    way: Way
    began: float
    ended: float | None = None
    said: str = ""
    progress: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of a node. `outcome` as in nodenet.migration.drain.drain_node, empty while it is being drained."""

    node: str
    which: Which
    batch: int
    began: float | None = None
    ended: float | None = None
    outcome: str = ""
    evicted: int = 0
    said: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """`steps` by when they began; `nodes` by batch, the old ones first; `totals`: how many there were to drain."""

    steps: tuple[Stretch, ...]
    nodes: tuple[Drained, ...]
    totals: Mapping[Which, int]

    def current(self, way: Way) -> Stretch | None:
        """The step that a run is in."""
        under_way = [each for each in self.steps if each.way is way and each.ended is None]
        return under_way[-1] if under_way else None


def course(run: Run) -> Course:
    """Read from the record: three queries, whatever the number of nodes."""
    steps = run.record.parts(run.id, _STEP)
    nodes = _nodes(run)
    totals: dict[Which, int] = {}
    found = [stretch for part, values in steps.items() for stretch in _stretches(part, values)]
    for which, way in _WAYS.items():
        total = steps.get(f"{_STEP}{DRAIN}", {}).get(f"{which}.total")
        if total is not None:
            totals[which] = total
            found += _draining(which, way, total, [each for each in nodes if each.which == which], steps)
    return Course(tuple(sorted(found, key=lambda each: each.began)), nodes, totals)


def _stretches(part: str, values: Values) -> Iterator[Stretch]:
    name = part.removeprefix(_STEP)
    if name.startswith(_SETTLE):
        return
    for way in (Way.FORWARD, Way.BACK):
        if f"{way}.began" in values:
            yield _stretch(name, way, values)


def _stretch(name: str, way: Way, values: Values) -> Stretch:
    begun = {key: began for key, began in values.items() if key.startswith(f"{way}.began.")}
    ended = values.get(f"{way}.ended")
    if ended is not None and ended < max(begun.values(), default=0.0):
        ended = None
    return Stretch(
        name,
        way,
        values[f"{way}.began"],
        ended,
        values.get(f"{way}.said", "") if ended is not None else "",
        values.get("progress", "") if ended is None else "",
        max(1, len(begun)),
    )


def _draining(which: Which, way: Way, total: int, nodes: list[Drained], steps: Mapping[str, Values]) -> list[Stretch]:
    """Draining is a state machine of its own, which no part of the record stands for."""
    began = [each.began for each in nodes if each.began is not None]
    barriers = {name: each for name, each in steps.items() if name.startswith(f"{_STEP}{_SETTLE}{which}_")}
    if not began and not barriers:
        return []
    settled = [each.get(f"{way}.ended") for each in barriers.values()]
    done = sum(each.outcome in ("drained", "gone") for each in nodes)
    batches = len({each.batch for each in nodes})
    ends = [each for each in settled if each is not None]
    over = len(ends) == batches and done >= total
    said = f"{done} of {total} nodes in {batches} batches, {sum(each.evicted for each in nodes)} pods evicted"
    waits = next((str(each["progress"]) for each in barriers.values() if each.get("progress")), "")
    first = min([*began, *(each[f"{way}.began"] for each in barriers.values() if f"{way}.began" in each)])
    ended = max(ends) if over else None
    return [Stretch(f"drain_{which}", way, first, ended, said if over else "", "" if over else _both(said, waits))]


def _both(said: str, waits: str) -> str:
    return f"{said}; {waits}" if waits else said


def _nodes(run: Run) -> tuple[Drained, ...]:
    parts = run.record.parts(run.id, "node#")
    found = []
    for which in _WAYS:
        for part, batch in run.record.parts(run.id, f"batch#{which}#").items():
            number = int(part.rpartition("#")[2])
            found += [_drained(node, which, number, parts.get(f"node#{node}", {})) for node in batch.get("nodes", ())]
    return tuple(sorted(found, key=lambda each: (each.which == "new", each.batch, each.node)))


def _drained(node: str, which: Which, batch: int, values: Mapping[str, Any]) -> Drained:
    return Drained(
        node,
        which,
        batch,
        values.get("began"),
        values.get("ended"),
        values.get("outcome", ""),
        values.get("evicted", 0),
        values.get("said", ""),
        tuple(values.get("left", ())),
    )
