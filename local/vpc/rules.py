"""What a VPC does with a frame, decided by nothing but what EC2 shows: registered addresses, subnets, check flags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from local.vpc.frames import Address, Frame, advertisement, is_at

type Network = IPv4Network | IPv6Network

ROUTER_MAC: Final = bytes.fromhex("0aec20000001")
# "Your VPC router": an EUI-64 link-local address and fe80:ec2::1 ("Subnet route tables", Amazon VPC User Guide).
ROUTER_EUI64: Final = IPv6Address("fe80::8ec:20ff:fe00:1")
ROUTER_IPV6: Final = (ROUTER_EUI64, IPv6Address("fe80:ec2::1"))


@dataclass(frozen=True, slots=True)
class Port:
    """An attached ENI; or, without a subnet, where the networks beyond the VPC's gateway begin."""

    id: str
    mac: bytes
    subnet: str
    checked: bool
    addresses: frozenset[Address]
    prefixes: tuple[Network, ...]

    def holds(self, address: Address) -> bool:
        """Whether the address is registered on it: primary, secondary, or of a prefix."""
        return address in self.addresses or any(address in prefix for prefix in self.prefixes)


@dataclass(frozen=True, slots=True)
class Delivered:
    port: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """The VPC itself answers the asker."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Dropped:
    reason: str


type Verdict = Delivered | Answered | Dropped


class Vpc:
    """One state of EC2. The rules are in `verdict`, in the order in which they hold."""

    def __init__(self, ports: Iterable[Port], subnets: Mapping[str, Iterable[Network]]) -> None:
        self.ports = {port.id: port for port in ports}
        self.subnets = {name: tuple(networks) for name, networks in subnets.items()}

    @classmethod
    def of(cls, snapshot: Mapping[str, Any], beyond: Port | None = None) -> "Vpc":
        """From a snapshot's DescribeNetworkInterfaces and DescribeSubnets. An ENI that is not attached has no port."""
        attached = [each for each in snapshot["NetworkInterfaces"] if each.get("Attachment", {}).get("InstanceId")]
        subnets = {
            each["SubnetId"]: [ip_network(each["CidrBlock"])]
            + [ip_network(block["Ipv6CidrBlock"]) for block in each.get("Ipv6CidrBlockAssociationSet", [])]
            for each in snapshot["Subnets"]
        }
        return cls([*map(_port, attached), *([beyond] if beyond else [])], subnets)

    def verdict(self, port_id: str, frame: Frame) -> Verdict:
        """What becomes of a frame that comes out of a port."""
        port = self.ports.get(port_id)
        if port is None:
            return Dropped(f"{port_id} is not attached")
        if frame.from_mac != port.mac:
            return Dropped(f"{frame.from_mac.hex(':')} is not the MAC of {port.id}")
        if frame.kind == "routers":
            return Answered(advertisement(frame, ROUTER_MAC, ROUTER_EUI64))
        if frame.kind == "who-has":
            return self._resolve(port, frame)
        if frame.for_many or frame.kind == "noise" or frame.destination.is_multicast:
            return Dropped("a VPC carries no multicast and no gossip")
        if port.checked and not port.holds(frame.source):
            return Dropped(f"source {frame.source} is not registered on {port.id}")
        return self._forward(port, frame)

    def _resolve(self, port: Port, frame: Frame) -> Verdict:
        """ARP and neighbour discovery end at the VPC: it answers for what is registered in the asker's subnet."""
        asked = frame.destination
        if not port.subnet or self._is_router(port, asked):
            return Answered(is_at(frame, ROUTER_MAC, router=True))
        if port.holds(asked):
            return Dropped(f"{asked} is the asker's own")
        owner = self._owner(asked)
        if owner is None or owner.subnet != port.subnet:
            return Dropped(f"nobody in {port.subnet} has {asked}")
        return Answered(is_at(frame, owner.mac, router=False))

    def _forward(self, port: Port, frame: Frame) -> Verdict:
        if frame.to_mac == ROUTER_MAC:
            target = self._owner(frame.destination)
            if target is None:
                inside = any(frame.destination in network for networks in self.subnets.values() for network in networks)
                return Dropped(f"{'nobody has' if inside else 'no route to'} {frame.destination}")
            return self._deliver(port, target, frame, ROUTER_MAC)
        for target in self.ports.values():
            if target.mac == frame.to_mac and target.subnet == port.subnet:
                return self._deliver(port, target, frame, port.mac)
        return Dropped(f"no interface of {port.subnet} has the MAC {frame.to_mac.hex(':')}")

    @staticmethod
    def _deliver(port: Port, target: Port, frame: Frame, from_mac: bytes) -> Verdict:
        if target.id == port.id:
            # No document of AWS's says that a packet may come back to where it came from.
            return Dropped(f"{target.id} sent it itself")
        if target.checked and not target.holds(frame.destination):
            return Dropped(f"destination {frame.destination} is not registered on {target.id}")
        return Delivered(target.id, frame.readdressed(target.mac, from_mac))

    def _owner(self, address: Address) -> Port | None:
        return next((port for port in self.ports.values() if port.holds(address)), None)

    def _is_router(self, port: Port, address: Address) -> bool:
        """The base of the subnet's IPv4 block plus one ("Subnet sizing", Amazon VPC User Guide)."""
        if address in ROUTER_IPV6:
            return True
        return any(net.version == 4 and net[1] == address for net in self.subnets[port.subnet])


def beyond(networks: Iterable[str], mac: bytes) -> Port:
    """The port of what lies beyond the VPC's gateway."""
    return Port("beyond", mac, "", True, frozenset(), tuple(map(ip_network, networks)))


def _port(eni: Mapping[str, Any]) -> Port:
    addresses = [each["PrivateIpAddress"] for each in eni["PrivateIpAddresses"]]
    addresses += [each["Ipv6Address"] for each in eni.get("Ipv6Addresses", [])]
    prefixes = [each["Ipv4Prefix"] for each in eni.get("Ipv4Prefixes", [])]
    prefixes += [each["Ipv6Prefix"] for each in eni.get("Ipv6Prefixes", [])]
    return Port(
        eni["NetworkInterfaceId"],
        bytes.fromhex(eni["MacAddress"].replace(":", "")),
        eni["SubnetId"],
        eni["SourceDestCheck"],
        frozenset(map(ip_address, addresses)),
        tuple(map(ip_network, prefixes)),
    )
