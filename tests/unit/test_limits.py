"""The table of limits per instance type, and EC2's own word on a type."""

import gzip
import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from nodenet.limits import (
    TABLE,
    InstanceLimits,
    NetworkCard,
    as_the_cni_has_them,
    from_ec2,
    shipped,
    shipped_types,
)


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """DescribeInstanceTypes of all public regions, as moto brings it."""
    packed = files("moto").joinpath("ec2/resources/instance_types.json.gz").read_bytes()
    by_type: dict[str, Any] = json.loads(gzip.decompress(packed))
    return by_type


def test_every_described_type_is_in_the_table_with_what_ec2_says_of_it(described: dict[str, Any]) -> None:
    """A newer moto fails here until scripts/instance_limits.py has made the table anew."""
    assert {name: without_branches(name) for name in described} == {
        name: from_ec2(item) for name, item in described.items()
    }


def without_branches(instance_type: str) -> InstanceLimits | None:
    """What EC2 says of it."""
    limits = shipped(instance_type)
    return limits and replace(limits, branch_interfaces=None)


# EC2 User Guide, "IP addresses per network interface" and "Network cards".
@pytest.mark.parametrize(
    ("instance_type", "cards", "ipv4", "nitro", "vcpus"),
    [
        ("t3.nano", [2], 2, True, 2),
        ("m5.large", [3], 10, True, 2),
        ("m5.xlarge", [4], 15, True, 4),
        ("c5n.18xlarge", [15], 50, True, 72),
        ("m4.large", [2], 10, False, 2),
        ("m5.metal", [15], 50, True, 96),
        ("p4d.24xlarge", [15] * 4, 50, True, 96),
        ("c6in.32xlarge", [8, 8], 50, True, 128),
        ("p5.48xlarge", [2] * 32, 50, True, 192),
    ],
)
def test_published_limits(instance_type: str, cards: list[int], ipv4: int, nitro: bool, vcpus: int) -> None:
    limits = shipped(instance_type)
    assert limits is not None
    assert [card.maximum_interfaces for card in limits.cards] == cards
    assert (limits.ipv4_per_interface, limits.nitro, limits.vcpus) == (ipv4, nitro, vcpus)
    assert limits.maximum_interfaces == sum(cards)


# amazon-vpc-cni-k8s, misc/eni-max-pods.txt: interfaces of the default card * (addresses per interface - 1) + 2.
@pytest.mark.parametrize(
    ("instance_type", "max_pods"),
    [
        ("a1.medium", 8),
        ("c1.medium", 12),
        ("bmn-sf1.metal", 737),
        ("m5.large", 29),
        ("p3.2xlarge", 58),
        ("p4d.24xlarge", 737),
        ("p5.48xlarge", 100),
        ("t3.nano", 4),
        ("u-6tb1.metal", 147),
    ],
)
def test_max_pods_follow_from_the_default_card(instance_type: str, max_pods: int) -> None:
    limits = shipped(instance_type)
    assert limits is not None
    card = limits.card(limits.default_card)
    assert card is not None
    assert card.maximum_interfaces * (limits.ipv4_per_interface - 1) + 2 == max_pods


# EKS User Guide, "Security groups for Pods": trunks are for most Nitro types, none of family t; each type's number in
# amazon-vpc-resource-controller-k8s b8d42511, pkg/aws/vpc/limits.go.
@pytest.mark.parametrize(
    ("instance_type", "branches"),
    [
        ("m5.large", 9),
        ("m5.xlarge", 18),
        ("c5.4xlarge", 54),
        ("m5.24xlarge", 107),
        ("p5.48xlarge", 120),
        ("t3.large", 0),
        ("m4.large", 0),
        # Not in the file.
        ("c5a.metal", None),
        ("hpc7g.16xlarge", None),
    ],
)
def test_branch_interfaces_are_the_resource_controllers(instance_type: str, branches: int | None) -> None:
    limits = shipped(instance_type)
    assert limits is not None
    assert limits.branch_interfaces == branches


def test_of_most_types_it_is_known_how_many_branch_interfaces_they_take() -> None:
    known = [limits.branch_interfaces for name in shipped_types() if (limits := shipped(name))]
    assert (len(known) - known.count(None), known.count(0)) == (1164, 104)


def test_the_vpc_cni_differs_on_four_types_that_ec2_has_since_given_a_second_card() -> None:
    """Where they disagree EC2 is believed: a device index beyond the card's limit cannot be attached."""
    differs = json.loads(TABLE.read_text())["vpcCniDiffers"]
    assert {name: theirs["cards"] for name, theirs in differs.items()} == {
        "i7ie.48xlarge": [15],
        "i7ie.metal-48xl": [15],
        "i8ge.48xlarge": [24],
        "i8ge.metal-48xl": [24],
    }
    for name, theirs in differs.items():
        ours = shipped(name)
        assert ours is not None
        assert len(ours.cards) == 2
        assert ours.maximum_interfaces == sum(theirs["cards"])
        assert as_the_cni_has_them(name) == replace(ours, cards=(NetworkCard(0, ours.maximum_interfaces),))


def test_on_every_other_type_the_vpc_cni_has_ec2s_limits() -> None:
    differs = json.loads(TABLE.read_text())["vpcCniDiffers"].keys()
    assert {name for name in shipped_types() if as_the_cni_has_them(name) != shipped(name)} == differs
    assert as_the_cni_has_them("m99.large") is None


def test_types_that_only_the_vpc_cni_knows_say_what_is_not_known_of_them() -> None:
    limits = shipped("c5a.metal")
    assert limits == InstanceLimits(
        instance_type="c5a.metal",
        cards=(NetworkCard(0, 15),),
        ipv4_per_interface=50,
        ipv6_per_interface=0,
        default_card=0,
        nitro=True,
        architectures=(),
        vcpus=None,
    )


def test_an_unknown_type_is_none() -> None:
    assert shipped("m99.large") is None


def test_a_card_is_found_by_its_index() -> None:
    limits = shipped("c6in.32xlarge")
    assert limits is not None
    assert limits.card(1) == NetworkCard(1, 8)
    assert limits.card(2) is None


def test_from_ec2_sorts_cards_and_counts_no_ipv6_where_it_is_not_supported(described: dict[str, Any]) -> None:
    item = json.loads(json.dumps(described["c6in.32xlarge"]))
    item["NetworkInfo"]["NetworkCards"].reverse()
    item["NetworkInfo"]["Ipv6Supported"] = False
    limits = from_ec2(item)
    assert [card.index for card in limits.cards] == [0, 1]
    assert limits.ipv6_per_interface == 0


def test_from_ec2_takes_bare_metal_for_nitro_though_it_has_no_hypervisor(described: dict[str, Any]) -> None:
    """amazon-vpc-cni-k8s, IsPrefixDelegationSupported."""
    assert "Hypervisor" not in described["m5.metal"]
    assert from_ec2(described["m5.metal"]).nitro
    assert not from_ec2(described["m4.large"]).nitro


def test_the_table_is_small_and_says_where_it_comes_from() -> None:
    """It is read at cold start."""
    assert TABLE.stat().st_size < 100_000
    head = json.loads(TABLE.read_text())
    assert head["made"]
    assert len(head["sources"]) == 4
    assert len(shipped_types()) > 1390
