"""Whatever a text is, it is a plan's document or brings its mistakes, and no other error."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.document import PlanDocument, read, resolve
from nodenet.errors import PlanningError
from nodenet.limits import shipped
from tests.unit.capacity.documents import small

words = ["a", "nodes-a", "10.0.0.0/24", "/24", "20%", "all", "m5.large", "none", "prefix"]
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(words)


def field_names(model: Any) -> set[str]:
    schema = model.model_json_schema()
    return {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}


keys = st.sampled_from(sorted(field_names(PlanDocument))) | st.text(max_size=4)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=25
)


def no_other_error(text: str) -> None:
    """Any other error than PlanningError fails the test, and a mistake of several lines."""
    mistakes: tuple[str, ...] = ("none",)
    try:
        resolve(read(text, shipped))
    except PlanningError as error:
        mistakes = error.mistakes
    assert mistakes
    assert all("\n" not in mistake for mistake in mistakes)


@settings(deadline=None)
@given(st.text(alphabet="ab:-&*!<>|?[]{}'\"%@,#~=.0123 \n", max_size=120))
def test_nothing_that_looks_like_yaml_brings_another_error(text: str) -> None:
    no_other_error(text)


@settings(deadline=None)
@given(st.dictionaries(keys, values, max_size=5))
def test_no_values_in_the_right_places_bring_another_error(document: dict[str, Any]) -> None:
    no_other_error(json.dumps(document))


@settings(deadline=None)
@given(
    st.sampled_from(["subnets", "networks", "nodeGroups"]),
    st.dictionaries(keys, values, max_size=4),
    st.dictionaries(st.sampled_from(["cni", "eniConfigs", "migration", "vpc"]), values, max_size=2),
)
def test_no_part_brings_another_error(part: str, fields: dict[str, Any], others: dict[str, Any]) -> None:
    document = small() | others
    document[part][0].update(fields)
    no_other_error(json.dumps(document))
