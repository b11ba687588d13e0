"""What a run cost in addresses: of each subnet, as the preflight saw it and as it is in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from nodenet.migration.preflight.step import PART
from nodenet.migration.run import Run

_PART: Final = "addresses"


class FreeAddresses(Protocol):
    def free(self, subnets: Sequence[str]) -> Mapping[str, int]:
        """Free addresses by subnet id; a subnet that is gone is left out."""


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts the free addresses at a run's end, once."""

    subnets: FreeAddresses

    def count(self, run: Run) -> None:
        """Kept in the part `addresses`."""
        part = run.part(_PART)
        if "free" not in part.values:
            wanted = sorted({each["id"] for each in _rows(run) if each["id"]})
            part.keep(free=dict(self.subnets.free(wanted)) if wanted else {})


def addresses(run: Run) -> list[dict[str, Any]]:
    """`taken` at the end, None where the subnet is gone or nobody has counted; `before`, `meanwhile` and `expected` are
    the preflight's figures. EC2 counts all but the five of each subnet that AWS keeps as available at first ("Subnet
    sizing for IPv4", Amazon VPC User Guide), and so does `usable`."""
    free: Mapping[str, int] = run.part(_PART).get("free", {})
    return [
        {**row, "taken": row["usable"] - free[row["id"]] if row["id"] in free else None, "free": free.get(row["id"])}
        for row in _rows(run)
    ]


def _rows(run: Run) -> list[dict[str, Any]]:
    """The preflight's, which knows subnets to be made by their blocks; `id` empty where none was made."""
    extended = run.notes("extend_vpc")
    made = {each["cidr"]: each["id"] for key in ("podSubnets", "nodeSubnets") for each in extended.get(key, ())}
    return [
        {
            "subnet": each["subnet"],
            "id": made.get(each["subnet"], each["subnet"] if each["subnet"].startswith("subnet-") else ""),
            "zone": each["zone"],
            "usable": each["usable"],
            "before": each["before"],
            "meanwhile": each["meanwhile"],
            "expected": each["after"],
        }
        for each in run.part(PART).get("report", {}).get("addresses", ())
    ]
