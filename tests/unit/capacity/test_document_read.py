"""Reading a plan's document: every mistake with its line, quickly, and whatever the text is."""

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from nodenet.capacity.document import PlanDocument, read, resolve
from nodenet.capacity.document.checks import MOST_TOLD
from nodenet.capacity.document.reading import MAXIMUM_BYTES, MAXIMUM_VALUES
from nodenet.documents.reading import DEEPEST
from nodenet.errors import PlanningError
from nodenet.limits import shipped
from tests.unit.capacity.documents import small, spoilt, told

WRONG = """\
vpc: [10.0.0.0/16]
headroom: 120%
cni:
  WARM_IP_TARGET: some
subnets:
  - {name: nodes-a, zone: a, cidr: 10.0.0.0/24}
  - name: nodes-b
    zone: b
    cidr: 10.0.0.128/25
    used: 500
nodeGroups:
  - name: web
    instanceType: m5.lagre
    nodes: 4
    node: 4
    pods: 10
    subnets: [nodes-a,
              nodes-c]
  - name: api
    instanceType: m5.large
    nodes: 2
    pods: 200
    subnets: [nodes-a]
"""


def test_every_mistake_is_told_at_once_in_the_order_of_their_lines() -> None:
    """Wrong fields, unknown keys, what does not fit together, and what the instance types cannot hold."""
    with pytest.raises(PlanningError) as error:
        read(WRONG, shipped)
    places = [mistake.split(": ")[:2] for mistake in error.value.mistakes]
    assert places == [
        ["line 2", "headroom"],
        ["line 4", "cni.WARM_IP_TARGET"],
        ["line 9", "subnets[1].cidr"],
        ["line 10", "subnets[1].used"],
        ["line 13", "nodeGroups[0].instanceType"],
        ["line 15", "nodeGroups[0].node"],
        ["line 18", "nodeGroups[0].subnets[1]"],
        ["line 22", "nodeGroups[1].pods"],
        ["line 22", "nodeGroups[1].pods"],
    ]


def test_resolving_tells_the_lines_too() -> None:
    text = yaml.safe_dump(small(), sort_keys=False).replace("m5.xlarge", "m5.xlagre")
    line = 1 + next(number for number, each in enumerate(text.splitlines()) if "xlagre" in each)
    with pytest.raises(PlanningError) as error:
        resolve(read(text))
    (mistake,) = error.value.mistakes
    assert mistake.startswith(f"line {line}: nodeGroups[0].instanceType: unknown instance type")


def test_json_is_read_as_well_and_on_one_line_has_no_lines_to_tell() -> None:
    assert read(json.dumps(small())) == read(yaml.safe_dump(small()))
    with pytest.raises(PlanningError) as error:
        read(json.dumps(small() | {"headroom": 20}))
    assert error.value.mistakes == ("headroom: must be a percentage from 0% to below 100%, such as 20%",)


def test_json_may_escape_what_lies_beyond_sixteen_bits() -> None:
    """RFC 8259, section 7: as two surrogates, which YAML's escapes know nothing of."""
    document = small()
    document["nodeGroups"][0]["name"] = "web-\N{ROCKET} \\ud83d \\\N{ROCKET}"
    text = json.dumps(document)
    assert r"\ud83d\ude80 \\ud83d \\\ud83d\ude80" in text
    assert read(text) == PlanDocument.model_validate(document)


def test_where_a_document_was_read_from_is_no_part_of_it() -> None:
    assert read("# from another file\n\n" + yaml.safe_dump(small())) == PlanDocument.model_validate(small())


@pytest.mark.parametrize(
    ("field", "value", "mistake"),
    [
        ("headroom", "100%", "headroom: must be a percentage"),
        ("cluster", "-prod", 'cluster: "-prod" is no EKS cluster\'s name'),
        ("subnets", [], "subnets: must not be empty"),
        ("subnet", [], "subnet: unknown key; did you mean subnets?"),
        ("nodeGroups", None, "nodeGroups: has no value"),
        ("vpc", ["10.0.0.1/16"], 'vpc[0]: "10.0.0.1/16" has bits beyond its prefix length; did you mean 10.0.0.0/16?'),
        ("vpc", ["2001:db8::/56"], 'vpc[0]: "2001:db8::/56" is of IPv6; the planner counts IPv4 addresses'),
        ("vpc", ["10.0.0.0"], 'vpc[0]: "10.0.0.0" has no prefix length'),
        ("vpc", ["10.0.0.0/8"], 'vpc[0]: "10.0.0.0/8" has a size that no VPC has: /16 to /28 are allowed'),
        ("vpc", [10], "vpc[0]: must be a CIDR block"),
        ("cni", {"WARM_IP_TARGET": [1]}, "cni.WARM_IP_TARGET: must be text, a whole number, true or false"),
        ("eniConfigs", {"a": 1}, "eniConfigs.a: must be text: put 1 in quotes"),
        ("migration", {"cnii": {}}, "migration.cnii: unknown key; did you mean cni?"),
        ("VPC", [], "VPC: unknown key; did you mean vpc?"),
        ("cni", {"max_eni": 2}, 'cni.max_eni: no variable of aws-node\'s; did you mean "MAX_ENI"'),
    ],
)
def test_a_wrong_field_is_told_in_the_documents_words(field: str, value: Any, mistake: str) -> None:
    assert any(said.startswith(mistake) for said in told(small() | {field: value})), told(small() | {field: value})


