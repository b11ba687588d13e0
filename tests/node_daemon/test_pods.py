"""What pods hold. Multus' word: "Kubernetes Network Custom Resource Definition De-facto Standard", network status."""

import json

import pytest

from node.agent.pods import Holding, floating_ranges, holdings, network_status, pod_of
from tests.node_daemon.things import CREATED, N3, N6, pod

FLOATING = floating_ranges([N3, N6])


def held(*entries: tuple[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    found = pod_of(pod("upf-0", *entries))
    assert found is not None
    return [(each.network, each.addresses) for each in holdings(found, FLOATING)]


def test_a_pod_is_known_by_name_uid_and_the_second_it_was_made() -> None:
    found = pod_of(pod("upf-0", ("default/n3", "10.0.4.230")))
    assert found is not None
    assert holdings(found, FLOATING) == [Holding("uid-upf-0", "default/upf-0", CREATED, "n3", ("10.0.4.230",))]


@pytest.mark.parametrize("name", ["n3", "default/n3", "networks/n3"])
def test_a_network_is_known_by_its_definitions_name_in_any_namespace(name: str) -> None:
    assert held((name, "10.0.4.230")) == [("n3", ("10.0.4.230",))]


def test_only_networks_whose_addresses_float_are_looked_at() -> None:
    assert list(FLOATING) == ["n3"]
    assert held(("default/n6", "10.0.4.230"), ("default/elsewhere", "10.0.4.231")) == []


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.0.4.223", False),
        ("10.0.4.224", True),
        ("10.0.4.250", True),
        ("10.0.4.251", False),
        ("fd00:1::ff", False),
        ("fd00:1::100", True),
        ("fd00:1::9", True),
        ("fd00:1::a", False),
        # Of the right number, and the wrong family.
        ("::10.0.4.230", False),
    ],
)
def test_an_address_counts_within_the_floating_ranges_only(address: str, inside: bool) -> None:
    assert held(("default/n3", address)) == ([("n3", (address,))] if inside else [])


def test_both_families_and_two_interfaces_of_a_network_are_one_holding_in_order() -> None:
    found = held(("default/n3", "fd00:1:0::100,10.0.4.231"), ("default/n3", "10.0.4.229"))
    assert found == [("n3", ("10.0.4.229", "10.0.4.231", "fd00:1::100"))]


def test_an_address_with_its_prefix_length_is_the_address() -> None:
    assert held(("default/n3", "10.0.4.230/24")) == [("n3", ("10.0.4.230",))]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_holds_nothing(phase: str) -> None:
    """Kubernetes documentation, "Pod Lifecycle": its containers will not be started again."""
    assert pod_of(pod("job-1", ("default/n3", "10.0.4.230"), phase=phase)) is None


@pytest.mark.parametrize(
    "text", [None, "", "{}", "[1]", "null", '[{"ips": ["10.0.4.230"]}]', '[{"name": "n3", "ips": ["x"]}]', "[", '"n3"']
)
def test_a_status_that_is_missing_or_spoilt_says_nothing(text: str | None) -> None:
    assert not network_status(text)


def test_a_spoilt_status_is_not_the_same_as_an_empty_one() -> None:
    assert network_status("[1]") is None
    assert network_status(json.dumps([])) == {}
