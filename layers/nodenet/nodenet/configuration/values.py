"""Single values of the document that stand for something: ranges, slice sizes, routes, instance types.

Each reader takes what YAML gave and says what it means; ValueError, in words for the user, where that is nothing.
"""

import re
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from typing import Any, Final

from nodenet.documents.paths import quoted
from nodenet.fitting import VERSION, most_free_slots, slots
from nodenet.limits import shipped_types
from nodenet.ranges import PREFIX_LENGTH, PREFIX_SIZE, AddressRange, Family

LARGEST_IPV4_SLICE: Final = 4096

_BITS: Final = {"ipv4": 32, "ipv6": 128}
_WRITTEN: Final = {"ipv4": "IPv4", "ipv6": "IPv6"}
_LENGTH: Final = re.compile(r"/(0|[1-9][0-9]{0,2})")
_EXAMPLES: Final = {
    "ipv4": "10.0.4.32-10.0.4.223 or 10.0.4.32/27",
    "ipv6": "2001:db8:0:4:1::-2001:db8:0:4:f:ffff:ffff:ffff or 2001:db8:0:4:1::/80",
}


def address_range(value: Any, family: Family) -> AddressRange:
    """A range, a CIDR block or an address."""
    if not isinstance(value, str):
        raise ValueError(f"must be a range in quotes, such as {_EXAMPLES[family]}")
    try:
        found = AddressRange.parse(_without_scope(value))
    except ValueError as error:
        raise ValueError(_no_range(value, family, error))
    if found.family != family:
        raise ValueError(f"{quoted(value)} is of {_WRITTEN[found.family]}; this is about {_WRITTEN[family]}")
    return found


def prefix_range(value: Any, family: Family) -> AddressRange:
    """A range that is made of whole prefixes as EC2 assigns them."""
    found = address_range(value, family)
    prefix = PREFIX_SIZE[VERSION[family]]
    if int(found.first) % prefix or found.size % prefix:
        length = PREFIX_LENGTH[VERSION[family]]
        raise ValueError(f"{quoted(value)} is not made of whole /{length} blocks; prefixes come from whole ones only")
    return found


def slice_size(value: Any, family: Family) -> int:
    """How many addresses, a power of two that some instance type's interface holds: a number, or `/28`, `/80`."""
    size = _size(value, family)
    most = most_free_slots(family)
    prefix = PREFIX_SIZE[VERSION[family]]
    if family == "ipv6" and most < size < prefix:
        length = PREFIX_LENGTH[6]
        raise ValueError(
            f"{quoted(str(value))} is too many to assign one by one and no whole /{length}; EC2 knows IPv6 addresses "
            f"and /{length} prefixes only: at most {most} addresses, or /{length}"
        )
    if (needed := slots(size, family)) > most:
        own = " beside its own address" if family == "ipv4" else ""
        said = f"a slice of {quoted(str(value))} takes {needed} slots of an interface"
        raise ValueError(f"{said}; no instance type has more than {most}{own}")
    return size


def slot_count(value: int, family: Family) -> int:
    """A number of prefixes or addresses that some instance type's interface holds."""
    if value > (most := most_free_slots(family)):
        raise ValueError(f"no instance type's interface holds more than {most} for pods")
    return value


def route(text: str) -> str:
    """A CIDR block, in the usual writing. Not a default route."""
    try:
        network = ip_network(_without_scope(text), strict=False)
    except ValueError:
        raise ValueError(f"{quoted(text)} is no CIDR block, such as 10.8.0.0/16 or 2001:db8:8::/48")
    if "/" not in text:
        raise ValueError(f"{quoted(text)} has no prefix length; for one host write {network}")
    if ip_address(text.partition("/")[0]) != network[0]:
        raise ValueError(f"{quoted(text)} has bits beyond its prefix length; did you mean {network}?")
    if network.prefixlen == 0:
        raise ValueError(
            "a default route would take the pod's way to the cluster, which is by its first interface; "
            "name what lies beyond this network"
        )
    return str(network)


def instance_type(name: str) -> str:
    """A name of the shipped table of limits."""
    known = shipped_types()
    if name in known:
        return name
    near = get_close_matches(name, sorted(known), n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else "write it as EC2 does, such as m5.large"
    raise ValueError(f"unknown instance type {quoted(name)}; {hint}")


def _size(value: Any, family: Family) -> int:
    bits = _BITS[family]
    length = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if length and int(length[1]) <= bits:
        size = 1 << (bits - int(length[1]))
    elif isinstance(value, int) and not isinstance(value, bool) and value > 0 and value.bit_count() == 1:
        size = value
    else:
        size = 0
    if not size or (family == "ipv4" and size > LARGEST_IPV4_SLICE):
        most = str(LARGEST_IPV4_SLICE) if family == "ipv4" else str(most_free_slots(family))
        example = f"/{PREFIX_LENGTH[VERSION[family]]}"
        raise ValueError(f"must be a power of two, 1 to {most}, or a prefix length such as {example}")
    return size


def _no_range(value: str, family: Family, error: ValueError) -> str:
    """The sentence for what did not parse; the ends in the wrong order and bits too many are the usual reasons."""
    if re.search(r" comes after | different families", str(error)):
        return str(error)
    try:
        block = ip_network(_without_scope(value), strict=False)
    except ValueError:
        return f"{quoted(value)} is no range of addresses, such as {_EXAMPLES[family]}"
    return f"{quoted(value)} has bits beyond its prefix length; did you mean {block}?"


def _without_scope(text: str) -> str:
    """The text, stripped. Python takes the zone index of an IPv6 address (RFC 4007), which no VPC has."""
    if "%" in text:
        raise ValueError("no address of a VPC has a zone index")
    return text.strip()
