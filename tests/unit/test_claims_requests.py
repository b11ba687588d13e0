"""What arrives at the claim queue: parsed once, every mistake told at once, nothing that can crash."""

import json
from typing import Any

import pytest

from nodenet.claims.outcome import State
from nodenet.claims.requests import Ignored, Kind, Malformed, NodeGone, Request, parse
from tests.unit.claiming import Claiming
from tests.unit.cloud import Cloud

GOOD: dict[str, Any] = {
    "cluster": "demo",
    "node": "i-0b5f2c7d91e3a4608",
    "network": "n3",
    "addresses": ["10.0.4.225", "2001:DB8:0::a01"],
    "pod": "core/upf-0",
    "generation": 1795166047,
    "uid": "2f6c",
}


def body(detail: Any, kind: str = Kind.CLAIM, source: str = "nodenet.pods") -> str:
    return json.dumps({"source": source, "detail-type": kind, "time": "2026-11-20T09:14:07Z", "detail": detail})


@pytest.mark.parametrize("kind", Kind)
def test_a_request_has_its_addresses_in_canonical_form(kind: Kind) -> None:
    """RFC 5952, "A Recommendation for IPv6 Address Text Representation"."""
    request = parse(body(GOOD, kind), "demo")
    assert isinstance(request, Request)
    assert (request.kind, request.addresses) == (kind, ("10.0.4.225", "2001:db8::a01"))
    assert (request.node, request.network, request.pod) == ("i-0b5f2c7d91e3a4608", "n3", "core/upf-0")
    assert (request.generation, request.uid) == (1795166047, "2f6c")


def test_every_mistake_is_told_at_once_with_its_field() -> None:
    bad = parse(
        body(
            {
                "cluster": "other",
                "node": "ip-10-0-0-1",
                "addresses": ["10.0.4.225", "10.0.4", 7, "10.0.4.225", "fe80::1%eth0"],
                "pod": "upf",
                "generation": -1,
                "uid": 3,
            }
        ),
        "demo",
    )
    assert isinstance(bad, Malformed)
    assert [mistake.partition(":")[0] for mistake in bad.mistakes] == [
        "cluster", "node", "pod", "network", "generation", "uid",
        "addresses[1]", "addresses[2]", "addresses[3]", "addresses[4]",
    ]  # fmt: skip


@pytest.mark.parametrize("generation", [True, "1", 1.5, None, -1, 10**20])
def test_a_generation_is_a_whole_number(generation: Any) -> None:
    assert isinstance(parse(body(GOOD | {"generation": generation}), "demo"), Malformed)


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("network", "n" * 15),
        ("pod", f"{'n' * 63}/{'p' * 253}"),
        ("uid", "u" * 64),
        ("generation", 2**53 - 1),
        ("addresses", [f"10.0.4.{number}" for number in range(50)]),
    ],
)
def test_everything_a_claim_says_has_a_longest(field: str, longest: Any) -> None:
    """ "Object Names and IDs", Kubernetes documentation; RFC 8259, section 6, for the generation."""
    assert isinstance(parse(body(GOOD | {field: longest}), "demo"), Request)
    longer = longest + {int: 1, str: "x", list: ["10.0.4.50"]}[type(longest)]
    bad = parse(body(GOOD | {field: longer}), "demo")
    assert isinstance(bad, Malformed)
    assert [mistake.partition(":")[0] for mistake in bad.mistakes] == [field]


def test_of_what_is_too_long_a_mistake_shows_the_beginning() -> None:
    bad = parse(body(GOOD | {"network": "x" * 140_000}), "demo")
    assert isinstance(bad, Malformed)
    assert bad.reason.startswith("network: 'xxx")
    assert len(bad.reason) < 200
    assert len(bad.detail["network"]) < 400


@pytest.mark.parametrize("addresses", [None, [], "10.0.4.225", {}, [f"10.0.4.{n}" for n in range(51)]])
def test_addresses_are_a_list_of_some(addresses: Any) -> None:
    assert isinstance(parse(body(GOOD | {"addresses": addresses}), "demo"), Malformed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        "[" * 100_000,
        body(GOOD, source="somebody"),
        body(GOOD, kind="Pod Addresses Wanted"),
        json.dumps(
            {"source": "nodenet.pods", "detail-type": Kind.CLAIM, "time": "2026-11-20T09:14:07", "detail": GOOD}
        ),
        json.dumps({"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "time": "x"}),
    ],
)
def test_what_is_no_request_is_ignored_with_a_reason(text: str) -> None:
    event = parse(text, "demo")
    assert isinstance(event, Ignored)
    assert event.reason


@pytest.mark.parametrize("detail", [None, 7, "x", []])
def test_a_detail_that_is_no_object_is_malformed(detail: Any) -> None:
    assert isinstance(parse(body(detail), "demo"), Malformed)


def test_the_end_of_an_instance_is_understood() -> None:
    kind = "EC2 Instance State-change Notification"
    gone = parse(body({"instance-id": "i-1", "state": "terminated"}, kind, "aws.ec2"), "demo")
    assert isinstance(gone, NodeGone)
    assert gone.node == "i-1"
    assert isinstance(parse(body({"instance-id": "i-1", "state": "running"}, kind, "aws.ec2"), "demo"), Ignored)


def test_a_malformed_claim_is_refused_told_and_sent_anew_by_nobody(cloud: Cloud) -> None:
    claiming = Claiming(cloud)
    node = claiming.node()
    good, bad = claiming.claim(node, "10.0.16.100"), claiming.claim(node, "10.0.16.101", generation=None, pod="upf")
    outcomes = claiming.deliver(good, bad)
    assert [outcome.state for outcome in outcomes] == [State.REGISTERED, State.REFUSED]
    assert "generation: None" in outcomes[1].reason
    assert "pod: 'upf'" in outcomes[1].reason
    assert sorted(map(str, claiming.bus.kinds)) == ["Pod Addresses Refused", "Pod Addresses Registered"]
    assert not claiming.queue.sent
