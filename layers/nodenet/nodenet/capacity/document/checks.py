"""All that several fields together show, and what is worth knowing of a document that is right.

The checks pass over what is malformed, so that one report holds their mistakes along with those of single fields.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from nodenet.capacity.document import blocks, counts, names, nodes, settings, zones
from nodenet.capacity.document.nodes import LimitsOf
from nodenet.capacity.document.seen import Seen
from nodenet.documents.lines import Lines
from nodenet.documents.paths import at
from nodenet.documents.plain import Plain
from nodenet.documents.reading import Mistake

MOST_TOLD: Final = 500


def mistakes(document: Plain, limits_of: LimitsOf | None, *, as_it_runs: bool = False) -> Iterator[Mistake]:
    """What does not fit together. `limits_of` None leaves out what only an instance type's limits show; `as_it_runs`
    as for `resolve`."""
    seen = Seen(document)
    yield from names.mistakes(seen)
    yield from blocks.mistakes(seen)
    yield from zones.mistakes(seen)
    yield from settings.mistakes(seen)
    yield from counts.mistakes(seen)
    if limits_of:
        yield from nodes.mistakes(seen, limits_of, as_it_runs=as_it_runs)


def notes(document: Plain, limits_of: LimitsOf) -> Iterator[Mistake]:
    """What is allowed, and does not do what it may seem to."""
    seen = Seen(document)
    yield from settings.notes(seen)
    yield from counts.notes(seen)
    yield from nodes.notes(seen, limits_of)


def sentences(found: Iterable[Mistake], lines: Lines) -> list[str]:
    """In the order of their lines, each once: `line 12: nodeGroups[0].pods: must be a whole number`.

    A text of one line, such as JSON often is, has no lines to tell apart. Of more than MOST_TOLD only the number: what
    has so many is wrong in some other way, and an answer of Lambda has 6 MB at most.
    """
    placed = [(mistake.line or lines.of(mistake.path) or 0, at(mistake.path, mistake.said)) for mistake in found]
    ordered = list(dict.fromkeys(sorted(placed, key=lambda each: each[0])))
    told = [f"line {line}: {said}" if line and lines.several else said for line, said in ordered[:MOST_TOLD]]
    return [*told, f"and {more} mistakes more"] if (more := len(ordered) - MOST_TOLD) > 0 else told
