"""What is due to be told, given what pods hold and what was told."""

import json

import pytest

from node.agent.claims import CLAIMED, MOST_ADDRESSES, RELEASED, Ledger, Telling
from node.agent.pods import Holding
from node.agent.put_events import SOURCE
from nodenet.claims.requests import Kind, Malformed, Request, parse
from tests.node_daemon.ledgers import FLOATING, A, B, C, Kept, changed, listed, tell, words
from tests.node_daemon.things import CREATED, pod


@pytest.fixture
def memory() -> Kept:
    return Kept()


@pytest.fixture
def ledger(memory: Kept) -> Ledger:
    return Ledger(memory)


def test_an_event_says_all_that_the_claimer_asks_for() -> None:
    holding = Holding("u", "default/upf-0", 7, "n3", (A, C))
    event = Telling(CLAIMED, holding).event("prod", "i-0123456789abcdef0")
    assert event.kind == "Pod Addresses Claimed"
    assert event.detail == {
        "cluster": "prod",
        "node": "i-0123456789abcdef0",
        "network": "n3",
        "addresses": [A, C],
        "pod": "default/upf-0",
        "generation": 7,
        "uid": "u",
    }


@pytest.mark.parametrize("kind", list(Kind))
def test_the_claim_function_understands_the_event(kind: Kind) -> None:
    holding = Holding("u", "default/upf-0", CREATED, "n3", (A, C))
    event = Telling(str(kind), holding).event("prod", "i-0123456789abcdef0")
    envelope = {"source": SOURCE, "detail-type": event.kind, "time": "2026-11-20T12:00:00Z", "detail": event.detail}
    request = parse(json.dumps(envelope), "prod")
    assert isinstance(request, Request), request
    assert (request.kind, request.node, request.network) == (kind, "i-0123456789abcdef0", "n3")
    assert (request.addresses, request.pod, request.generation, request.uid) == ((A, C), "default/upf-0", CREATED, "u")
    assert set(Kind) == {CLAIMED, RELEASED}


def test_the_claim_function_takes_as_many_addresses_as_an_event_holds() -> None:
    for count, taken in ((MOST_ADDRESSES, Request), (MOST_ADDRESSES + 1, Malformed)):
        many = tuple(f"fd00:1::1{number:02x}" for number in range(count))
        event = Telling(CLAIMED, Holding("u", "default/a", 1, "n3", many)).event("prod", "i-0123456789abcdef0")
        envelope = {"source": SOURCE, "detail-type": event.kind, "time": "2026-11-20T12:00:00Z", "detail": event.detail}
        assert isinstance(parse(json.dumps(envelope), "prod"), taken)


def test_nothing_is_due_before_the_pods_are_known(memory: Kept) -> None:
    memory.content = ([Holding("uid-a", "default/a", CREATED, "n3", (A,))], {})
    assert Ledger(memory).due(FLOATING) == []


def test_a_pod_is_claimed_once_and_released_when_it_goes(ledger: Ledger) -> None:
    listed(ledger)
    changed(ledger, pod("a"))
    assert tell(ledger) == []
    changed(ledger, pod("a", ("default/n3", f"{A},{C}")))
    assert tell(ledger) == [f"+a {A} {C}"]
    changed(ledger, pod("a", ("default/n3", f"{A},{C}"), phase="Running"))
    assert tell(ledger) == []
    ledger.gone("uid-a")
    assert tell(ledger) == [f"-a {A} {C}"]
    assert tell(ledger) == []


def test_a_pod_that_came_and_went_untold_is_not_mentioned(ledger: Ledger) -> None:
    listed(ledger, pod("a", ("default/n3", A)))
    ledger.gone("uid-a")
    assert tell(ledger) == []


def test_what_a_pod_no_longer_has_is_released_before_others_claim(ledger: Ledger) -> None:
    listed(ledger, pod("b"), pod("a", ("default/n3", A)))
    assert tell(ledger) == [f"+a {A}"]
    changed(ledger, pod("b", ("default/n3", A)))
    changed(ledger, pod("a", ("default/n3", B)))
    assert tell(ledger) == [f"-a {A}", f"+b {A}", f"+a {B}"]


def test_an_address_that_comes_back_to_a_living_pod_is_claimed_by_a_later_generation(ledger: Ledger) -> None:
    """A claim of a generation that has released the address is stale; a network may be unplugged and plugged again."""
    generations = []
    listed(ledger, pod("a"))
    for entries in (A, "", A, "", A):
        changed(ledger, pod("a", ("default/n3", entries)))
        for each in ledger.due(FLOATING):
            generations.append((each.kind, each.holding.generation))
            ledger.telling([each])
            ledger.told(each)
    assert [kind for kind, _ in generations] == [CLAIMED, RELEASED, CLAIMED, RELEASED, CLAIMED]
    first, *others = [generation for _, generation in generations]
    assert first == CREATED
    assert others[0] == first < others[1] == others[2] < others[3]


def test_a_grown_generation_outlives_the_daemon(ledger: Ledger, memory: Kept) -> None:
    listed(ledger, pod("a", ("default/n3", A)))
    tell(ledger)
    changed(ledger, pod("a", ("default/n3", "")))
    tell(ledger)
    again = Ledger(memory)
    listed(again, pod("a", ("default/n3", A)))
    assert again.due(FLOATING)[0].holding.generation > CREATED


def test_generations_of_pods_that_are_gone_are_forgotten(ledger: Ledger, memory: Kept) -> None:
    for name in "abc":
        listed(ledger, pod(name, ("default/n3", A)))
        tell(ledger)
    listed(ledger)
    tell(ledger)
    assert memory.content == ([], {})


