"""The input of a run: the published JSON Schema is the model's, the page names every field, the samples are right."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nodenet.errors import ConfigurationError
from nodenet.migration.input import parse
from nodenet.migration.preflight.catalogue import CATALOGUE
from scripts.schemas import MIGRATION, REFERENCE, render

SAMPLES = sorted((REFERENCE.parents[1] / "events" / "migration").glob("*.json"))
RIGHT = [path for path in SAMPLES if path.stem != "wrong"]
PAGE = (REFERENCE / "migration.md").read_text()
PARTS = {
    "A node group": "Group",
    "A subnet": "Subnet",
    "Warm targets": "Warm",
    "Draining": "Drain",
    "Time-outs": "Timeouts",
    "A probe": "Probe",
}


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(MIGRATION.read_text())


def given(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_schema_is_what_the_model_makes() -> None:
    """Else run scripts/schemas.py."""
    assert MIGRATION.read_text() == render(MIGRATION)


def test_the_schema_is_a_correct_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_a_sample_is_right_for_the_model_and_for_the_schema(path: Path, schema: Any) -> None:
    parse(given(path), "prod")
    jsonschema.validate(given(path), schema)


def test_the_wrong_sample_is_wrong_for_both(schema: Any) -> None:
    [wrong] = set(SAMPLES) - set(RIGHT)
    with pytest.raises(ConfigurationError) as caught:
        parse(given(wrong), "prod")
    places = {mistake.partition(":")[0] for mistake in caught.value.mistakes}
    assert places == {
        *("cidrs[0]", "podSubnets.eu-west-1", "securityGroups[0]", "batch", "approval.timeout", "settle", "retries"),
    }
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(given(wrong)))
    assert {str(error.path[0]) for error in errors if error.path} >= {"securityGroups", "batch", "approval", "settle"}


def test_the_samples_have_every_field_of_the_input(schema: Any) -> None:
    used = {key for path in RIGHT for key in given(path)}
    assert used == set(schema["properties"])


def test_what_the_samples_accept_may_be_accepted() -> None:
    accepted = [each for path in RIGHT for each in given(path).get("accept", ())]
    assert accepted
    assert all(CATALOGUE[each].acceptable for each in accepted)


def fields(section: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def sections() -> dict[str, str]:
    return {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}


def test_the_page_has_every_field_and_no_other(schema: Any) -> None:
    page = sections()
    assert fields(page["What moves, and where to"]) | fields(page["How it goes"]) == set(schema["properties"])
    for title, part in PARTS.items():
        assert fields(page[title]) == set(schema["$defs"][part]["properties"])


def test_the_page_has_the_defaults(schema: Any) -> None:
    """Those that are a value, in the words of an input."""
    page = sections()
    shown = dict(
        re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page["How it goes"] + page["What moves, and where to"], re.MULTILINE)
    )
    for name in ("mode", "prefixes", "reserve", "waves", "approval", "dryRun", "bake"):
        default = schema["properties"][name]["default"]
        assert shown[name] == (default if isinstance(default, str) else json.dumps(default))
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    for title, part in (("Time-outs", "Timeouts"), ("Draining", "Drain")):
        for name, text in re.findall(r"^\| `(\w+)` \| `(\d+\w)` \|", page[title], re.MULTILINE):
            assert int(text[:-1]) * seconds[text[-1]] == schema["$defs"][part]["properties"][name]["default"]


def test_the_least_on_the_page_is_the_smallest_sample() -> None:
    [block] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    [smallest] = [path for path in SAMPLES if path.stem == "smallest"]
    assert json.loads(block) == given(smallest)


@pytest.mark.parametrize("finding", CATALOGUE)
def test_every_finding_can_be_named(finding: str, schema: Any) -> None:
    """Whether it may be accepted is the preflight's affair."""
    asked = {"nodeGroups": ["web"], "podSubnets": {"eu-west-1a": {"cidr": "100.64.0.0/19"}}, "accept": [finding]}
    assert parse(asked, "prod").accept == (finding,)
    jsonschema.validate(asked, schema)