@pytest.mark.parametrize(
    ("part", "fields", "mistake"),
    [
        ("subnets", {"cidr": "10.0.0.0/29"}, 'cidr: "10.0.0.0/29" has a size that no VPC has: /16 to /28 are allowed'),
        ("subnets", {"cidr": "10.0.0.0/15"}, 'cidr: "10.0.0.0/15" has a size that no VPC has'),
        ("subnets", {"cidr": None, "size": "/29"}, "size: must be a prefix length, /16 to /28"),
        ("subnets", {"cidr": None, "size": 24}, "size: must be a prefix length, /16 to /28"),
        ("subnets", {"used": -1}, "used: must be at least 0"),
        ("subnets", {"occupied": [["10.0.0.9"]]}, "occupied[0]: must be a range in quotes"),
        ("subnets", {"occupied": ["10.0.0.9-10.0.0.8"]}, "occupied[0]: 10.0.0.9 comes after 10.0.0.8"),
        (
            "subnets",
            {"occupied": ["10.0.0.0/0.0.0.15"]},
            'occupied[0]: "10.0.0.0/0.0.0.15" is no range of addresses; did',
        ),
        (
            "subnets",
            {"cidr": "10.0.0.0/255.255.255.0"},
            'cidr: "10.0.0.0/255.255.255.0" is no CIDR block; did you mean',
        ),
        ("subnets", {"cni": 1}, "cni: must be true or false"),
        ("subnets", {"zone": False}, "zone: must be text: put it in quotes"),
        ("subnets", {"name": ""}, "name: must not be empty"),
        ("subnets", {"name": "a\x07"}, 'name: "a\\u0007" is no name'),
        (
            "subnets",
            {"reservations": [{"cidr": "10.0.0.0/28", "type": "other"}]},
            "reservations[0].type: must be 'prefix'",
        ),
        ("networks", {"interfaces": 0}, "interfaces: must be at least 1"),
        ("networks", {"addresses": {"slice": 12}}, "addresses.slice: must be a power of two"),
        ("networks", {"addresses": {"prefix": 1}}, "addresses.prefix: unknown key; did you mean prefixes?"),
        ("networks", {"addresses": {"addresses": 64}}, "addresses.addresses: no instance type's interface holds more"),
        ("nodeGroups", {"nodes": 0}, "nodes: must be at least 1"),
        ("nodeGroups", {"nodes": "many"}, "nodes: must be a whole number"),
        ("nodeGroups", {"pods": -1}, "pods: must be at least 0"),
        ("nodeGroups", {"pods": {"from": 1}}, "pods.to: is missing"),
        ("nodeGroups", {"pods": {"form": 1, "to": 4}}, "pods.form: unknown key; did you mean from?"),
        ("nodeGroups", {"pods": {"nodes": {"x": 1}}}, "pods.nodes.x: must be a whole number"),
        ("nodeGroups", {"pods": {"nodes": {}}}, "pods.nodes: must not be empty"),
        ("nodeGroups", {"pods": {"nodes": {"20": 2, "020": 2}}}, 'pods.nodes["020"]: must be a whole number'),
        ("nodeGroups", {"maxPods": 1_000_000}, "maxPods: must be at most 25000"),
        (
            "nodeGroups",
            {"instanceType": "M5.Large"},
            'instanceType: "M5.Large" is no instance type: write it as EC2 does',
        ),
        ("nodeGroups", {"surge": "120%"}, "surge: must be a number of nodes"),
        ("nodeGroups", {"surge": True}, "surge: must be a number of nodes"),
        ("nodeGroups", {"subnets": ["nodes-a", "nodes-a"]}, 'subnets: named twice: "nodes-a"'),
        ("nodeGroups", {"instanceType": "m5"}, 'instanceType: "m5" is no instance type: write it as EC2 does'),
        ("nodeGroups", {"instanceType": None, "instanceTypes": {"m5.large": 0}}, 'instanceTypes["m5.large"]: must be'),
    ],
)
def test_a_wrong_field_of_a_part_is_told_with_its_path(part: str, fields: dict[str, Any], mistake: str) -> None:
    document = small()
    document[part][0].update(fields)
    assert any(said.startswith(f"{part}[0].{mistake}") for said in told(document)), told(document)


def test_keys_that_stand_twice_are_told_with_both_lines() -> None:
    with pytest.raises(PlanningError) as error:
        read("headroom: 10%\nvpc: []\nheadroom: 20%\n")
    assert "line 1: headroom: stands twice, again in line 3" in error.value.mistakes


