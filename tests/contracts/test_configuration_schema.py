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

from nodenet.configuration import parse, resolve
from nodenet.errors import ConfigurationError
from nodenet.networks import Subnet
from scripts.schemas import CONFIGURATION as SCHEMA
from scripts.schemas import render

REFERENCE = SCHEMA.parent
EXAMPLES = sorted(set((REFERENCE / "examples").glob("*.yaml")) - set((REFERENCE / "examples").glob("plan-*.yaml")))


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(SCHEMA.read_text())


def test_the_schema_is_what_the_model_makes() -> None:
    """Else run scripts/schemas.py."""
    assert SCHEMA.read_text() == render(SCHEMA)


def test_the_schema_is_a_correct_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_there_are_examples() -> None:
    assert {path.name for path in EXAMPLES} >= {"minimal.yaml", "full.yaml"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_a_correct_document_without_warnings(path: Path, schema: Any) -> None:
    text = path.read_text()
    assert parse(text).warnings() == ()
    jsonschema.validate(yaml.safe_load(text), schema)


def fields(schema: Any) -> set[str]:
    """The keys that the document may have, in all its parts."""
    parts = [schema, *schema["$defs"].values()]
    return {key for part in parts for key in part["properties"]}


def keys(value: Any) -> set[str]:
    """All keys of a document, however deep."""
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys(each))}
    return {key for each in value for key in keys(each)} if isinstance(value, list) else set()


def test_the_full_example_shows_every_field(schema: Any) -> None:
    """Of two that exclude each other it shows one."""
    document = yaml.safe_load((REFERENCE / "examples" / "full.yaml").read_text())
    assert fields(schema) - keys(document) == {"pool"}


def test_the_reference_describes_every_field_and_shows_the_full_example(schema: Any) -> None:
    page = (REFERENCE / "configuration.md").read_text()
    described = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert described == fields(schema)
    assert (REFERENCE / "examples" / "full.yaml").read_text() in page


def test_the_full_example_fits_a_standard_parameter() -> None:
    """SSM API reference, PutParameter: 4 KB."""
    assert (REFERENCE / "examples" / "full.yaml").stat().st_size <= 4096


@pytest.fixture(scope="module")
def told() -> list[str]:
    """The blocks of mistakes that the reference shows: of the document, and of what EC2's subnets show."""
    section = (REFERENCE / "configuration.md").read_text().split("## Mistakes\n")[1].split("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def test_the_reference_shows_mistakes_as_they_are_told(told: list[str]) -> None:
    document = {
        "cluster": "-prod",
        "networks": [
            {
                "name": "n3",
                "subnets": ["subnet-1"],
                "securityGroups": ["sg-01234567"],
                "addresses": {"ipv4": {"prefixes": 1, "slice": 16}},
                "link": {"plugin": "macvlan"},
                "tags": {"multus": "x"},
                "sourceDestChek": True,
            },
            {"name": "n3", "subnets": {"Name": "n3"}, "securityGroups": ["sg-01234567"]},
            {"name": "n6", "subnets": {"Name": "n6"}, "securityGroups": ["sg-01234567"]},
        ],
        "nodeGroups": [
            {"select": {"role": "upf*"}, "networks": ["n3"]},
            {"select": {"role": "upf-1"}, "networks": ["n7"]},
        ],
    }
    with pytest.raises(ConfigurationError) as error:
        parse(json.dumps(document))
    assert error.value.mistakes == tuple(told[0].splitlines())


def test_the_reference_shows_mistakes_among_the_subnets_as_they_are_told(told: list[str]) -> None:
    ids = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
    slices = {"slice": 16, "from": ["10.0.4.32/27", "10.0.5.0/27"]}
    document = {
        "cluster": "prod",
        "networks": [
            {"name": "n3", "subnets": ids, "securityGroups": ["sg-01234567"], "addresses": {"ipv4": slices}},
            {
                "name": "gi",
                "subnets": ids,
                "securityGroups": ["sg-89abcdef"],
                "addresses": {"ipv4": {"floating": "10.0.4.48-10.0.4.50"}},
            },
        ],
        "nodeGroups": [{"select": {"a": "b"}, "networks": ["n3"], "instanceTypes": ["m5.large", "m4.large"]}],
    }
    subnets = [Subnet(each, f"zone-{n}", "vpc-1", f"10.0.{n}.0/24") for n, each in enumerate(ids, 4)]
    with pytest.raises(ConfigurationError) as error:
        resolve(parse(json.dumps(document)), subnets)
    assert error.value.mistakes == tuple(told[1].splitlines())


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
        lambda d: d["networks"][0].update(addresses={}),
        lambda d: d["networks"][0].update(addresses="some"),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"prefixes": 0}}),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"prefixes": 1, "otherwise": {"prefixes": 1}}}),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"slice": 12, "from": "10.0.4.0/24"}}),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"slice": "/16", "from": "10.0.4.0/24"}}),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"slice": 16}}),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"slice": 16, "from": "2001:db8::/80"}}),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"floating": []}}),
        lambda d: d["networks"][0].update(addresses={"ipv6": {"floating": "range"}}),
        lambda d: d["networks"][0].update(addresses={"ipv4": {"floating": "10.0.4.9", "prefixes": 1}}),
        lambda d: d["networks"][0].update(routes=[10]),
        lambda d: d["networks"][0].update(publicAddresses={}),
        lambda d: d["networks"][0].update(ipv6Egress={}),
        lambda d: d["networks"][0].update(ipv6Egress={"natGateway": "igw-01234567"}),
        lambda d: d["networks"][0].update(link={"plugin": "macvlan"}),
        lambda d: d["networks"][0].update(link={"mtu": 68}),
        lambda d: d["nodeGroups"][0].update(instanceTypes="m5.large"),
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
