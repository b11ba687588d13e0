"""Which interface has an address, alone or in a prefix."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

type Address = IPv4Address | IPv6Address


def holders(ec2: Any, vpc_id: str, wanted: Collection[Address]) -> Mapping[Address, Any]:
    """{address: interface} of those of `wanted` that an interface of the VPC has."""

    @cache
    def inside(length: int) -> Mapping[Any, list[Address]]:
        found = defaultdict(list)
        for address in wanted:
            if length <= address.max_prefixlen:
                found[ip_network((address, length), strict=False)].append(address)
        return found

    found: dict[Address, Any] = {}
    for eni in list(ec2.enis.values()):
        for block in eni.blocks() if eni.vpc_id == vpc_id else ():
            if not isinstance(block, IPv4Address | IPv6Address):
                found |= dict.fromkeys(inside(block.prefixlen).get(block, ()), eni)
            elif block in wanted:
                found[block] = eni
    return found