def test_a_new_pod_of_the_same_name_is_another(ledger: Ledger) -> None:
    """A StatefulSet's pod, made again on this node: both events are told, the later with the higher generation."""
    listed(ledger, pod("a", ("default/n3", A), uid="first"))
    tell(ledger)
    listed(ledger, pod("a", ("default/n3", A), uid="second", created="2026-11-20T12:00:09Z"))
    released, claimed = ledger.due(FLOATING)
    assert (released.kind, released.holding.generation) == (RELEASED, CREATED)
    assert (claimed.kind, claimed.holding.generation) == (CLAIMED, CREATED + 9)


@pytest.mark.parametrize("annotations", [{}, {"k8s.v1.cni.cncf.io/network-status": "spoilt"}])
def test_a_status_taken_away_by_hand_takes_no_address_off_a_pod(ledger: Ledger, annotations: dict[str, str]) -> None:
    listed(ledger, pod("a", ("default/n3", A)))
    tell(ledger)
    changed(ledger, pod("a", annotations=annotations))
    listed(ledger, pod("a", annotations=annotations))
    assert tell(ledger) == []
    ledger.gone("uid-a")
    assert tell(ledger) == [f"-a {A}"]


def test_after_a_restart_living_pods_are_claimed_again_and_those_that_went_are_released(
    ledger: Ledger, memory: Kept
) -> None:
    listed(ledger, pod("a", ("default/n3", A)), pod("b", ("default/n3", B)))
    tell(ledger)
    again = Ledger(memory)
    listed(again, pod("b", ("default/n3", B)))
    assert tell(again) == [f"-a {A}", f"+b {B}"]
    assert tell(again) == []


def test_pods_that_went_while_the_node_was_down_are_released_after_its_boot(memory: Kept) -> None:
    """EC2 keeps the addresses over a reboot; a pod that is deleted then is gone when the daemon lists for the first
    time."""
    before = Ledger(memory)
    listed(before, pod("upf", ("default/n3", A)), pod("smf", ("default/n3", B)))
    tell(before)
    booted = Ledger(memory)
    listed(booted, pod("smf"))
    assert tell(booted) == [f"-upf {A}"], "smf has no network status yet, and keeps what it had"
    changed(booted, pod("smf", ("default/n3", C)))
    assert tell(booted) == [f"-smf {B}", f"+smf {C}"]


def test_a_pod_that_gets_its_former_address_back_after_a_boot_claims_it_by_a_later_generation(memory: Kept) -> None:
    """Its sandbox is made anew, and its IPAM may choose again: B, and after the next boot A as at first."""
    for address in (A, B, A):
        ledger = Ledger(memory)
        listed(ledger, pod("upf"))
        changed(ledger, pod("upf", ("default/n3", address)))
        claim = next(each for each in ledger.due(FLOATING) if each.kind == CLAIMED)
        assert claim.holding.addresses == (address,)
        tell(ledger)
    again = Ledger(memory)
    listed(again, pod("upf", ("default/n3", A)))
    (claim,) = again.due(FLOATING)
    assert claim.holding.generation > CREATED, "that one has released A"


def test_a_claim_that_was_cut_off_is_released_after_a_restart(ledger: Ledger, memory: Kept) -> None:
    """It may have reached the bus: so it is written down before it is sent."""
    listed(ledger, pod("a", ("default/n3", A)))
    ledger.telling(ledger.due(FLOATING))
    again = Ledger(memory)
    listed(again)
    assert tell(again) == [f"-a {A}"]


def test_after_a_restart_a_pod_without_a_status_yet_keeps_what_it_had(ledger: Ledger, memory: Kept) -> None:
    listed(ledger, pod("a", ("default/n3", A)))
    tell(ledger)
    again = Ledger(memory)
    listed(again, pod("a"))
    assert tell(again) == []


def test_what_the_bus_did_not_take_stays_due_behind_the_others(ledger: Ledger) -> None:
    listed(ledger, pod("a", ("default/n3", A)), pod("b", ("default/n3", B)))
    first = ledger.due(FLOATING)[0]
    ledger.telling([first])
    ledger.failed(first)
    assert [words(each) for each in ledger.due(FLOATING)] == [f"+b {B}", f"+a {A}"]


def test_what_ec2_does_not_show_is_claimed_again_until_it_does(ledger: Ledger) -> None:
    """A claim may be refused for a holder that is gone a minute later: nobody else would ask again."""
    listed(ledger, pod("a", ("default/n3", f"{A},{C}")), pod("b", ("default/n3", B)))
    tell(ledger)
    ledger.looked({"n3": frozenset({A, B})})
    assert tell(ledger) == [f"+a {C}"]
    ledger.looked({"n3": frozenset({A, B, C, "10.0.4.5"})})
    assert tell(ledger) == []
    ledger.looked({})
    assert tell(ledger) == [f"+a {A} {C}", f"+b {B}"]


def test_an_event_holds_no_more_addresses_than_the_claimer_takes(ledger: Ledger) -> None:
    many = [f"fd00:1::1{number:02x}" for number in range(MOST_ADDRESSES + 7)]
    listed(ledger, pod("a", ("default/n3", ",".join(many))))
    counts = []
    while due := ledger.due(FLOATING):
        counts.append([len(each.holding.addresses) for each in due])
        tell(ledger)
    assert counts == [[MOST_ADDRESSES], [7]]


def test_ranges_that_no_longer_float_are_released(ledger: Ledger, memory: Kept) -> None:
    listed(ledger, pod("a", ("default/n3", A)))
    tell(ledger)
    again = Ledger(memory)
    listed(again, pod("a", ("default/n3", A)))
    assert [words(each) for each in again.due({})] == [f"-a {A}"]