def test_of_keys_that_stand_twice_the_first_is_read() -> None:
    with pytest.raises(PlanningError) as error:
        read("headroom: much\nheadroom: 20%\n")
    assert "line 1: headroom: must be a percentage from 0% to below 100%, such as 20%" in error.value.mistakes


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "the document is empty"),
        ("[]", "the document must be a mapping with subnets and nodeGroups"),
        ("a: [", "line 1, column 5: not YAML: "),
        ("#" * (MAXIMUM_BYTES + 1), f"the document has {MAXIMUM_BYTES + 1} bytes; at most {MAXIMUM_BYTES} are read"),
        ("[" * 100_000, "the document is nested too deeply"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "the document is nested too deeply"),
        ("[" * DEEPEST + "]" * DEEPEST, "the document must be a mapping"),
    ],
)
def test_what_is_no_document_says_so(text: str, mistake: str) -> None:
    assert told(text)[0].startswith(mistake.removeprefix("line 1, column 5: "))


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    (mistake,) = told("\n".join(lines))
    assert mistake.endswith(f"values with its aliases written out; at most {MAXIMUM_VALUES} are read")


@pytest.mark.parametrize(
    ("spoil", "mistakes"),
    [
        (lambda d: d.update(subnets="a"), ["subnets: must be a list"]),
        (lambda d: d.update(networks={}), ["networks: must be a list"]),
        (lambda d: d.update(vpc=["10.0.0.0/16", "100.64.0.0"]), ['vpc[1]: "100.64.0.0" has no prefix length, such']),
        (lambda d: d["subnets"][4].pop("zone"), ["subnets[4].zone: is missing"]),
        (lambda d: d["networks"][0].pop("subnets"), ["networks[0].subnets: is missing"]),
        (lambda d: d["subnets"][0].update(cidr=None, occupied=["10.0.0.9"]), ["subnets[0]: needs a cidr, or a size"]),
        (
            lambda d: d["subnets"][0].update(cidr="10.1.0.0/24", occupied=["10.0.0.9", "10.0.0.11"]),
            ["subnets[0].occupied: all lie outside the subnet, 10.1.0.0/24"],
        ),
        (
            lambda d: d["nodeGroups"].append(
                {"name": "x", "instanceTypes": {"m5.large": "two"}, "pods": 3, "subnets": ["nodes-a"]}
            ),
            ['nodeGroups[1].instanceTypes["m5.large"]: must be a whole number'],
        ),
    ],
)
def test_what_follows_from_a_mistake_is_not_told_as_another(
    spoil: Callable[[dict[str, Any]], Any], mistakes: list[str]
) -> None:
    said = spoilt(spoil)
    assert len(said) == len(mistakes)
    assert all(map(str.startswith, said, mistakes)), said


def test_of_very_many_mistakes_the_first_are_told_and_the_rest_counted() -> None:
    """An answer of Lambda holds 6 MB ("Lambda quotas", AWS Lambda Developer Guide)."""
    said = told("headroom: 10%\n" * 100_000)
    assert len(said) == MOST_TOLD + 1
    assert said[0] == "headroom: stands twice, again in line 2"
    # Each but the last, and that there are no subnets and no groups.
    assert said[-1] == f"and {99_999 + 2 - MOST_TOLD} mistakes more"


def large(groups: int = 400, subnets: int = 500) -> str:
    lines = ["subnets:"]
    for each in range(subnets):
        block = f"10.{each // 128}.{each * 2 % 256}.0/24"
        lines.append(f"  - name: subnet-{each:017x}\n    zone: zone-{each % 3}\n    cidr: {block}\n    used: 17")
    lines.append("nodeGroups:")
    for each in range(groups):
        names = ", ".join(f"subnet-{(each * 3 + further) % subnets:017x}" for further in range(3))
        lines.append(f"  - name: group-{each}\n    instanceType: m5.large\n    nodes: 25\n    pods: 20")
        lines.append(f"    subnets: [{names}]")
    return "\n".join(lines)


def cpu_seconds(text: str) -> float:
    began = time.process_time()
    with contextlib.suppress(PlanningError):
        read(text, shipped)
    return time.process_time() - began


def test_a_large_document_is_read_in_a_fraction_of_a_second() -> None:
    """500 subnets, 400 node groups: about 50 ms."""
    read(large(), shipped)
    assert min(cpu_seconds(large()) for _ in range(3)) < 0.4


def test_a_large_document_that_is_wrong_throughout_is_told_quickly_too() -> None:
    """Near names take milliseconds each: they are looked for a few times only."""
    assert min(cpu_seconds(large().replace("- name: subnet-", "- name: sbnet-")) for _ in range(2)) < 2
    assert min(cpu_seconds(large().replace("m5.large", "m5.lagre")) for _ in range(2)) < 2
