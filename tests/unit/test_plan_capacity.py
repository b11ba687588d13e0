"""What the function that plans does around the planner: what it is asked, what it answers, whom it asks."""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from botocore.session import Session

from local.clock import Clock
from nodenet.aws.instance_types import InstanceTypes
from nodenet.errors import HeldError, NodenetError, Throttled
from nodenet.limits import InstanceLimits, shipped, shipped_types
from nodenet.serving_capacity import serve_plan
from tests.in_process import ask, begin, connect, response

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "events" / "lambda").glob("plan_capacity*.json"))
DOCUMENT: dict[str, list[dict[str, Any]]] = {
    "subnets": [{"name": "a", "zone": "eu-west-1a", "cidr": "10.0.0.0/20"}],
    "nodeGroups": [{"name": "web", "instanceType": "m5.large", "nodes": 4, "pods": 10, "subnets": ["a"]}],
}
TEXT = """\
subnets:
  - {name: a, zone: eu-west-1a, cidr: 10.0.0.0/20}
nodeGroups:
  - {name: web, instanceType: m5.large, nodes: 4, pods: 10, subnets: [a]}
"""
REFUSED = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"


class Ec2:
    """The local region's EC2, which notes the types that each call names."""

    def __init__(self) -> None:
        begin(Clock())
        self.asked: list[list[str]] = []
        self.refusals: list[tuple[str, str]] = []
        self.types = InstanceTypes(connect("ec2", self._answer))

    def _answer(self, request: Any, **_: Any) -> Any:
        self.asked.append([value for key, value in parse_qsl(request.body) if key.startswith("InstanceType.")])
        if self.refusals:
            return response(request.url, 400, {}, REFUSED.format(*self.refusals.pop(0)))
        return ask("ec2", request)


@pytest.fixture
def ec2(region: None) -> Ec2:
    return Ec2()


def test_types_are_asked_for_in_one_call(ec2: Ec2) -> None:
    names = ["m5.large", "p5.48xlarge", "m4.large", "m5.large"]
    limits = ec2.types.limits(names)
    # How many branch interfaces a trunk carries EC2 does not tell.
    assert limits == {name: replace(shipped(name), branch_interfaces=None) for name in names}  # type: ignore[type-var]
    assert [sorted(each) for each in ec2.asked] == [sorted(set(names))]


def test_types_that_the_region_does_not_have_are_left_out_for_one_call_more(ec2: Ec2) -> None:
    """InvalidInstanceType fails the whole call and names them: "Error codes for the Amazon EC2 API"."""
    assert ec2.types.limits(["m5.large", "m5.huge", "z99.large"]).keys() == {"m5.large"}
    assert [len(each) for each in ec2.asked] == [3, 1]


def test_where_none_is_left_ec2_is_not_asked_for_all_types_that_there_are(ec2: Ec2) -> None:
    assert ec2.types.limits(["m5.huge", "z99.large"]) == {}
    assert ec2.types.limits([]) == {}
    assert [len(each) for each in ec2.asked] == [2]


def test_a_call_names_as_many_types_as_ec2_takes(ec2: Ec2) -> None:
    shape: Any = Session().get_service_model("ec2").operation_model("DescribeInstanceTypes").input_shape
    most = shape.members["InstanceTypes"].metadata["max"]
    names = sorted(name for name in shipped_types() if name.startswith("m") and shipped(name))[: most + 1]
    ec2.types.limits(names)
    assert max(map(len, ec2.asked)) == most


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        ("RequestLimitExceeded", "Request limit exceeded.", Throttled),
        ("UnauthorizedOperation", "You are not authorized to perform this operation.", HeldError),
        ("InvalidInstanceType", "words that name none of them", HeldError),
    ],
)
def test_another_refusal_says_nothing_about_the_types(
    ec2: Ec2, code: str, message: str, error: type[NodenetError]
) -> None:
    ec2.refusals = [(code, message)]
    with pytest.raises(error, match=code):
        ec2.types.limits(["m5.large"])
    assert len(ec2.asked) == 1


# ---- what the function is asked, and what it answers


def nobody(names: Collection[str]) -> Mapping[str, InstanceLimits]:
    raise AssertionError(f"EC2 was asked for {names}")


def of_types(*names: str) -> dict[str, Any]:
    """The document, with nodes of these types."""
    (group,) = DOCUMENT["nodeGroups"]
    rest = {key: value for key, value in group.items() if key != "instanceType"}
    return {**DOCUMENT, "nodeGroups": [{**rest, "instanceTypes": list(names)}]}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_a_good_document_whose_fleet_fits(path: Path) -> None:
    said = serve_plan(json.loads(path.read_text()), nobody)
    assert (said["document"], said["mistakes"], said["fits"]) == ("good", [], True)


def test_a_document_may_be_an_object_or_the_text_of_its_file() -> None:
    assert serve_plan({"document": TEXT}, nobody) == serve_plan({"document": DOCUMENT}, nobody)


def test_the_advice_may_be_left_out() -> None:
    assert "advice" in serve_plan({"document": DOCUMENT}, nobody)
    assert not serve_plan({"document": DOCUMENT, "advice": False}, nobody)["advice"]


