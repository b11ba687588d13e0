"""Ranges of addresses: reading and writing them, and what lies in them."""

from ipaddress import IPv4Address, IPv6Address, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodenet.ranges import PREFIX_LENGTH, PREFIX_SIZE, Address, AddressRange, merged

BASE: dict[int, Address] = {4: IPv4Address("10.0.0.0"), 6: IPv6Address("2001:db8::")}


@st.composite
def ranges(draw: st.DrawFn, size: int = 300, step: int = 1, versions: tuple[int, ...] = (4, 6)) -> AddressRange:
    """Ranges of few addresses near each other, in steps."""
    base = BASE[draw(st.sampled_from(versions))]
    first = draw(st.integers(0, size)) * step
    last = first + draw(st.integers(0, size)) * step + step - 1
    return AddressRange(base + first, base + last)


def numbers(each: AddressRange) -> set[tuple[int, int]]:
    return {(each.version, int(address)) for address in each.addresses}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10.0.4.32-10.0.4.223", "10.0.4.32", "10.0.4.223"),
        (" 10.0.4.32 - 10.0.4.33 ", "10.0.4.32", "10.0.4.33"),
        ("10.0.4.32/27", "10.0.4.32", "10.0.4.63"),
        ("10.0.4.32", "10.0.4.32", "10.0.4.32"),
        ("2001:db8:0:4:1::/80", "2001:db8:0:4:1::", "2001:db8:0:4:1:ffff:ffff:ffff"),
        ("2001:DB8::1-2001:db8::0:2", "2001:db8::1", "2001:db8::2"),
    ],
)
def test_a_range_is_read(text: str, first: str, last: str) -> None:
    found = AddressRange.parse(text)
    assert (str(found.first), str(found.last)) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "-", "x", "10.0.4.33/27", "10.0.4.9-10.0.4.8", "10.0.4.9-2001:db8::", "10.0.4.0/28-10.0.4.16/28"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        AddressRange.parse(text)


@given(ranges())
def test_a_range_is_read_as_it_is_written(each: AddressRange) -> None:
    assert AddressRange.parse(str(each)) == each


@given(ranges())
def test_size_addresses_and_blocks_say_the_same(each: AddressRange) -> None:
    listed = list(each.addresses)
    assert (len(listed), listed[0], listed[-1]) == (each.size, each.first, each.last)
    assert [address for block in each.cidrs for address in block] == listed


@given(ranges(size=40, step=4, versions=(4,)))
def test_prefixes_are_the_whole_range_or_none(each: AddressRange) -> None:
    """EC2 User Guide, "Assigning prefixes to network interfaces": a /28 begins at a multiple of 16."""
    whole = int(each.first) % 16 == 0 and each.size % 16 == 0
    assert bool(each.prefixes) is whole
    if whole:
        assert all(prefix.prefixlen == PREFIX_LENGTH[4] for prefix in each.prefixes)
        assert [address for prefix in each.prefixes for address in prefix] == list(each.addresses)


@given(ranges(size=40, step=PREFIX_SIZE[6], versions=(6,)))
def test_a_range_of_whole_ipv6_prefixes_is_made_of_them(each: AddressRange) -> None:
    assert len(each.prefixes) == each.size // PREFIX_SIZE[6]
    assert merged(AddressRange.of(prefix) for prefix in each.prefixes) == (each,)
    assert AddressRange(each.first, each.last - 1).prefixes == ()


@given(ranges(), st.integers(0, 6).map(lambda power: 1 << power))
def test_slices_are_all_the_aligned_ones_within(each: AddressRange, size: int) -> None:
    found = list(each.slices(size))
    aligned = [
        start
        for start in range(int(each.first), int(each.last) + 1)
        if start % size == 0 and start + size - 1 <= int(each.last)
    ]
    assert [int(one.first) for one in found] == aligned
    assert all(one.size == size and one in each for one in found)
    assert all(not one.overlaps(other) for one, other in pairwise(found))


def test_slices_of_a_vast_range_are_made_one_by_one() -> None:
    vast = AddressRange.of(ip_network("2001:db8::/44"))
    assert str(next(vast.slices(PREFIX_SIZE[6]))) == "2001:db8::-2001:db8::ffff:ffff:ffff"


@given(ranges(), ranges())
def test_overlap_and_containment_are_those_of_sets(one: AddressRange, other: AddressRange) -> None:
    assert one.overlaps(other) is bool(numbers(one) & numbers(other))
    assert one.overlaps(other) is other.overlaps(one)
    assert (other in one) is (numbers(other) <= numbers(one))
    assert (other.first in one) is ((other.version, int(other.first)) in numbers(one))


@given(ranges(), ranges())
def test_ranges_are_ordered_by_family_then_place(one: AddressRange, other: AddressRange) -> None:
    assert (one < other) is ((one.version, one.first, one.last) < (other.version, other.first, other.last))


@given(st.lists(ranges(size=60), max_size=8))
def test_merged_ranges_hold_the_same_and_stand_apart(some: list[AddressRange]) -> None:
    found = merged(some)
    assert {number for each in found for number in numbers(each)} == {n for each in some for n in numbers(each)}
    assert list(found) == sorted(found)
    assert all(one.version != other.version or int(one.last) + 1 < int(other.first) for one, other in pairwise(found))


@pytest.mark.parametrize(("text", "family"), [("10.0.4.9", "ipv4"), ("2001:db8::9", "ipv6")])
def test_a_single_address_is_written_alone_and_knows_its_family(text: str, family: str) -> None:
    each = AddressRange.parse(text)
    assert (str(each), each.family, each.size) == (text, family, 1)
