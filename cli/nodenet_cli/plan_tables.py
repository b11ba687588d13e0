"""A plan for people: the answer first, then subnets, nodes, and what would help."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.text import Text

from nodenet.capacity.plan import Advice, CapacityPlan, Risk, SubnetUse
from nodenet_cli.kinds import Kind, kinds
from nodenet_cli.tables import Rows, Terminal, cell
from nodenet_cli.verdict import ending, room, sentence, several, tight, verdict

FEW: Final = 20
"""Rows of a table where not all are asked for."""

_COLOURS: Final[Mapping[Risk, str]] = {Risk.CERTAIN: "bold red", Risk.HIGH: "red", Risk.LOW: "yellow"}


def show(plan: CapacityPlan, headroom: float, *, notes: Sequence[str] = (), every: bool = False) -> None:
    """The whole plan; of its tables `every` row, or the twenty worst. `headroom`: the part of a subnet that is to stay
    free."""
    terminal = Terminal()
    terminal.print(cell(verdict(plan), _colour(plan, headroom)))
    for told in room(plan, headroom):
        terminal.print(cell(told))
    most = None if every else FEW
    missing = [sentence(shortage.sentence) for shortage in plan.shortages]
    terminal.points(f"Missing{_rest('first', len(missing[:most]), len(missing))}", missing[:most])
    subnets = sorted(plan.subnets, key=lambda use: (use.left >= 0, use.left / use.usable))
    _part(terminal, "Subnets", SUBNETS, [_subnet(use, headroom) for use in subnets[:most]], of=len(subnets))
    blocks = sorted((use for use in plan.subnets if use.blocks.wanted), key=_spare)
    _part(terminal, "Free /28s, for prefixes", BLOCKS, [_blocks(use) for use in blocks[:most]], of=len(blocks))
    nodes = sorted(kinds(plan.nodes), key=lambda kind: -kind.taken)
    _part(terminal, "Nodes, each on average", NODES, [_kind(kind) for kind in nodes[:most]], of=len(nodes))
    growths = _growths(plan)
    _part(terminal, "Room for more, if one group alone grows", GROWTHS, growths[:most], of=len(growths))
    terminal.points("What would help", (_advised(advice) for advice in plan.advice))
    terminal.points("Notes", notes)


SUBNETS: Final = ("subnet", "zone", "usable", "others", "nodes", "pods", "networks", "surge", "left", "% left")


def _colour(plan: CapacityPlan, headroom: float) -> str:
    if not plan.fits:
        return "bold red"
    return "bold yellow" if any(tight(use, headroom) for use in plan.subnets) else "bold green"


def _subnet(use: SubnetUse, headroom: float) -> Sequence[object]:
    share = 100 * use.left / use.usable
    left = cell(use.left, "bold red" if use.left < 0 else "yellow" if tight(use, headroom) else "")
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
    "nodes",
    "pods",
    "max pods",
    "bound by",
    "ENIs",
    "prefixes",
    "active",
    "warm",
    "idle",
    "networks",
    "branch ENIs",
    "all nodes",
)


def _kind(kind: Kind) -> Sequence[object]:
    """Figures of one node, on average, but for what the nodes take in all."""
    return (
        kind.group,
        kind.instance_type,
        kind.nodes,
        kind.pods,
        min(kind.max_pods.kubelet, kind.max_pods.cni),
        kind.max_pods.bound_by,
        kind.of_one(lambda use: len(use.holding.enis)),
        kind.of_one(lambda use: use.holding.prefix_count),
        kind.of_one(lambda use: use.holding.active),
        kind.of_one(lambda use: use.holding.warm),
        kind.of_one(lambda use: use.idle),
        kind.of_one(lambda use: use.network_addresses),
        kind.of_one(lambda use: use.branch_addresses),
        kind.taken,
    )


GROWTHS: Final = ("group", "until", "more nodes")


def _growths(plan: CapacityPlan) -> Sequence[Sequence[object]]:
    """For each group; none where the fleet does not fit as it is, or where there is but one."""
    if not plan.fits or not several(plan.more_nodes):
        return ()
    alone = [(group, limit) for group, limit in plan.more_nodes.items() if group]
    alone.sort(key=lambda each: float("inf") if each[1].more is None else each[1].more)
    return [(group, ending(limit), cell(limit.more)) for group, limit in alone]


def _advised(advice: Advice) -> str:
    """The sentence, and on lines of their own what to set for it and what that asks of EC2."""
    lines = [sentence(advice.sentence)]
    if advice.settings:
        lines.append(" ".join(f"{name}={value}" for name, value in advice.settings.items()))
    if advice.calls and advice.kind != "warm targets":  # whose sentence has them
        before, after = advice.calls
        lines.append(f"EC2 calls of a node whose pods come and go: {before:,} today, {after:,} then")
    return "\n".join(lines)


def _part(terminal: Terminal, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, of: int) -> None:
    terminal.part(f"{title}{_rest('worst', len(rows), of)}", Rows(columns, rows, words=2).telling())


def _rest(which: str, shown: int, of: int) -> str:
    return "" if shown == of else f": the {shown} {which} of {of:,} (--all shows the rest)"
