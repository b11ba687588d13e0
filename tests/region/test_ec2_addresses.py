"""Which addresses of a subnet may be given out. Sources: VPC User Guide, "Subnet sizing", "CIDR reservations"."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.ec2.exceptions import EC2ClientError

from local.ec2.addresses import Block, Reservation

SUBNET = ip_network("10.0.0.0/24")


def code(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.code)


def test_the_first_four_and_the_last_address_are_never_given() -> None:
    given_out = Block(SUBNET).next_addresses(251)
    assert given_out[0] == ip_address("10.0.0.4")
    assert given_out[-1] == ip_address("10.0.0.254")
    with pytest.raises(EC2ClientError) as error:
        Block(SUBNET).next_addresses(252)
    assert code(error) == "InsufficientFreeAddressesInSubnet"


@pytest.mark.parametrize("address", ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.255"])
def test_a_reserved_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(EC2ClientError, match="reserved address range"):
        Block(SUBNET).check(ip_address(address))


@pytest.mark.parametrize("address", ["10.0.1.4", "9.255.255.255", "2001:db8::4"])
def test_an_address_outside_the_subnet_is_refused(address: str) -> None:
    with pytest.raises(EC2ClientError, match="does not fall within the subnet's address range"):
        Block(SUBNET).check(ip_address(address))


def test_automatic_addresses_come_from_no_reservation() -> None:
    reservations = [
        Reservation(ip_network("10.0.0.0/26"), "explicit"),
        Reservation(ip_network("10.0.0.64/26"), "prefix"),
    ]
    assert Block(SUBNET, [], reservations).next_addresses(1) == [ip_address("10.0.0.128")]


def test_an_address_in_an_explicit_reservation_may_be_named() -> None:
    Block(SUBNET, [], [Reservation(ip_network("10.0.0.64/26"), "explicit")]).check(ip_address("10.0.0.70"))


def test_prefixes_are_aligned_and_keep_off_aws_addresses() -> None:
    assert Block(SUBNET).next_prefixes(2) == [ip_network("10.0.0.16/28"), ip_network("10.0.0.32/28")]
    assert len(Block(SUBNET).next_prefixes(14)) == 14
    with pytest.raises(EC2ClientError) as error:
        Block(SUBNET).next_prefixes(15)
    assert code(error) == "InsufficientCidrBlocks"


def test_prefixes_come_from_prefix_reservations_where_there_are_any() -> None:
    """EKS best practices, prefix mode: a `prefix` reservation is what automatic assignment draws on."""
    block = Block(SUBNET, [], [Reservation(ip_network("10.0.0.128/27"), "prefix")])
    assert block.next_prefixes(2) == [ip_network("10.0.0.128/28"), ip_network("10.0.0.144/28")]
    with pytest.raises(EC2ClientError):
        block.next_prefixes(3)


def test_one_address_in_the_middle_spoils_a_prefix() -> None:
    block = Block(ip_network("10.0.0.0/27"), [ip_address("10.0.0.20")])
    with pytest.raises(EC2ClientError) as error:
        block.next_prefixes(1)
    assert code(error) == "InsufficientCidrBlocks"


def test_free_counts_addresses_prefixes_and_prefix_reservations_once() -> None:
    taken = [ip_address("10.0.0.9"), ip_network("10.0.0.128/28")]
    assert Block(SUBNET).free == 251
    assert Block(SUBNET, taken).free == 251 - 17
    assert Block(SUBNET, taken, [Reservation(ip_network("10.0.0.128/27"), "prefix")]).free == 251 - 33
    assert Block(SUBNET, taken, [Reservation(ip_network("10.0.0.128/27"), "explicit")]).free == 251 - 17


def test_ipv6_prefixes_are_80_long() -> None:
    assert Block(ip_network("2001:db8::/64")).next_prefixes(1) == [ip_network("2001:db8:0:0:1::/80")]
    assert Block(ip_network("2001:db8::/64")).next_addresses(1) == [ip_address("2001:db8::4")]


@settings(max_examples=60, deadline=None)
@given(
    taken=st.sets(st.integers(4, 254), max_size=200),
    reserved=st.sampled_from([None, "10.0.0.64/27", "10.0.0.0/26"]),
    kind=st.sampled_from(["prefix", "explicit"]),
    count=st.integers(0, 12),
)
def test_nothing_is_given_twice(taken: set[int], reserved: str | None, kind: Any, count: int) -> None:
    """Whatever is taken already, what is given is free, in the subnet, in no reservation, and as many as asked."""
    used = [SUBNET[number] for number in taken]
    reservations = [Reservation(ip_network(reserved), kind)] if reserved else []
    aside = set(ip_network(reserved)) if reserved else set()
    free = set(SUBNET) - {SUBNET[n] for n in (0, 1, 2, 3, 255)} - set(used) - aside
    block = Block(SUBNET, used, reservations)
    if count > len(free):
        with pytest.raises(EC2ClientError):
            block.next_addresses(count)
    else:
        given_out = block.next_addresses(count)
        assert len(set(given_out)) == count
        assert set(given_out) <= free
