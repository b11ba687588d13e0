"""The published JSON Schema is the model's, and the reference page and the examples agree with it."""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.document import PlanDocument, notes, read, resolve, write
from nodenet.capacity.document.variables import NUMBERS, SWITCHES
from nodenet.errors import PlanningError
from nodenet.limits import shipped
from scripts.schemas import PLAN, render

REFERENCE = PLAN.parent
EXAMPLES = sorted((REFERENCE / "examples").glob("plan-*.yaml"))
FULL = REFERENCE / "examples" / "plan-full.yaml"
PAGE = REFERENCE / "plan.md"


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(PLAN.read_text())


def as_json(text: str) -> Any:
    """The document as JSON has it, where every key is text."""
    return json.loads(json.dumps(yaml.safe_load(text)))


def test_the_schema_is_what_the_model_makes() -> None:
    """Else run scripts/schemas.py."""
    assert PLAN.read_text() == render(PLAN)


def test_the_schema_is_a_correct_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_there_are_examples() -> None:
    assert {path.name for path in EXAMPLES} == {"plan-full.yaml", "plan-minimal.yaml", "plan-spreadsheet.yaml"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_a_correct_document_without_notes(path: Path, schema: Any) -> None:
    document = read(path.read_text(), shipped)
    assert resolve(document).groups
    assert notes(document) == ()
    assert read(write(document)) == document
    jsonschema.validate(as_json(path.read_text()), schema)


def fields(schema: Any) -> set[str]:
    """The keys that the document may have, in all its parts."""
    return {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys(each))}
    return {key for each in value for key in keys(each)} if isinstance(value, list) else set()


def test_the_full_example_shows_every_field(schema: Any) -> None:
    assert fields(schema) - keys(as_json(FULL.read_text())) == set()


def test_the_reference_describes_every_field_with_its_default(schema: Any) -> None:
    """A table for each part, in the model's order. What is `used` of a subnet may be told in another way."""
    tables = re.findall(r"^\| Field \|.*\n\|[-| ]+\n((?:\|.*\n)+)", PAGE.read_text(), re.MULTILINE)
    parts = ["Subnet", "Reservation", "Network", "NetworkAddresses"]
    parts += ["NodeGroup", "PodsBetween", "PodsByNodes", "Migration"]
    for rows, part in zip(tables, [schema, *(schema["$defs"][name] for name in parts)], strict=True):
        told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", rows, re.MULTILINE))
        assert list(told) == list(part["properties"])
        assert [field for field in told if told[field] == "required"] == part.get("required", [])
        for field in told.keys() - {"used"}:
            default = part["properties"][field].get("default")
            assert told[field].startswith("`") == (default is not None and default != [])
            assert told[field].strip("`") == str(default) or not told[field].startswith("`")


def test_the_reference_says_how_the_vpc_cni_is_set_without_a_word() -> None:
    """What each variable is unset, and what AWS's manifest sets."""
    said = {"true": True, "false": False, "the type's limit": None}
    unset = asdict(CniSettings.of({}))
    rows = re.findall(r"^\| ([A-Z][A-Z_0-9, a-z]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE)
    told = {name: rest for names, *rest in rows for name in re.findall(r"[A-Z_0-9]{5,}", names)}
    assert told.keys() == {*NUMBERS, *SWITCHES}
    for name, (without, shipped_with) in told.items():
        given = "true" if name in SWITCHES and without == "false" else "false" if name in SWITCHES else "7"
        (field,) = (key for key, value in asdict(CniSettings.of({name: given})).items() if value != unset[key])
        assert said.get(without, without) == (unset[field] if without in said else str(unset[field]))
        assert shipped_with in (SHIPPED.get(name, "\N{EN DASH}"), without)


def test_the_reference_shows_the_full_example() -> None:
    assert FULL.read_text() in PAGE.read_text()


def test_the_reference_shows_mistakes_and_notes_as_they_are_told() -> None:
    section = PAGE.read_text().split("## Mistakes\n")[1].split("\n## ")[0]
    wrong, mistakes, right, said = re.findall(r"^```(?:yaml)?\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    with pytest.raises(PlanningError) as error:
        read(wrong, shipped)
    assert error.value.mistakes == tuple(mistakes.splitlines())
    assert notes(read(right, shipped)) == tuple(said.splitlines())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("subnets"),
        lambda d: d.update(subnets=[]),
        lambda d: d.update(nodegroups=[]),
        lambda d: d.update(headroom=20),
        lambda d: d.update(headroom="120%"),
        lambda d: d.update(vpc=["10.0.0.0"]),
        lambda d: d.update(cni={"WARM_IP_TRAGET": 1}),
        lambda d: d.update(cni={"WARM_IP_TARGET": [1]}),
        lambda d: d.update(eniConfigs={"a": []}),
        lambda d: d.update(migration={"surge": 1}),
        lambda d: d["subnets"][0].update(size="/29"),
        lambda d: d["subnets"][0].update(used=-1),
        lambda d: d["subnets"][0].update(cni=1),
        lambda d: d["subnets"][0].update(occupied=[9]),
        lambda d: d["subnets"][0].update(reservations=[{"cidr": "10.0.0.0/28"}]),
        lambda d: d.update(networks=[{"name": "n3", "subnets": ["nodes-a"], "addresses": {}}]),
        lambda d: d.update(networks=[{"name": "n3", "subnets": ["nodes-a"], "addresses": {"slice": 12}}]),
        lambda d: d["nodeGroups"][0].update(instanceType="m5"),
        lambda d: d["nodeGroups"][0].update(nodes=0),
        lambda d: d["nodeGroups"][0].update(pods={"from": 1}),
        lambda d: d["nodeGroups"][0].update(pods={"nodes": {}}),
        lambda d: d["nodeGroups"][0].update(surge="all of them"),
        lambda d: d["nodeGroups"][0].update(subnets=["nodes-a", "nodes-a"]),
        lambda d: d["nodeGroups"][0].update(maxPods=0),
        lambda d: d["nodeGroups"][0].update(maxPods=25_001),
        lambda d: d["nodeGroups"][0].update(pods={"nodes": {"020": 40}}),
        lambda d: d["nodeGroups"][0].update(instanceType=None, instanceTypes={"m5": 40}),
        lambda d: d["subnets"][0].update(cidr="10.0.0.0/255.255.0.0"),
        lambda d: d["subnets"][0].update(cidr=" 10.0.0.0/20"),
        lambda d: d["subnets"][0].update(occupied=[" 10.0.0.9"]),
        lambda d: d["subnets"][0].update(occupied=["10.0.9"]),
        lambda d: d.update(eniConfigs={"": "nodes-a"}),
    ],
)
def test_what_the_schema_refuses_the_model_refuses_too(spoil: Callable[[Any], Any], schema: Any) -> None:
    document = copy.deepcopy(as_json((REFERENCE / "examples" / "plan-minimal.yaml").read_text()))
    spoil(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)
    with pytest.raises(PlanningError):
        read(json.dumps(document))


def test_a_field_without_a_value_is_one_that_is_left_out() -> None:
    """As the schema says of those whose default is null."""
    text = (REFERENCE / "examples" / "plan-minimal.yaml").read_text()
    assert read(text.replace("pods: 20", "pods: 20, maxPods: ~")) == read(text)
    assert PlanDocument.model_validate(as_json(text)) == read(text)
