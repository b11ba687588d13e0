"""Networks as networks.json holds them, and interfaces that match them."""

from typing import Any

from tests.node.machine import eni

N3 = {
    "name": "n3",
    "interfaces": 1,
    "subnets": ["subnet-n3"],
    "securityGroups": ["sg-n3"],
    "ipv4": {"plan": "prefixes", "count": 1},
    "ipv6": {"plan": "prefixes", "count": 1},
    "routes": ["10.8.0.0/16"],
    "link": {"plugin": "ipvlan", "mode": "l2", "mtu": None, "rename": False},
}
N6 = {
    "name": "n6",
    "interfaces": 1,
    "subnets": ["subnet-n6"],
    "securityGroups": ["sg-n6"],
    "ipv4": {"plan": "addresses", "count": 3},
    "routes": [],
    "link": {"plugin": "ipvlan", "mode": "l2", "mtu": None, "rename": False},
}


def n3(number: int = 3, **more: Any) -> dict[str, Any]:
    """n3's interface, with a prefix of each family."""
    prefixes = {"ipv4_prefixes": ["10.0.4.32/28"], "ipv6_prefixes": ["2600:1f13:a:4:1::/80"]}
    return eni(number, "subnet-n3", ["sg-n3"], "10.0.4.9", **{**prefixes, **more})


def n6(number: int = 2, **more: Any) -> dict[str, Any]:
    """n6's interface, with three secondary addresses, of which two are neighbours."""
    return eni(
        number, "subnet-n6", ["sg-n6"], "10.0.6.9", **{"secondaries": ["10.0.6.33", "10.0.6.34", "10.0.6.36"], **more}
    )


def linked(network: dict[str, Any], **link: Any) -> dict[str, Any]:
    """The network with another link."""
    return {**network, "link": {**network["link"], **link}}
