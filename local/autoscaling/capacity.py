"""How much a group has, how much it lacks, and where: no state, no calls.

Rules of the user guide: "Configure termination policies", "Example: Distribute instances across Availability Zones",
"Configure an Auto Scaling group to use instance weights".
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# An instance counts towards the desired capacity from Pending on; not in Standby, Terminating or the warm pool.
COUNTED = ("Pending", "Pending:Wait", "Pending:Proceed", "InService")


def counted(members: Iterable[Any]) -> list[Any]:
    return [member for member in members if member.lifecycle_state in COUNTED]


def surplus(members: Iterable[Any], targets: Mapping[str, int]) -> dict[str, int]:
    """For each market the capacity units beyond its target; below 0 where some lack.

    An instance is one unit unless its type has a weight; a market is full once its units reach the target.
    """
    present = counted(members)
    return {
        market: sum(member.weight for member in present if member.market == market) - target
        for market, target in targets.items()
    }


def zones_by_need(zones: Sequence[str], members: Iterable[Any]) -> list[str]:
    """Zones in the order in which the next instance is tried: the emptiest first, else as the group lists them."""
    filled = Counter(member.availability_zone for member in counted(members))
    return sorted(dict.fromkeys(zones), key=lambda zone: filled[zone])


def imbalance(zones: Sequence[str], members: Iterable[Any]) -> str | None:
    """The fullest zone where it holds at least two instances more than the emptiest, else None."""
    filled = Counter(dict.fromkeys(zones, 0))
    filled.update(member.availability_zone for member in counted(members))
    (full, most), (_, least) = filled.most_common()[0], filled.most_common()[-1]
    return full if most - least > 1 else None


def to_terminate(
    members: Iterable[Any], policies: Sequence[str], launch_source: object, beyond: Mapping[str, int]
) -> Any | None:
    """The member that scale-in takes next, or None where all are protected or heavier than what is `beyond` target.

    The fullest zone gives first; inside it the termination policies decide, each one breaking the ties of the one
    before. `launch_source` is the template version or configuration that new instances would get.
    """
    present = counted(members)
    filled = Counter(member.availability_zone for member in present)
    free = [m for m in present if not m.protected_from_scale_in and m.weight <= beyond.get(m.market, 0)]
    if not free:
        return None
    most = max(filled[m.availability_zone] for m in free)
    free = [m for m in free if filled[m.availability_zone] == most]
    return min(free, key=lambda m: _rank(m, policies, launch_source))


def _rank(member: Any, policies: Sequence[str], launch_source: object) -> tuple[float, ...]:
    outdated = 0.0 if member.launch_source != launch_source else 1.0
    age = member.launched_at
    ranks = {
        "Default": (outdated, age),
        "OldestInstance": (age,),
        "NewestInstance": (-age,),
        "OldestLaunchConfiguration": (outdated,),
        "OldestLaunchTemplate": (outdated,),
    }
    return (*(rank for policy in policies for rank in ranks.get(policy, ())), age)
