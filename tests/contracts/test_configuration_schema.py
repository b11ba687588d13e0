"""The published JSON Schema is the model's, and agrees with it about the examples."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from nodenet.configuration import parse
from nodenet.configuration.model import Configuration, Network, NodeGroup
from nodenet.errors import ConfigurationError
from scripts.configuration_schema import SCHEMA, render

REFERENCE = SCHEMA.parent
EXAMPLES = sorted((REFERENCE / "examples").glob("*.yaml"))


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(SCHEMA.read_text())


def test_the_schema_is_what_the_model_makes() -> None:
    """Else run scripts/configuration_schema.py."""
    assert SCHEMA.read_text() == render()


def test_the_schema_is_a_correct_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_there_are_examples() -> None:
    assert {path.name for path in EXAMPLES} >= {"minimal.yaml", "full.yaml"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_a_correct_document_without_warnings(path: Path, schema: Any) -> None:
    text = path.read_text()
    assert parse(text).warnings() == ()
    jsonschema.validate(yaml.safe_load(text), schema)


def test_the_full_example_shows_every_field() -> None:
    document = yaml.safe_load((REFERENCE / "examples" / "full.yaml").read_text())
    shown = {*document, *(key for part in document["networks"] + document["nodeGroups"] for key in part)}
    assert shown == {
        field.alias for model in (Configuration, Network, NodeGroup) for field in model.model_fields.values()
    }


def test_the_reference_describes_every_field_and_shows_the_full_example() -> None:
    page = (REFERENCE / "configuration.md").read_text()
    described = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert described == {
        field.alias for model in (Configuration, Network, NodeGroup) for field in model.model_fields.values()
    }
    assert (REFERENCE / "examples" / "full.yaml").read_text() in page


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("cluster"),
        lambda d: d.update(cluster="-prod"),
        lambda d: d.update(nodegroups=[]),
        lambda d: d.update(networks=[]),
        lambda d: d["networks"][0].update(name="eth0"),
        lambda d: d["networks"][0].update(name="x" * 16),
        lambda d: d["networks"][0].update(subnets=["subnet-1"]),
        lambda d: d["networks"][0].update(subnets={}),
        lambda d: d["networks"][0].update(securityGroups=["sg-01234567"] * 2),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"prefixes": 1}}),
        lambda d: d["networks"][0].update(tags={"multus": "x"}),
        lambda d: d["networks"][0].update(tags={"AWS:x": "x"}),
        lambda d: d["networks"][0].update(tags={"a": 1}),
        lambda d: d["networks"][0].update(interfaces=0),
        lambda d: d["networks"][0].update(enaQueues=0),
        lambda d: d["networks"][0].update(retention="never"),
        lambda d: d["nodeGroups"][0].update(select={}),
        lambda d: d["nodeGroups"][0].update(onFailure="retry"),
    ],
)
def test_what_the_schema_refuses_the_model_refuses_too(spoil: Callable[[Any], Any], schema: Any) -> None:
    document = copy.deepcopy(yaml.safe_load((REFERENCE / "examples" / "minimal.yaml").read_text()))
    spoil(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)
    with pytest.raises(ConfigurationError):
        parse(json.dumps(document))
