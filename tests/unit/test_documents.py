"""What documents of all kinds are told with: near names, and texts that are not too long."""

import pytest

from nodenet.documents.near import Hints
from nodenet.documents.paths import LONGEST, quoted


@pytest.mark.parametrize(("known", "told"), [(1_000, 25), (30_000, 1)])
def test_of_many_wrong_names_the_first_have_a_hint(known: int, told: int) -> None:
    hints = Hints(f"subnet-{number}" for number in range(known))
    found = [bool(hints.of(f"subnet-{number}-x")) for number in range(told + 3)]
    assert found == [True] * told + [False] * 3


def test_a_text_is_cut_only_where_it_is_too_long() -> None:
    assert quoted("x" * LONGEST) == f'"{"x" * LONGEST}"'
    assert quoted("x" * (LONGEST + 1)) == f'"{"x" * (LONGEST - 1)}…"'
