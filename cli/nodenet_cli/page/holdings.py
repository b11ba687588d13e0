"""The chart of what each kind of node holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nodenet.capacity.plan import CapacityPlan, NodeUse
from nodenet_cli.kinds import Kind, kinds
from nodenet_cli.page.chart import BLUE, GREEN, GREY, OCHRE, PURPLE, SKY, VERMILION, Chart, Figure, Key, axis, label

SHOWN: Final = 12

_GROUP: Final = 30
"""Characters of a group's name in a chart, where a narrow screen has room for what comes after it."""


@dataclass(frozen=True, slots=True)
class Part:
    """What some of a node's addresses are for. `key`: of the style sheet's class, which has the same colour and hatch.
    `of`: how many of one node's."""

    key: str
    words: str
    colour: str
    hatch: str
    of: Callable[[NodeUse], int]


PARTS: Final = (
    Part("active", "pods have them", BLUE, "", lambda use: use.holding.active),
    Part("warm", "warm, ready for pods", OCHRE, ".", lambda use: max(use.holding.warm - use.idle, 0)),
    Part("idle", "idle, beyond the kubelet's limit", VERMILION, "/", lambda use: min(use.idle, use.holding.warm)),
    Part("own", "the interfaces' own", GREY, "", lambda use: len(use.holding.enis)),
    Part("networks", "extra networks", PURPLE, "x", lambda use: use.network_addresses),
    Part("branch", "branch interfaces", GREEN, "-", lambda use: use.branch_addresses),
    Part("cards", "further network cards", SKY, "|", lambda use: use.card_addresses),
)
"""They add up to what the node takes."""

_HATCH: Final = {"fillmode": "overlay", "fgcolor": "#ffffff", "fgopacity": 0.65, "size": 6, "solidity": 0.2}


def most_first(plan: CapacityPlan) -> list[Kind]:
    """Kinds of nodes, those first that take the most addresses in all."""
    return sorted(kinds(plan.nodes), key=lambda kind: -kind.taken)


def holdings_chart(plan: CapacityPlan) -> Chart | None:
    """Bars of the twelve kinds that take the most: of one node, and of all nodes. None where there are no nodes."""
    found = most_first(plan)
    if not found:
        return None
    most = found[:SHOWN]
    parts = [part for part in PARTS if any(kind.of_one(part.of) for kind in most)]
    legend = tuple(Key(f"bar-{part.key}", part.words) for part in parts)
    views = {
        "One node": _figure(most, parts, lambda _: 1, "addresses of one node, on average"),
        "All nodes": _figure(most, parts, lambda kind: kind.nodes, "addresses of all its nodes"),
    }
    return Chart("holdings", "What a node holds", _words(found), legend, views)


def rows_layout(titles: Sequence[str], title: str) -> dict[str, Any]:
    """Of a chart with a bar in each row and the row's title above it, where a narrow screen has room for it."""
    return {
        "height": 96 + 52 * len(titles),
        "xaxis": axis(title, tickformat=",", nticks=8),
        "yaxis": {"range": [len(titles) - 0.5, -0.85], "visible": False, "fixedrange": True},
        "annotations": [
            {
                "xref": "paper",
                "x": 0,
                "xanchor": "left",
                "y": row,
                "yshift": 20,
                "text": label(text, 90),
                "showarrow": False,
            }
            for row, text in enumerate(titles)
        ],
    }


def _figure(found: Sequence[Kind], parts: Sequence[Part], times: Callable[[Kind], int], title: str) -> Figure:
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": part.words,
            "y": list(range(len(found))),
            "x": [round(kind.of_one(part.of) * times(kind), 1) for kind in found],
            "width": 0.38,
            "marker": {"color": part.colour, "pattern": {**_HATCH, "shape": part.hatch}},
            "hovertemplate": "%{x:,.6~g} addresses: %{fullData.name}<extra></extra>",
        }
        for part in parts
    ]
    return {"data": traces, "layout": {**rows_layout([_title(kind) for kind in found], title), "barmode": "stack"}}


def _title(kind: Kind) -> str:
    group = kind.group if len(kind.group) <= _GROUP else f"{kind.group[: _GROUP - 1]}…"
    return f"{group} · {kind.instance_type} · {kind.pods} pods · {kind.nodes:,} nodes"


def _words(found: Sequence[Kind]) -> str:
    total = sum(kind.taken for kind in found)
    sums = {part.words: sum(kind.of_one(part.of) * kind.nodes for kind in found) for part in PARTS}
    told = ", ".join(f"{round(100 * addresses / total)} % {words}" for words, addresses in sums.items() if addresses)
    most = f" The {SHOWN} of {len(found):,} kinds that take the most are drawn." if len(found) > SHOWN else ""
    return f"Of {total:,} addresses of the nodes: {told}.{most}"
