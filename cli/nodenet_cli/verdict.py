"""The answer in words, for the terminal and the page alike: whether the fleet fits, and what runs out first."""

from collections.abc import Mapping

from nodenet.capacity.advice.wording import counted
from nodenet.capacity.plan import ALL, CapacityPlan, Limit, SubnetUse


def verdict(plan: CapacityPlan) -> str:
    """In three or four words."""
    return "It fits." if plan.fits else "It does not fit."


def room(plan: CapacityPlan, headroom: float) -> list[str]:
    """What runs out first as nodes come and as pods come, and where less stays free than `headroom`, the part of a
    subnet that is to. Nothing where the fleet does not fit: its shortages say it."""
    if not plan.fits:
        return []
    less = sum(tight(use, headroom) for use in plan.subnets)
    of = f"in {less:,} of {counted(len(plan.subnets), 'subnet')}"
    return [
        _room(plan.more_nodes[ALL], "node", ", in all groups in proportion" if several(plan.more_nodes) else ""),
        _room(plan.more_pods, "pod", " on every node"),
        *([f"Less than the headroom of {headroom:.0%} stays free {of}."] if less else []),
    ]


def several(more_nodes: Mapping[str, Limit]) -> bool:
    """Whether it matters which group grows."""
    return len(more_nodes.keys() - {ALL}) > 1


def tight(use: SubnetUse, headroom: float) -> bool:
    """Whether less than the headroom stays free."""
    return use.left < headroom * use.usable


def ending(limit: Limit) -> str:
    """What is at its end, as the second half of a sentence."""
    match limit.resource:
        case "addresses":
            return f"{limit.where} runs out of addresses"
        case "prefixes":
            return f"{limit.where} is likely out of /28s for prefixes"
        case "max pods":
            return f"the nodes of {limit.where} are at their maximum of pods"
        case None:
            return "nothing runs out"


def sentence(text: str) -> str:
    """With its full stop, which a table or a log goes without."""
    return text if text.endswith((".", ":", "?")) else f"{text}."


def _room(limit: Limit, what: str, how: str) -> str:
    if limit.more is None:
        return f"More {what}s{how}: nothing runs out within the growth that was looked at."
    if not limit.more:
        return f"No room for one more {what}{how}: {ending(limit)}."
    return f"Room for {counted(limit.more, f'more {what}')}{how}: then {ending(limit)}."
