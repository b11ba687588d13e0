"""What is registered on this node: the addresses that EC2 shows on its interfaces, network by network."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from .configuration import Network
from .imds import Imds, interfaces


def registered(networks: Iterable[Network], imds: Imds) -> dict[str, frozenset[str]]:
    """By the networks' names; a network is known by subnet and groups, never by a range. ImdsUnavailable."""
    found = interfaces(imds)[0]
    return {
        network.name: frozenset(
            str(ip_address(address))
            for each in found
            if each.subnet in network.subnets and each.groups == network.groups
            for address in (*each.ipv4s, *each.ipv6s)
        )
        for network in networks
    }
