"""Selectors: what they match, when one holds another, and when two may meet."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.configuration.wildcards import covers, matches, may_meet, selects


@pytest.mark.parametrize(
    ("pattern", "value", "does"),
    [
        ("upf", "upf", True),
        ("upf", "UPF", False),
        ("upf", "upf-1", False),
        ("upf-*", "upf-", True),
        ("upf-?", "upf-", False),
        ("upf-?", "upf-1", True),
        ("*", "", True),
        ("a[bc]", "ab", False),
        ("a[bc]", "a[bc]", True),
        ("a.c", "abc", False),
        ("a*", "a\nb", True),
    ],
)
def test_star_and_question_mark_are_the_only_wildcards(pattern: str, value: str, does: bool) -> None:
    """EC2 User Guide, "List and filter using the CLI and API": wildcards in filters."""
    assert matches(pattern, value) is does


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    assert not matches("*a" * 100 + "b", "a" * 256)


def test_a_node_must_carry_every_tag_of_the_selector() -> None:
    assert selects({"a": "x*", "b": "y"}, {"a": "x1", "b": "y", "c": "z"})
    assert not selects({"a": "x*", "b": "y"}, {"a": "x1"})
    assert not selects({"a": "x*", "b": "y"}, {"a": "x1", "b": "z"})


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        ({"n": "upf-*"}, {"n": "upf-a"}, True),
        ({"n": "upf-*"}, {"n": "upf-a*"}, True),
        ({"n": "upf-?"}, {"n": "upf-*"}, False),
        ({"n": "upf-*"}, {"n": "upf-?"}, True),
        ({"n": "upf-a"}, {"n": "upf-*"}, False),
        ({"n": "*"}, {"n": "x", "m": "y"}, True),
        ({"n": "x", "m": "y"}, {"n": "x"}, False),
        ({"n": "x"}, {"m": "x"}, False),
    ],
)
def test_one_selector_covers_another(wide: dict[str, str], narrow: dict[str, str], does: bool) -> None:
    assert covers(wide, narrow) is does


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        ({"n": "upf-*"}, {"n": "*-gold"}, True),
        ({"n": "upf-*"}, {"n": "smf-*"}, False),
        ({"n": "a?c"}, {"n": "ab?"}, True),
        ({"n": "a?"}, {"n": "a"}, False),
        ({"n": "**"}, {"n": ""}, True),
        ({"n": "x", "m": "y"}, {"n": "x", "k": "z"}, True),
        ({"n": "x", "m": "y"}, {"n": "x", "m": "z"}, False),
        ({"n": "x"}, {"m": "x"}, False),
    ],
)
def test_two_selectors_may_meet(one: dict[str, str], other: dict[str, str], do: bool) -> None:
    assert may_meet(one, other) is do
    assert may_meet(other, one) is do


patterns = st.text(alphabet="ab*?", max_size=6)
values = st.text(alphabet="ab", max_size=6)


@settings(deadline=None)
@given(patterns, values)
def test_matching_agrees_with_a_plain_regular_expression(pattern: str, value: str) -> None:
    plain = pattern.replace("*", ".*").replace("?", ".")
    assert matches(pattern, value) is bool(re.fullmatch(plain, value))


@st.composite
def loosened(draw: st.DrawFn, text: st.SearchStrategy[str]) -> tuple[str, str]:
    """A text, and a pattern made of it by putting wildcards in some characters' place or between them."""
    drawn = draw(text)
    pieces = [draw(st.sampled_from([character, "?", "*", f"*{character}", f"{character}*"])) for character in drawn]
    return drawn, "".join(pieces)


@settings(deadline=None)
@given(loosened(patterns), values)
def test_what_a_covered_pattern_matches_the_covering_one_matches(pair: tuple[str, str], value: str) -> None:
    narrow, wide = pair
    if covers({"n": wide}, {"n": narrow}) and matches(narrow, value):
        assert matches(wide, value)


@settings(deadline=None)
@given(st.data(), values)
def test_patterns_that_match_the_same_value_may_meet(data: st.DataObject, value: str) -> None:
    (_, one), (_, other) = (data.draw(loosened(st.just(value))) for _ in range(2))
    assert matches(one, value)
    assert matches(other, value)
    assert may_meet({"n": one}, {"n": other})


@settings(deadline=None)
@given(values, patterns)
def test_a_value_meets_the_patterns_that_match_it_and_no_others(value: str, pattern: str) -> None:
    assert may_meet({"n": value}, {"n": pattern}) is matches(pattern, value)
