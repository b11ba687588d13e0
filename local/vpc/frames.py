"""Ethernet frames as the fabric reads and writes them: IPv4, IPv6, ARP (RFC 826) and neighbour discovery (RFC 4861)."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, Literal

type Address = IPv4Address | IPv6Address
type Kind = Literal["ip", "who-has", "routers", "noise"]

ALL_NODES: Final = IPv6Address("ff02::1")
UNSPECIFIED: Final = IPv6Address("::")

_ARP, _IPV4, _IPV6 = 0x0806, 0x0800, 0x86DD
_ICMPV6 = 58
_ROUTER_SOLICITATION, _ROUTER_ADVERTISEMENT, _SOLICITATION, _ADVERTISEMENT = 133, 134, 135, 136


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame is for.

    `ip`: a packet from `source` to `destination`. `who-has`: ARP or a neighbour solicitation of `source` for
    `destination`. `routers`: a router solicitation. `noise`: what nobody on a VPC answers.
    """

    kind: Kind
    to_mac: bytes
    from_mac: bytes
    source: Address
    destination: Address
    raw: bytes

    @property
    def for_many(self) -> bool:
        """Broadcast or multicast: the first bit on the wire."""
        return bool(self.to_mac[0] & 1)

    def readdressed(self, to_mac: bytes, from_mac: bytes) -> bytes:
        """The same packet in a frame between others."""
        return to_mac + from_mac + self.raw[12:]

    @property
    def text(self) -> str:
        return f"{self.kind} {self.source} > {self.destination}"


def parse(raw: bytes) -> Frame | None:
    """None for what is neither IP nor ARP, or cut off."""
    to_mac, from_mac, (kind,) = raw[:6], raw[6:12], struct.unpack_from("!H", raw.ljust(14, b"\0"), 12)
    if kind == _ARP and len(raw) >= 42:
        (operation,) = struct.unpack_from("!H", raw, 20)
        sender, target = IPv4Address(raw[28:32]), IPv4Address(raw[38:42])
        return Frame("who-has" if operation == 1 else "noise", to_mac, from_mac, sender, target, raw)
    if kind == _IPV4 and len(raw) >= 34:
        return Frame("ip", to_mac, from_mac, ip_address(raw[26:30]), ip_address(raw[30:34]), raw)
    if kind == _IPV6 and len(raw) >= 54:
        source, destination = IPv6Address(raw[22:38]), IPv6Address(raw[38:54])
        message = raw[54] if raw[20] == _ICMPV6 and len(raw) > 54 else 0
        if message == _SOLICITATION and len(raw) >= 78:
            return Frame("who-has", to_mac, from_mac, source, IPv6Address(raw[62:78]), raw)
        if message == _ROUTER_SOLICITATION:
            return Frame("routers", to_mac, from_mac, source, destination, raw)
        noise = message in (_ROUTER_ADVERTISEMENT, _ADVERTISEMENT)
        return Frame("noise" if noise else "ip", to_mac, from_mac, source, destination, raw)
    return None


def is_at(question: Frame, mac: bytes, *, router: bool) -> bytes:
    """The answer to a `who-has`: its address is at `mac`."""
    if isinstance(question.destination, IPv4Address):
        header = struct.pack("!HHHBBH", _ARP, 1, _IPV4, 6, 4, 2)
        answer = mac + question.destination.packed + question.from_mac + question.source.packed
        return question.from_mac + mac + header + answer
    asked_by_nobody = question.source == UNSPECIFIED  # duplicate address detection, RFC 4862
    flags = (0x80 if router else 0) | (0 if asked_by_nobody else 0x40) | 0x20
    body = struct.pack("!BBHI", _ADVERTISEMENT, 0, 0, flags << 24) + question.destination.packed + b"\x02\x01" + mac
    to = ALL_NODES if asked_by_nobody else question.source
    return question.from_mac + mac + _icmpv6(question.destination, to, body)


def advertisement(question: Frame, mac: bytes, router: IPv6Address) -> bytes:
    """The answer to a `routers`: a default router that has addresses given out by DHCP (the M flag), no prefix."""
    lifetime = 1800
    body = struct.pack("!BBHBBHII", _ROUTER_ADVERTISEMENT, 0, 0, 64, 0x80, lifetime, 0, 0) + b"\x01\x01" + mac
    to = ALL_NODES if question.source == UNSPECIFIED else question.source
    return question.from_mac + mac + _icmpv6(router, to, body)


def _icmpv6(source: IPv6Address, destination: Address, body: bytes) -> bytes:
    pseudo = source.packed + destination.packed + struct.pack("!II", len(body), _ICMPV6)
    checked = body[:2] + struct.pack("!H", _checksum(pseudo + body)) + body[4:]
    header = struct.pack("!HIHBB", _IPV6, 6 << 28, len(checked), _ICMPV6, 255)
    return header + source.packed + destination.packed + checked


def _checksum(data: bytes) -> int:
    """RFC 1071; `data` has its checksum field at zero."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
