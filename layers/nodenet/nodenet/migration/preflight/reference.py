"""The reference of all findings, as it stands in docs/reference/preflight.md."""

import sys
from collections.abc import Iterator
from typing import Final

from nodenet.migration.preflight.catalogue import FAMILIES, kinds
from nodenet.migration.preflight.estimates import FORMULA, MOST_EVENTS
from nodenet.migration.preflight.findings import Severity

_INTRODUCTION: Final = (
    "# What a preflight finds\n"
    "\n"
    "The first step of a migration, and all of a dry run, looks at the cluster and changes nothing. What it finds"
    " has an id, a gravity, the objects that it is about, a sentence with numbers, and what to do:\n"
    "\n"
    "- a **blocker** keeps the run from beginning. Where the table says *may be accepted*, its id in the "
    "request's `accept` lets the run begin all the same;\n"
    "- a **warning** should be known before, and does not stop the run;\n"
    "- a **note** is worth knowing.\n"
    "\n"
    "The whole report stands in the run's record (`preflight`), as JSON; objects beyond the first twenty of a "
    "finding are only counted.\n"
    "\n"
    "## Figures\n"
    "\n"
    "A run takes about: {formula}. The report names the batches, how many pods are started elsewhere at one time "
    "at most, and how many events the state machine's history will have at most; more than {events:,} are a "
    "blocker. For each subnet it tells the addresses that are taken before, at the height (all old nodes still "
    "holding theirs, all new ones beside them) and after.\n"
)


def reference() -> str:
    """Markdown, with a table for each family."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _INTRODUCTION.format(formula=FORMULA, events=MOST_EVENTS)
    for title, module in FAMILIES.items():
        yield f"## {title}\n"
        yield "| Finding | | What it means | What to do |"
        yield "|---|---|---|---|"
        for kind in kinds(module):
            may = ", may be accepted" if kind.severity is Severity.BLOCKER and kind.acceptable else ""
            yield f"| `{kind.id}` | {kind.severity}{may} | {kind.means} | {kind.todo} |"
        yield ""


if __name__ == "__main__":
    sys.stdout.write(reference())
