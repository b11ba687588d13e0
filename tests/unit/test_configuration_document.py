"""Reading YAML: what is text, what is not YAML, and what no document may do to the reader."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.configuration import parse
from nodenet.configuration.document import MAXIMUM_BYTES, read
from nodenet.errors import ConfigurationError


def refused(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as error:
        parse(text)
    return error.value.mistakes


@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        ("5060", 5060),
        ("-1", -1),
        ("'5060'", "5060"),
        ("true", True),
        ("No", False),
        ("~", None),
        ("1.10", "1.10"),
        ("2026-01-01", "2026-01-01"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("=", "="),
        ("a=b=c", "a=b=c"),
        ("!!str 5", "5"),
    ],
)
def test_scalars_stay_as_written_unless_they_are_plain_numbers_or_booleans(yaml: str, value: Any) -> None:
    assert read(f"key: {yaml}")[0] == {"key": value}


def test_aliases_are_followed() -> None:
    assert read("a: &x [1, 2]\nb: *x")[0] == {"a": [1, 2], "b": [1, 2]}


def test_syntax_errors_name_line_and_column() -> None:
    (mistake,) = refused("cluster: prod\nnetworks: [\n")
    assert mistake.startswith("line 3, column 1: not YAML: while parsing a flow node")


def test_characters_that_yaml_does_not_have_are_refused() -> None:
    (mistake,) = refused("cluster: \x07")
    assert mistake.startswith("not YAML: ") or ": not YAML: " in mistake


def test_keys_that_stand_twice_are_named_with_path_and_line() -> None:
    """YAML 1.2, 3.2.1.3: keys are unique. PyYAML lets the last win."""
    assert "networks[0].name: stands twice, again in line 4" in refused(
        "cluster: a\nnetworks:\n- name: n3\n  name: n6\n"
    )


def test_a_duplicate_key_is_reported_together_with_the_other_mistakes() -> None:
    mistakes = refused("cluster: a\ncluster: -b\nnodeGroups: []\n")
    assert mistakes[0] == "cluster: stands twice, again in line 2"
    assert "networks: is missing" in mistakes
    assert "nodeGroups: must not be empty" in mistakes


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment\n"])
def test_an_empty_document_is_said_to_be_empty(text: str) -> None:
    assert refused(text) == ("the document is empty",)


@pytest.mark.parametrize("text", ["[]", "prod", "~", "5"])
def test_a_document_that_is_no_mapping_says_what_it_should_be(text: str) -> None:
    assert refused(text) == ("the document must be a mapping with cluster, networks and nodeGroups",)


def test_several_documents_are_refused() -> None:
    (mistake,) = refused("cluster: a\n---\ncluster: b\n")
    assert mistake.startswith("line 2, column 1: not YAML: expected a single document")


def test_a_document_longer_than_an_ssm_parameter_is_refused_by_its_bytes() -> None:
    """SSM API reference, PutParameter: 4 KB standard, 8 KB advanced."""
    assert refused("ü" * 4097) == ("the document has 8194 bytes; an SSM parameter holds 8192",)
    assert "bytes" not in refused("# " + "x" * (MAXIMUM_BYTES - 2))[0]


def test_merge_keys_complex_keys_and_unknown_tags_are_refused_with_their_line() -> None:
    mistakes = refused("a: &a {b: 1}\nc: {<<: *a}\n? [x]\n: y\nd: !secret z\n")
    assert mistakes[:3] == (
        "c: merge keys (<<) are not supported (line 2)",
        "a key must be a string (line 3)",
        "d: unknown YAML tag !secret (line 5)",
    )


def test_an_alias_to_what_holds_it_is_refused() -> None:
    assert "networks[0]: holds itself (line 1)" in refused("networks: &n [*n]\n")


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    (mistake,) = refused("\n".join(lines))
    assert "values with its aliases written out; at most" in mistake


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening: str) -> None:
    mistakes = refused(opening * (MAXIMUM_BYTES // len(opening)))
    assert all("\n" not in mistake for mistake in mistakes)


words = ["n3", "none", "sg-01234567", "10.0.4.0/24", "/28"]
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(words)
keys = st.sampled_from(
    [
        "cluster",
        "networks",
        "nodeGroups",
        "name",
        "subnets",
        "securityGroups",
        "tags",
        "select",
        "addresses",
        "interfaces",
        "ipv4",
        "ipv6",
        "prefixes",
        "otherwise",
        "slice",
        "from",
        "floating",
        "routes",
        "link",
        "publicAddresses",
        "ipv6Egress",
        "instanceTypes",
    ]
) | st.text(max_size=4)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=25
)


def told(text: str) -> tuple[str, ...]:
    """The mistakes in a text, none where it is right. Any other error than ConfigurationError fails the test."""
    try:
        parse(text)
    except ConfigurationError as error:
        return error.mistakes or ("an error without a mistake\n",)
    return ()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_brings_another_error(text: str) -> None:
    assert all("\n" not in mistake for mistake in told(text))


@settings(deadline=None)
@given(st.text(alphabet="ab:-&*!<>|?[]{}'\"%@,#~=.0123 \n", max_size=120))
def test_nothing_that_looks_like_yaml_brings_another_error(text: str) -> None:
    assert all("\n" not in mistake for mistake in told(text))


@settings(deadline=None)
@given(st.dictionaries(keys, documents, max_size=5))
def test_no_network_brings_another_error(network: dict[str, Any]) -> None:
    assert all("\n" not in mistake for mistake in told(json.dumps({"networks": [network, {"addresses": network}]})))


@settings(deadline=None)
@given(st.dictionaries(keys, documents, max_size=5))
def test_no_values_in_the_right_places_bring_another_error(document: dict[str, Any]) -> None:
    assert all("\n" not in mistake for mistake in told(json.dumps(document)))
