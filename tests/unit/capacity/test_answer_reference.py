"""docs/reference/plan-answer.md names every field of a plan's JSON, and no other."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nodenet.capacity.answer import answer
from nodenet.capacity.document import read, resolve
from nodenet.capacity.planning import plan

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/plan-answer.md").read_text()
EXAMPLES = (
    "docs/reference/examples/plan-full.yaml",
    "docs/reference/examples/plan-spreadsheet.yaml",
    "tests/page/prod.yaml",
)
BY_NAME = {"growth[].taken", "moreNodes.groups", "advice[].settings"}
"""Mappings whose keys are names of the document, or of variables."""


def fields(value: Any, place: str = "") -> Iterator[str]:
    if isinstance(value, Mapping) and place not in BY_NAME:
        for key, part in value.items():
            yield from fields(part, f"{place}.{key}".removeprefix("."))
    elif isinstance(value, list):
        yield f"{place}[]"
        for part in value:
            yield from fields(part, f"{place}[]")
    else:
        yield place


def test_every_field_of_the_answer_is_in_the_reference_and_no_other() -> None:
    plans = [plan(resolve(read((ROOT / name).read_text()))) for name in EXAMPLES]
    crowded = resolve(read((ROOT / EXAMPLES[1]).read_text().replace("/23", "/24")))
    found = {field for each in (*plans, plan(crowded)) for field in fields(answer(each))}
    told = {
        name
        for line in PAGE.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }

    # Null where there is nothing to say of, and the parent of fields of its own.
    assert told - found <= {"moreNodes.all"}
    assert found - told <= {"advice[].calls"}
