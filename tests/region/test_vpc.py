"""The fabric's rules, without a packet: whom a VPC answers, what it carries, what it drops and why."""

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from local.vpc.frames import Frame, parse
from local.vpc.rules import ROUTER_IPV6, ROUTER_MAC, Answered, Delivered, Dropped, Port, Vpc, beyond

A, B, STRANGER = (bytes.fromhex(f"0a000000000{n}") for n in "123")
OUTSIDE = bytes.fromhex("0aec20000002")


def port(name: str, mac: bytes, subnet: str, *held: str, checked: bool = True) -> Port:
    addresses = frozenset(ip_address(each) for each in held if "/" not in each)
    return Port(name, mac, subnet, checked, addresses, tuple(ip_network(each) for each in held if "/" in each))


def vpc(checked: bool = True) -> Vpc:
    here = port("a", A, "one", "10.0.4.5", "10.0.4.32/28", "2001:db8:0:4:1::/80", checked=checked)
    there = port("b", B, "two", "10.0.5.5", "2001:db8:0:5:1::/80")
    subnets = {"one": ("10.0.4.0/24", "2001:db8:0:4::/64"), "two": ("10.0.5.0/24", "2001:db8:0:5::/64")}
    networks = {name: [ip_network(each) for each in blocks] for name, blocks in subnets.items()}
    return Vpc([here, there, beyond(["10.8.0.0/16"], OUTSIDE)], networks)


def packet(source: str, destination: str, to_mac: bytes = ROUTER_MAC, from_mac: bytes = A) -> Frame:
    first, second = ip_address(source), ip_address(destination)
    if first.version == 4:
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20, 0, 0, 64, 17, 0)
        raw = to_mac + from_mac + b"\x08\x00" + header + first.packed + second.packed
    else:
        raw = to_mac + from_mac + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, 0, 17, 64) + first.packed + second.packed
    frame = parse(raw)
    assert frame
    return frame


def arp(asked: str, sender: str = "10.0.4.5") -> Frame:
    head = b"\xff" * 6 + A + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
    frame = parse(head + A + IPv4Address(sender).packed + b"\0" * 6 + IPv4Address(asked).packed)
    assert frame
    return frame


def solicitation(asked: str, sender: str = "2001:db8:0:4:1::1") -> Frame:
    body = struct.pack("!BBHI", 135, 0, 0, 0) + IPv6Address(asked).packed
    head = b"\x33\x33\xff\x00\x00\x01" + A + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(body), 58, 255)
    frame = parse(head + IPv6Address(sender).packed + IPv6Address("ff02::1:ff00:1").packed + body)
    assert frame
    return frame


@pytest.mark.parametrize("source", ["10.0.4.5", "10.0.4.47", "2001:db8:0:4:1:ffff:ffff:ffff"])
def test_a_registered_source_gets_through_the_router(source: str) -> None:
    target = "10.0.5.5" if "." in source else "2001:db8:0:5:1::7"
    verdict = vpc().verdict("a", packet(source, target))
    assert isinstance(verdict, Delivered)
    assert (verdict.port, verdict.frame[:6], verdict.frame[6:12]) == ("b", B, ROUTER_MAC)


@pytest.mark.parametrize("source", ["10.0.4.48", "10.0.5.5", "2001:db8:0:4:2::1", "fe80::1"])
def test_a_source_that_is_not_registered_on_the_interface_is_dropped(source: str) -> None:
    target = "10.0.5.5" if "." in source else "2001:db8:0:5:1::7"
    assert vpc().verdict("a", packet(source, target)) == Dropped(f"source {source} is not registered on a")


def test_without_the_check_any_source_gets_out_and_any_destination_in() -> None:
    assert isinstance(vpc(checked=False).verdict("a", packet("10.0.4.200", "10.0.5.5")), Delivered)


@pytest.mark.parametrize(
    ("destination", "reason"),
    [("10.0.5.6", "nobody has 10.0.5.6"), ("10.9.0.1", "no route to 10.9.0.1"), ("8.8.8.8", "no route to 8.8.8.8")],
)
def test_what_is_registered_nowhere_has_no_way(destination: str, reason: str) -> None:
    assert vpc().verdict("a", packet("10.0.4.5", destination)) == Dropped(reason)


def test_what_lies_beyond_the_gateway_has_a_way_there_and_back() -> None:
    there = vpc().verdict("a", packet("10.0.4.5", "10.8.0.5"))
    assert isinstance(there, Delivered)
    assert there.port == "beyond"
    back = vpc().verdict("beyond", packet("10.8.0.5", "10.0.4.33", from_mac=OUTSIDE))
    assert isinstance(back, Delivered)
    assert back.port == "a"


def test_one_mac_for_each_interface() -> None:
    dropped = vpc().verdict("a", packet("10.0.4.5", "10.0.5.5", from_mac=STRANGER))
    assert dropped == Dropped("0a:00:00:00:00:03 is not the MAC of a")


def test_an_interface_that_is_detached_sends_nothing() -> None:
    assert vpc().verdict("gone", packet("10.0.4.5", "10.0.5.5")) == Dropped("gone is not attached")


def test_a_mac_of_another_subnet_is_nobodys() -> None:
    verdict = vpc().verdict("a", packet("10.0.4.5", "10.0.5.5", to_mac=B))
    assert verdict == Dropped("no interface of one has the MAC 0a:00:00:00:00:02")


@pytest.mark.parametrize("to_mac", [ROUTER_MAC, A])
def test_an_interface_does_not_get_back_what_it_sent(to_mac: bytes) -> None:
    assert vpc().verdict("a", packet("10.0.4.33", "10.0.4.34", to_mac)) == Dropped("a sent it itself")


@pytest.mark.parametrize("question", [arp("10.0.4.1"), solicitation("fe80:ec2::1"), solicitation(str(ROUTER_IPV6[0]))])
def test_the_router_answers_for_itself(question: Frame) -> None:
    verdict = vpc().verdict("a", question)
    assert isinstance(verdict, Answered)
    assert verdict.frame[:12] == A + ROUTER_MAC


@pytest.mark.parametrize("question", [arp("10.0.4.40"), arp("10.0.5.5"), solicitation("2001:db8:0:5:1::1")])
def test_nobody_answers_for_the_askers_own_nor_for_other_subnets(question: Frame) -> None:
    assert isinstance(vpc().verdict("a", question), Dropped)


def test_a_neighbour_advertisement_has_a_right_checksum() -> None:
    verdict = vpc().verdict("a", solicitation("fe80:ec2::1"))
    assert isinstance(verdict, Answered)
    packet_ = verdict.frame[14:]
    body = packet_[40:]
    words = struct.unpack(f"!{(32 + 8 + len(body)) // 2}H", packet_[8:40] + struct.pack("!II", len(body), 58) + body)
    assert sum(words) % 0xFFFF == 0


def test_no_multicast() -> None:
    verdict = vpc().verdict("a", packet("10.0.4.5", "224.0.0.1", to_mac=bytes.fromhex("01005e000001")))
    assert isinstance(verdict, Dropped)
