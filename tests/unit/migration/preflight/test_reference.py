"""The reference tells of every kind of finding, as the code has it."""

from pathlib import Path

from nodenet.migration.preflight.catalogue import CATALOGUE, FAMILIES, kinds
from nodenet.migration.preflight.reference import reference

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "preflight.md"


def test_the_page_is_what_the_catalogue_says() -> None:
    """Write it anew by `python -m nodenet.migration.preflight.reference > docs/reference/preflight.md`."""
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_no_two_kinds_have_one_id() -> None:
    assert sum(len(kinds(module)) for module in FAMILIES.values()) == len(CATALOGUE)
