"""The smallest blocks for pods: blocks and subnets are /16 to /28, AWS keeps five addresses of each subnet, and which
blocks a VPC may add depends on its primary one (VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks")."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.pod_cidr import _AVOIDED, LARGEST, SHARED, SMALLEST, Need, PodCidr, holds, placed, smallest_cidr

needs = st.builds(Need, st.integers(0, 60_000), st.integers(0, 6_000))
zones = st.dictionaries(st.sampled_from("abcdef"), needs, min_size=1)
headrooms = st.integers(0, 90).map(lambda percent: percent / 100)


def size(length: int) -> int:
    return 1 << (32 - length)


@settings(deadline=None)
@given(zones, headrooms)
def test_each_zone_fits_and_one_size_smaller_does_not(wanted: dict[str, Need], headroom: float) -> None:
    found = smallest_cidr(wanted, headroom)
    assert found.subnets.keys() == {zone for zone, need in wanted.items() if need.total}
    for zone, lengths in found.subnets.items():
        share = Need(-(-wanted[zone].addresses // len(lengths)), -(-wanted[zone].prefixes // len(lengths)))
        assert len(set(lengths)) == 1
        assert LARGEST <= lengths[0] <= SMALLEST
        assert holds(lengths[0], share, headroom)
        assert lengths[0] == SMALLEST or not holds(lengths[0] + 1, share, headroom)


@settings(deadline=None)
@given(zones, headrooms)
def test_a_zone_has_several_subnets_only_where_the_largest_would_not_do(
    wanted: dict[str, Need], headroom: float
) -> None:
    for zone, lengths in smallest_cidr(wanted, headroom).subnets.items():
        if fewer := len(lengths) - 1:
            share = Need(-(-wanted[zone].addresses // fewer), -(-wanted[zone].prefixes // fewer))
            assert not holds(LARGEST, share, headroom)


@settings(deadline=None)
@given(zones, headrooms)
def test_the_blocks_hold_the_subnets_and_half_the_last_block_would_not(
    wanted: dict[str, Need], headroom: float
) -> None:
    found = smallest_cidr(wanted, headroom)
    subnets = sum(size(length) for lengths in found.subnets.values() for length in lengths)
    blocks = sum(size(length) for length in found.blocks)
    assert subnets <= blocks
    if found.blocks:
        assert set(found.blocks[:-1]) <= {LARGEST}
        assert blocks - size(found.blocks[-1]) // 2 < subnets


@settings(deadline=None)
@given(zones, headrooms)
def test_placed_subnets_lie_apart_each_in_a_block_and_none_in_the_vpc(wanted: dict[str, Need], headroom: float) -> None:
    vpc = [IPv4Network("10.0.0.0/16"), IPv4Network("100.64.0.0/17"), IPv4Network("100.66.3.0/24")]
    found = placed(smallest_cidr(wanted, headroom), vpc)
    assert found is not None
    subnets = [subnet for each in found.subnets.values() for subnet in each]
    assert all(any(subnet.subnet_of(block) for block in found.blocks) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))
    assert not any(one.overlaps(other) for one, other in combinations([*found.blocks, *vpc], 2))
    assert all(block.subnet_of(IPv4Network("100.64.0.0/10")) for block in found.blocks)


@given(st.integers(24, 28), st.integers(0, 260), st.integers(0, 16))
def test_a_subnet_holds_what_fits_address_by_address(length: int, addresses: int, prefixes: int) -> None:
    free = set(range(size(length))) - {0, 1, 2, 3, size(length) - 1}
    blocks = [block for first in range(0, size(length), 16) if (block := set(range(first, first + 16))) <= free]
    for block in blocks[:prefixes]:
        free -= block
    fits = prefixes <= len(blocks) and addresses <= len(free)
    assert holds(length, Need(addresses, prefixes), 0) == (fits or addresses + prefixes == 0)


known_blocks = st.builds(
    lambda first, length: IPv4Network((int(SHARED[0]) + (first << 12), length), strict=False),
    st.integers(0, 1023),
    st.integers(10, 20),
)


@settings(deadline=None)
@given(st.integers(16, 20), st.lists(known_blocks, max_size=12))
def test_the_first_aligned_block_that_overlaps_nothing_is_taken(length: int, known: list[IPv4Network]) -> None:
    taken = (*known, *_AVOIDED)
    free = (each for each in SHARED.subnets(new_prefix=length) if not any(each.overlaps(other) for other in taken))
    found = placed(PodCidr({"a": (length,)}, (length,)), (), known)
    assert (found and found.blocks[0]) == next(free, None)


@pytest.mark.parametrize(
    ("need", "headroom", "length"),
    [
        (Need(11), 0, 28),  # 16 addresses, five of them AWS's
        (Need(12), 0, 27),
        (Need(251), 0, 24),
        (Need(252), 0, 23),
        (Need(200), 0.2, 24),  # a fifth of 251 stays free
        (Need(201), 0.2, 23),
        (Need(0, 1), 0, 26),  # of a /27 AWS keeps addresses in both /28s
        (Need(0, 2), 0, 26),
        (Need(27, 14), 0, 24),  # 27 beside AWS's five in the first /28 and the last, 14 between
        (Need(28, 14), 0, 23),
        (Need(28, 13), 0, 24),
    ],
)
def test_where_the_next_size_begins(need: Need, headroom: float, length: int) -> None:
    assert smallest_cidr({"a": need}, headroom).subnets == {"a": (length,)}


def test_what_is_too_much_for_a_16_is_shared_out_evenly() -> None:
    assert smallest_cidr({"a": Need(65_532)}, 0) == PodCidr({"a": (16, 16)}, (16, 16))
    assert smallest_cidr({"a": Need(150_000)}, 0) == PodCidr({"a": (16, 16, 16)}, (16, 16, 16))


def test_three_zones_share_a_block_with_room_for_a_fourth() -> None:
    three = {zone: Need(10_000) for zone in ("a", "b", "c")}
    assert smallest_cidr(three, 0.2) == PodCidr({"a": (18,), "b": (18,), "c": (18,)}, (16,))


def test_nothing_needed_is_no_block() -> None:
    nothing = smallest_cidr({"a": Need(0)}, 0.2)
    assert nothing == PodCidr({}, ())
    assert placed(nothing, ()) is not None


ONE_BLOCK = PodCidr({"a": (17,), "b": (18,)}, (16,))


def test_larger_subnets_come_first_so_that_all_are_aligned() -> None:
    found = placed(PodCidr({"a": (18,), "b": (17,)}, (16,)), ())
    assert found is not None
    assert found.subnets == {"a": (IPv4Network("100.64.128.0/18"),), "b": (IPv4Network("100.64.0.0/17"),)}


def test_what_is_known_elsewhere_is_left_alone() -> None:
    found = placed(ONE_BLOCK, (), known=[IPv4Network("100.64.0.0/15"), IPv4Network("100.66.7.0/28")])
    assert found is not None
    assert found.blocks == (IPv4Network("100.67.0.0/16"),)


# "VPC CIDR blocks", restricted and permitted: beside 10.0.0.0/8 neither 172.16.0.0/12 nor 192.168.0.0/16, beside a
# block in 10.0.0.0/15 no 10.0.0.0/16; beside 172.16.0.0/12 no 172.31.0.0/16; 100.64.0.0/10 beside all.
@pytest.mark.parametrize(
    ("primary", "block"),
    [
        ("10.1.0.0/16", "10.2.0.0/16"),
        ("172.16.0.0/16", "172.18.0.0/16"),
        ("192.168.4.0/22", None),
        ("198.19.0.0/20", None),
        ("44.0.0.0/16", None),
        ("100.64.0.0/16", None),
    ],
)
def test_a_full_shared_space_leaves_the_primary_blocks_own_range(primary: str, block: str | None) -> None:
    full = [IPv4Network("100.64.0.0/10")]
    found = placed(ONE_BLOCK, [IPv4Network(primary)], full)
    assert (found and found.blocks) == (block and (IPv4Network(block),))
