"""Advice on where pods' addresses come from: custom networking with its CIDR blocks, and enhanced subnet discovery.

With custom networking the primary interface carries no pods ("Deploy Pods in alternate subnets with custom networking",
EKS User Guide); with discovery other subnets of the zone carry interfaces once they are tagged
(amazon-vpc-cni-k8s, README, ENABLE_SUBNET_DISCOVERY).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from nodenet.capacity.advice import advise
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import ExtraNetwork, Fleet, Subnet, Target
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import Advice
from tests.unit.capacity.advised import advice, cni, fleet, group, only

FIFTEEN = group("web", "m5.large", {15: 40})
"""18 pods find addresses on an m5.large with custom networking, 27 without."""

CUSTOM = cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=True)


def blocks(found: Advice) -> dict[str, list[IPv4Network]]:
    """The pods' subnets that the sentence names, by zone, and under `vpc` the VPC's blocks."""
    subnets, _, vpc = found.sentence.partition(". Add ")
    named: dict[str, list[IPv4Network]] = {"vpc": [IPv4Network(each) for each in re.findall(r"[\d.]+/\d+", vpc)]}
    for each, zone in re.findall(r"([\d./]+\d) in (\w+)", subnets):
        named.setdefault(zone, []).append(IPv4Network(each))
    return named


def with_blocks(one: Fleet, found: Advice, *, smaller: int = 0) -> Fleet:
    """The fleet with custom networking in these subnets, each of half the size so many times."""
    made = [
        Subnet(f"{zone}-{number}", zone, each.prefixlen + smaller)
        for zone, subnets in blocks(found).items()
        if zone != "vpc"
        for number, each in enumerate(subnets)
    ]
    configs = {zone: tuple(each.name for each in made if each.zone == zone) for zone in {each.zone for each in made}}
    return replace(
        one,
        subnets=(*one.subnets, *made),
        cni=replace(one.cni, custom_networking=True),
        eni_configs=configs,
    )


def tight(one: Fleet, names: Sequence[str] = ()) -> set[str]:
    uses = place(one).subnets
    return {use.name for use in uses if use.left < one.headroom * use.usable and (not names or use.name in names)}


# ---- custom networking


def test_custom_networking_leaves_one_address_for_each_node_and_says_what_it_costs() -> None:
    """Fifteen pods with WARM_ENI_TARGET 1 have three ENIs of ten addresses; then one address of the primary ENI, and
    two ENIs with pods."""
    short = fleet(FIFTEEN, length=23)
    found = only(short, "custom networking")
    assert "Frees 1,160 addresses of today's subnets" in found.sentence
    assert "m5.large from 29 to 20" in found.sentence
    assert found.settings == {
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
        "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
    }
    then = with_blocks(short, only(short, "pod CIDR"))
    assert found.saves == sum(use.taken for use in place(short).subnets) - sum(use.taken for use in place(then).subnets)
    assert {use.name: use.taken for use in place(then).subnets}["n"] == 40


def test_pods_fit_in_the_blocks_with_headroom_and_in_none_of_half_the_size() -> None:
    zones = tuple(Subnet(name, zone, 24) for name, zone in (("n", "a"), ("m", "b"), ("o", "c")))
    short = Fleet(zones, (group("web", "m5.large", {15: 60}, subnets="nmo"),), cni())
    found = only(short, "pod CIDR")
    named = blocks(found)
    assert named.keys() == {"a", "b", "c", "vpc"}
    assert not tight(with_blocks(short, found))
    halved = with_blocks(short, found, smaller=1)
    assert tight(halved) == {"a-0", "b-0", "c-0"}
    assert all(any(subnet.subnet_of(block) for block in named["vpc"]) for each in named.values() for subnet in each)


def test_the_subnets_come_before_the_switch() -> None:
    """A node that starts without its ENIConfig has no addresses for pods."""
    short = fleet(FIFTEEN, length=23)
    kinds = [each.kind for each in advise(short, place(short))]
    assert kinds.index("custom networking") - kinds.index("pod CIDR") == 1


def test_blocks_keep_clear_of_the_vpc_and_of_the_quota() -> None:
    vpc = (IPv4Network("10.0.0.0/16"), IPv4Network("100.64.0.0/16"))
    found = only(fleet(FIFTEEN, length=23, vpc=vpc), "pod CIDR")
    assert blocks(found)["vpc"] == [IPv4Network("100.65.0.0/22")]
    assert "quota" not in found.sentence
    full = (*vpc, *(IPv4Network(f"10.{number}.0.0/16") for number in range(2, 5)))
    assert "quota" not in only(fleet(FIFTEEN, length=23, vpc=full[:4]), "pod CIDR").sentence
    assert (
        "The VPC then has 6 blocks: have its quota of 5 raised"
        in only(fleet(FIFTEEN, length=23, vpc=full), "pod CIDR").sentence
    )


def test_without_a_free_range_the_lengths_are_told_and_that_none_is_free() -> None:
    full = (IPv4Network("192.168.0.0/16"), IPv4Network("100.64.0.0/10"))
    found = only(fleet(FIFTEEN, length=23, vpc=full), "pod CIDR")
    assert "with 20% of each free: /22 in a. Add /22 to the VPC" in found.sentence
    assert "Nothing so large is free in the ranges that the VPC may take" in found.sentence


def test_more_than_the_quota_of_network_address_units_is_told() -> None:
    """1,500 nodes with two ENIs of thirty addresses: 90,000, and one for each node."""
    large = fleet(group("large", "m5.4xlarge", {20: 1500}), length=16)
    assert "91,500 network address units: have its quota of 64,000 raised" in only(large, "pod CIDR").sentence
    assert "units" not in only(fleet(FIFTEEN, length=23), "pod CIDR").sentence


def test_a_prefix_is_one_network_address_unit() -> None:
    """ "Network Address Usage for your VPC", VPC User Guide: two ENIs and three prefixes on each of 16,000 nodes."""
    many = group("many", "m5.4xlarge", {20: 16_000})
    found = only(fleet(many, length=16, cni=cni(ENABLE_PREFIX_DELEGATION=True)), "pod CIDR")
    assert "counts 80,000 network address units" in found.sentence


def test_pods_that_would_lose_their_place_bring_prefixes_along() -> None:
    """Twenty pods are two more than an m5.large has addresses for without its primary interface."""
    short = fleet(group("web", "m5.large", {20: 40}), length=23)
    found = only(short, "custom networking")
    assert "Prefixes come with it" in found.sentence
    assert found.settings is not None
    assert found.settings["ENABLE_PREFIX_DELEGATION"] == "true"
    there = with_blocks(short, only(short, "pod CIDR"))
    assert any(each.where == "web" for each in place(there).shortages)
    assert not place(replace(there, cni=replace(there.cni, prefix_delegation=True))).shortages


def test_no_custom_networking_where_pods_would_lose_their_place_for_good() -> None:
    """m4.large takes no prefixes."""
    short = fleet(group("old", "m4.large", {20: 40}), length=23)
    assert place(short).shortages
    assert not advice(short, "custom networking")
    assert not advice(short, "pod CIDR")


def test_no_custom_networking_where_subnets_have_room() -> None:
    assert not advice(fleet(FIFTEEN, length=18), "custom networking")


def test_custom_networking_that_is_on_is_told_its_blocks_only_where_they_are_short() -> None:
    def on(length: int) -> Fleet:
        subnets = (Subnet("n", "a", 24), Subnet("p", "a", length))
        return Fleet(subnets, (FIFTEEN,), CUSTOM, eni_configs={"a": ("p",)})

    short = on(24)
    found = only(short, "pod CIDR")
    assert place(short).shortages
    assert advise(short, place(short))[0] == found
    assert found.sentence.endswith("That ends the shortage")
    assert not advice(short, "custom networking")
    assert not tight(with_blocks(replace(short, subnets=short.subnets[:1], eni_configs={}), found))
    assert not advice(on(20), "pod CIDR")


def test_blocks_for_prefixes_leave_out_the_first_and_the_last_28_of_a_subnet() -> None:
    """Five nodes with three prefixes each on an ENI: 245 addresses, which a /24 has, but fifteen blocks, of which it
    has fourteen."""
    settings = cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=True, ENABLE_PREFIX_DELEGATION=True)
    subnets = (Subnet("n", "a", 24), Subnet("p", "a", 26))
    dense = Fleet(subnets, (group("web", "m5.large", {30: 5}),), settings, eni_configs={"a": ("p",)}, headroom=0)
    assert {use.name: use.taken for use in place(dense).subnets}["p"] == 245
    assert blocks(only(dense, "pod CIDR"))["a"] == [IPv4Network("100.64.0.0/23")]


def test_a_migration_to_custom_networking_is_told_the_blocks_that_its_surge_needs() -> None:
    going = Fleet(
        subnets=(Subnet("n", "a", 20), Subnet("p", "a", 26)),
        groups=(replace(FIFTEEN, surge=40),),
        cni=cni(),
        target=Target(CUSTOM, {"a": ("p",)}),
    )
    found = only(going, "pod CIDR")
    assert not advice(going, "custom networking")
    (subnet,) = blocks(found)["a"]
    roomy = replace(going, subnets=(going.subnets[0], Subnet("p", "a", subnet.prefixlen)))
    assert not tight(roomy)
    assert tight(replace(going, subnets=(going.subnets[0], Subnet("p", "a", subnet.prefixlen + 1)))) == {"p"}


def test_a_migration_elsewhere_can_be_advised_custom_networking_too() -> None:
    prefixes = Target(cni(ENABLE_PREFIX_DELEGATION=True), {})
    going = fleet(replace(FIFTEEN, surge=10), length=23, target=prefixes)
    assert only(going, "custom networking").saves


# ---- subnet discovery


def helped(*others: Subnet, **changes: Any) -> Fleet:
    return fleet(FIFTEEN, subnets=(Subnet("n", "a", 22), *others), **changes)


def test_what_pods_take_that_find_addresses_at_last_is_told() -> None:
    """m5.large in a subnet that is tagged 0 have no subnet for further interfaces, until another is tagged."""
    closed = (Subnet("n", "a", 26, used=10, cni=False), Subnet("m", "a", 21))
    found = only(fleet(FIFTEEN, subnets=closed), "subnet discovery")
    assert found.saves < 0
    assert f"Takes {-found.saves:,} addresses more" in found.sentence
    assert "That ends the shortage" in found.sentence or "What is missing falls" in found.sentence


def test_an_untagged_subnet_of_the_zone_is_named() -> None:
    short = helped(Subnet("m", "a", 21))
    found = only(short, "subnet discovery")
    assert found.sentence.startswith("Tag m with kubernetes.io/role/cni=1")
    assert found.settings is None
    tagged = replace(short, subnets=(short.subnets[0], replace(short.subnets[1], cni=True)))
    assert tight(short) == {"n"}
    assert not tight(tagged)


def test_as_few_subnets_as_do_are_named_the_roomiest_first() -> None:
    found = only(
        helped(Subnet("small", "a", 26), Subnet("large", "a", 20), Subnet("other", "a", 21)), "subnet discovery"
    )
    assert found.sentence.startswith("Tag large with")


@pytest.mark.parametrize(
    "unfit",
    [
        Subnet("m", "b", 20),
        Subnet("m", "a", 20, cni=False),
        Subnet("m", "a", 20, cni=True, used=4000),
        Subnet("m", "a", 24, used=240),
    ],
    ids=["another zone", "tagged 0", "tagged already", "full itself"],
)
def test_subnets_that_cannot_help_are_not_named(unfit: Subnet) -> None:
    assert not advice(helped(unfit), "subnet discovery")


def test_subnets_of_extra_networks_and_of_eniconfigs_are_left_alone() -> None:
    network = ExtraNetwork("n3", {"a": "m"})
    assert not advice(helped(Subnet("m", "a", 20), networks=(network,)), "subnet discovery")
    assert not advice(helped(Subnet("m", "a", 20), eni_configs={"a": ("m",)}), "subnet discovery")


def test_discovery_that_is_off_is_switched_on() -> None:
    off = helped(Subnet("m", "a", 20, cni=True), cni=cni(ENABLE_SUBNET_DISCOVERY=False))
    found = only(off, "subnet discovery")
    assert found.settings == {"ENABLE_SUBNET_DISCOVERY": "true"}
    assert found.sentence.startswith("Set ENABLE_SUBNET_DISCOVERY=true")


def test_custom_networking_chooses_its_subnets_without_discovery() -> None:
    on = helped(Subnet("m", "a", 20), Subnet("p", "a", 20), cni=CUSTOM, eni_configs={"a": ("p",)})
    assert not advice(on, "subnet discovery")


def test_settings_without_defaults_are_advised_like_others() -> None:
    assert only(helped(Subnet("m", "a", 21), cni=CniSettings()), "subnet discovery")


def test_a_migration_that_would_switch_discovery_off_is_told_to_leave_it_on() -> None:
    """The what-if has it on for the nodes that come as well: what is counted is said."""
    one = helped(Subnet("m", "a", 20, cni=True), target=Target(cni(ENABLE_SUBNET_DISCOVERY=False), {}))
    one = replace(one, groups=tuple(replace(each, surge=each.nodes) for each in one.groups))
    found = only(one, "subnet discovery")
    assert found.settings == {"ENABLE_SUBNET_DISCOVERY": "true"}
    assert "Set ENABLE_SUBNET_DISCOVERY=true" in found.sentence