def test_types_that_the_table_lacks_are_asked_for_together_and_no_others() -> None:
    asked: list[list[str]] = []
    new: Any = replace(shipped("m5.large"), instance_type="z99.large")  # type: ignore[type-var]

    def ask(names: Collection[str]) -> Mapping[str, InstanceLimits]:
        asked.append(sorted(names))
        return {"z99.large": new}

    said = serve_plan({"document": of_types("m5.large", "z99.large", "z99.huge")}, ask)
    assert asked == [["z99.huge", "z99.large"]]
    (mistake,) = said["mistakes"]
    assert "z99.huge" in mistake
    assert serve_plan({"document": of_types("m5.large", "z99.large")}, ask)["document"] == "good"


def test_what_is_no_types_name_is_not_asked_for() -> None:
    """One such name would fail the call for all the others."""
    (mistake,) = serve_plan({"document": of_types("m5")}, nobody)["mistakes"]
    assert '"m5" is no instance type' in mistake


def test_a_refusal_of_ec2_is_no_mistake_of_the_document() -> None:
    """By the exception's name a state machine tells what to try again: "Error names", Amazon States Language."""

    def ask(names: Collection[str]) -> Mapping[str, InstanceLimits]:
        raise Throttled("DescribeInstanceTypes: RequestLimitExceeded")

    with pytest.raises(Throttled):
        serve_plan({"document": of_types("z99.large")}, ask)


@pytest.mark.parametrize(
    ("event", "mistakes"),
    [
        ([], ["the event is"]),
        ({}, ["document: missing"]),
        (DOCUMENT, ["nodeGroups: unknown", "subnets: unknown", "document: missing"]),
        ({"document": 7}, ["document: an object, or YAML text"]),
        ({"document": TEXT, "advice": "no", "detail": "short"}, ["advice: true or false", "detail: full or summary"]),
        ({"document": {**DOCUMENT, "subnets": [], "zones": 3}}, ["subnets", "zones"]),
    ],
)
def test_every_mistake_is_told_in_the_answer(event: Any, mistakes: list[str]) -> None:
    said = serve_plan(event, nobody)
    assert said["document"] == "wrong"
    assert [any(each in told for told in said["mistakes"]) for each in mistakes] == [True] * len(mistakes)
    assert said.keys() == {"document", "mistakes"}


def test_a_mistake_names_the_line_of_a_file_and_of_nothing_else() -> None:
    (in_text,) = serve_plan({"document": TEXT.replace("/20", "/20, zones: 3")}, nobody)["mistakes"]
    assert "line 2" in in_text
    odd = {**DOCUMENT, "subnets": [{**DOCUMENT["subnets"][0], "zones": 3}]}
    (in_object,) = serve_plan({"document": odd}, nobody)["mistakes"]
    assert "line" not in in_object


# ---- how large an answer is

SYNCHRONOUS, STATE = 6 * 1024 * 1024, 256 * 1024
"""Bytes of a response ("Lambda quotas", AWS Lambda Developer Guide), and of a state machine's state ("Step Functions
service quotas", AWS Step Functions Developer Guide)."""

FRAME = 32 * 1024
"""What the answer of Lambda's API puts around it there, and what the state holds besides."""


def large(length: int) -> dict[str, Any]:
    """10,000 nodes of 40 types in 500 subnets, each type's nodes with 20 different numbers of pods."""
    types = [name for name in sorted(shipped_types()) if name.startswith(("c", "m")) and name.endswith(".4xlarge")]
    subnets = [
        {
            "name": f"subnet-{place:017x}",
            "zone": f"eu-west-1{'abc'[place % 3]}",
            "cidr": f"10.{place // 16}.{place % 16 * 16}.0/{length}",
        }
        for place in range(500)
    ]
    groups = [
        {
            "name": f"eks-a-node-group-with-a-long-name-{place}",
            "instanceType": name,
            "nodes": 250,
            "pods": {"from": 10, "to": 29},
            "subnets": [each["name"] for each in subnets[place * 12 : place * 12 + 12 + (place == 39) * 20]],
        }
        for place, name in enumerate(types[-40:])
    ]
    return {"subnets": subnets, "nodeGroups": groups}


@pytest.mark.parametrize("length", [20, 23], ids=["all fits", "every subnet is short"])
def test_answers_about_ten_thousand_nodes_in_500_subnets_pass_lambda_and_a_state_machine(length: int) -> None:
    document = large(length)
    full = serve_plan({"document": document}, nobody)
    assert full == serve_plan({"document": document, "detail": "full"}, nobody)
    short = serve_plan({"document": document, "detail": "summary"}, nobody)
    assert len(full["shortages"]) == (0 if length == 20 else 500)
    assert len(full["subnets"]) == len(short["subnets"]) == 500
    assert short["shortages"] == full["shortages"]
    assert len(json.dumps(full)) < SYNCHRONOUS
    assert len(json.dumps(short)) + FRAME < STATE


# ---- what the function costs the others


def test_no_other_function_loads_the_planner() -> None:
    """Cold starts are all imports."""
    others = sorted(path.stem for path in (ROOT / "functions").glob("*.py") if path.stem != "plan_capacity")
    script = f"import sys, {', '.join(others)}; print([m for m in sys.modules if m.startswith('nodenet.capacity')])"
    paths = f"{ROOT / 'functions'}:{ROOT / 'layers' / 'nodenet'}"
    environment = {"PYTHONPATH": paths, "AWS_DEFAULT_REGION": "eu-west-1", "POWERTOOLS_SERVICE_NAME": "nodenet-demo"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
