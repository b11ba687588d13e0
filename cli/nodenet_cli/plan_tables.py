"""A plan for people: the answer first, then subnets, nodes, and what would help."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.text import Text

from nodenet.capacity.plan import Advice, CapacityPlan, Limit, Resource, Risk, SubnetUse
from nodenet_cli.kinds import Kind, kinds
from nodenet_cli.tables import Rows, Terminal, cell

FEW: Final = 20
"""Rows of a table where not all are asked for."""

_COLOURS: Final[Mapping[Risk, str]] = {Risk.CERTAIN: "bold red", Risk.HIGH: "red", Risk.LOW: "yellow"}
_ENDS: Final[Mapping[Resource, str]] = {
    "addresses": "{} has no address left",
    "prefixes": "{} has no free /28 left",
    "max pods": "{} takes no more pods: the kubelet's limit",
    "branch interfaces": "{} has no branch interface left",
}


def show(plan: CapacityPlan, headroom: float, *, notes: Sequence[str] = (), every: bool = False) -> None:
    """The whole plan; of its tables `every` row, or the twenty worst. `headroom`: the part of a subnet that is to stay
    free."""
    terminal = Terminal()
    terminal.print(_verdict(plan, headroom))
    terminal.points("Missing", (shortage.sentence for shortage in plan.shortages))
    most = None if every else FEW
    subnets = sorted(plan.subnets, key=lambda use: (use.left >= 0, use.left / use.usable))
    _part(terminal, "Subnets", SUBNETS, [_subnet(use, headroom) for use in subnets[:most]], of=len(subnets))
    blocks = sorted((use for use in plan.subnets if use.blocks.wanted), key=_spare)
    _part(terminal, "Blocks of sixteen, for prefixes", BLOCKS, [_blocks(use) for use in blocks[:most]], of=len(blocks))
    nodes = sorted(kinds(plan.nodes), key=lambda kind: -kind.taken)
    _part(terminal, "Nodes", NODES, [_kind(kind) for kind in nodes[:most]], of=len(nodes))
    terminal.points("What runs out first", _ends(plan))
    terminal.points("What would help", (_advised(advice) for advice in plan.advice))
    terminal.points("Notes", notes)


SUBNETS: Final = ("subnet", "zone", "usable", "others", "nodes", "pods", "networks", "surge", "left", "% left")


def _verdict(plan: CapacityPlan, headroom: float) -> Text:
    if not plan.fits:
        return cell("It does not fit.", "bold red")
    tight = sum(_tight(use, headroom) for use in plan.subnets)
    if not tight:
        return cell("It fits.", "bold green")
    return cell(
        f"It fits, with less free than the headroom of {headroom:.0%} in {tight:,} of its subnets.", "bold yellow"
    )


def _tight(use: SubnetUse, headroom: float) -> bool:
    return use.left < headroom * use.usable


def _subnet(use: SubnetUse, headroom: float) -> Sequence[object]:
    share = 100 * use.left / use.usable
    left = cell(use.left, "bold red" if use.left < 0 else "yellow" if _tight(use, headroom) else "")
    counts = (use.usable, use.used, use.nodes, use.pods, use.networks, use.surge)
    return use.name, use.zone, *counts, left, Text(f"{share:.0f}")


BLOCKS: Final = ("subnet", "risk", "free", "reserved", "wanted", "likely left")


def _blocks(use: SubnetUse) -> Sequence[object]:
    found = use.blocks
    return (
        use.name,
        cell(found.risk, _COLOURS.get(found.risk, "")),
        found.free,
        found.reserved,
        found.wanted,
        found.expected,
    )


def _spare(use: SubnetUse) -> int:
    return use.blocks.expected - use.blocks.wanted


NODES: Final = (
    "group",
    "type",
    "pods",
    "bound by",
    "max pods",
    "nodes",
    "ENIs",
    "prefixes",
    "active",
    "warm",
    "idle",
    "networks",
    "branches",
    "in all",
)


def _kind(kind: Kind) -> Sequence[object]:
    """Figures of one node, on average, but for the nodes and what they take in all."""
    return (
        kind.group,
        kind.instance_type,
        kind.pods,
        kind.max_pods.bound_by,
        min(kind.max_pods.kubelet, kind.max_pods.cni),
        kind.nodes,
        kind.of_one(lambda use: len(use.holding.enis)),
        kind.of_one(lambda use: use.holding.prefix_count),
        kind.of_one(lambda use: use.holding.active),
        kind.of_one(lambda use: use.holding.warm),
        kind.of_one(lambda use: use.idle),
        kind.of_one(lambda use: use.network_addresses),
        kind.of_one(lambda use: use.branch_addresses),
        kind.taken,
    )


def _ends(plan: CapacityPlan) -> Iterator[str]:
    """What ends each growth: of all nodes, of one group's, of the pods."""
    for group, limit in sorted(plan.more_nodes.items(), key=lambda each: (each[0] != "", each[0])):
        if not (group and len(plan.more_nodes) == 2):
            yield f"{f'nodes of {group}' if group else 'nodes of all groups in proportion'}: {_end(limit)}"
    yield f"pods on every node: {_end(plan.more_pods)}"


def _end(limit: Limit) -> str:
    if limit.more is None or limit.resource is None:
        return "nothing runs out within the bounds that were looked at"
    return f"{limit.more:,} more, then {_ENDS[limit.resource].format(limit.where)}"


def _advised(advice: Advice) -> str:
    """The sentence, and on a line of its own what it is done by and what it asks of EC2."""
    effects = []
    if advice.settings:
        effects.append(" ".join(f"{name}={value}" for name, value in advice.settings.items()))
    if advice.calls:
        before, after = advice.calls
        effects.append(f"EC2 calls of a node whose pods come and go: {before:,} today, {after:,} then")
    return "\n".join([advice.sentence, *effects])


def _part(terminal: Terminal, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, of: int) -> None:
    rest = "" if len(rows) == of else f": the {len(rows)} worst of {of:,} (--all shows the rest)"
    terminal.part(f"{title}{rest}", Rows(columns, rows, words=2).telling())
