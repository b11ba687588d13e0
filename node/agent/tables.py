"""Numbers of routing tables: a network's own, and the one that others would make for its link."""

from __future__ import annotations

from .imds import Interface
from .matching import Wired

_BASES = (2000, 6000)
_FOREIGN_BASE = 10000


def table_of(wired: Wired, reserved: frozenset[int]) -> int:
    """Its number, on the node and in its pods: lasting, since it comes from where the interface is attached.

    The VPC CNI's tables are 2 to 100 and those of nodeadm and amazon-ec2-net-utils begin at 10000. A range in which
    somebody has given this number a name (`reserved`) is passed over.
    """
    place = _place(wired.interface)
    return next((base + place for base in _BASES if base + place not in reserved), _BASES[0] + place)


def foreign_table(interface: Interface) -> int:
    """The table that nodeadm and amazon-ec2-net-utils keep for an interface (lib/lib.sh, create_if_overrides)."""
    return _FOREIGN_BASE + _place(interface)


def _place(interface: Interface) -> int:
    return 100 * interface.card + interface.device
