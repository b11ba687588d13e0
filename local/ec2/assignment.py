"""What a request asks for in addresses and prefixes, and what an interface is given for it.

One family of CreateNetworkInterface, RunInstances, AssignPrivateIpAddresses or AssignIpv6Addresses is a `Share`.
Which parameters exclude each other: API reference, CreateNetworkInterface and AssignPrivateIpAddresses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from local.ec2 import errors
from local.ec2.addresses import Address, Block, Network, parse_address, parse_prefix


@dataclass(frozen=True)
class Share:
    """Named addresses and prefixes, and how many more EC2 is to choose."""

    addresses: Sequence[Address] = ()
    count: int = 0
    prefixes: Sequence[Network] = ()
    prefix_count: int = 0

    @property
    def empty(self) -> bool:
        return not (self.addresses or self.count or self.prefixes or self.prefix_count)

    def __post_init__(self) -> None:
        if self.count < 0 or self.prefix_count < 0:
            raise errors.invalid_value("A count of addresses or prefixes must not be negative")
        if self.addresses and self.count:
            raise errors.invalid_combination("Addresses and a count of addresses may not be specified together")
        if self.prefixes and self.prefix_count:
            raise errors.invalid_combination("Prefixes and a count of prefixes may not be specified together")
        if (self.prefixes or self.prefix_count) and (self.addresses or self.count):
            raise errors.invalid_combination(
                "Prefixes and addresses of the same family may not be specified on the same request"
            )

    @classmethod
    def ipv4(cls, request: Mapping[str, Any], addresses: Sequence[str]) -> Self:
        """From the members of a request; `addresses` are its secondary ones, which operations name differently."""
        return cls(
            _unique(parse_address(text) for text in addresses),
            int(request.get("SecondaryPrivateIpAddressCount") or 0),
            _unique(parse_prefix(_text(one, "Ipv4Prefix"), 4) for one in request.get("Ipv4Prefixes") or []),
            int(request.get("Ipv4PrefixCount") or 0),
        )

    @classmethod
    def ipv6(cls, request: Mapping[str, Any]) -> Self:
        return cls(
            _unique(parse_address(_text(one, "Ipv6Address")) for one in request.get("Ipv6Addresses") or []),
            int(request.get("Ipv6AddressCount") or 0),
            _unique(parse_prefix(_text(one, "Ipv6Prefix"), 6) for one in request.get("Ipv6Prefixes") or []),
            int(request.get("Ipv6PrefixCount") or 0),
        )


@dataclass(frozen=True)
class Wanted:
    """All addresses that a new interface is to have; without `primary` EC2 chooses one."""

    primary: Address | None
    ipv4: Share
    ipv6: Share

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self:
        """From CreateNetworkInterface, or one of RunInstances' NetworkInterfaces, whose members are named alike.

        Addresses of which none is marked primary are secondary ones, all of them: CloudFormation's reference of
        PrivateIpAddressSpecification says that EC2 then assigns the primary address itself.
        """
        named = request.get("PrivateIpAddresses") or []
        primaries = [one["PrivateIpAddress"] for one in named if one.get("Primary")]
        single = request.get("PrivateIpAddress")
        if len(primaries) > 1 or (single and primaries and primaries != [single]):
            raise errors.invalid_value("Only one primary private IP address can be specified")
        if len(named) > 1 and request.get("SecondaryPrivateIpAddressCount"):
            raise errors.invalid_combination(
                "Private IP addresses and a count of secondary ones may not be specified on the same request"
            )
        primary = single or next(iter(primaries), None)
        secondary = [one["PrivateIpAddress"] for one in named if one["PrivateIpAddress"] != primary]
        return cls(parse_address(primary) if primary else None, Share.ipv4(request, secondary), Share.ipv6(request))


@dataclass(frozen=True)
class Granted:
    addresses: list[Address]
    prefixes: list[Network]


def grant(
    block: Block, share: Share, in_use: Callable[[list[Address | Network]], Exception], primary: bool = False
) -> Granted:
    """Takes from `block` what `share` asks for, and one address more before all others where `primary`.

    Errors: those of Block for what it cannot give, and `in_use(named)` for what it has already given.
    """
    named: list[Address | Network] = [*share.addresses, *share.prefixes]
    for one in named:
        block.check(one)
    if clashes := [one for one in named if block.is_taken(one)]:
        raise in_use(clashes)
    block.take(named)
    block.check_room(share.count + primary, share.prefix_count)
    chosen = block.next_addresses(share.count + primary)
    block.take(chosen)
    prefixes = block.next_prefixes(share.prefix_count)
    block.take(prefixes)
    return Granted([*chosen[:primary], *share.addresses, *chosen[primary:]], [*share.prefixes, *prefixes])


def _text(member: Any, key: str) -> str:
    return str(member[key]) if isinstance(member, Mapping) else str(member)


def _unique[T](items: Any) -> Sequence[T]:
    return tuple(dict.fromkeys(items))
