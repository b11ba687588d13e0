"""The chart of fragmentation: free aligned /28s of the subnets, today and once the fleet is there."""

from collections.abc import Sequence
from typing import Any, Final

from nodenet.capacity.plan import CapacityPlan, Risk, SubnetUse
from nodenet_cli.page.chart import BLUE, SKY, VERMILION, Chart, Figure, Key
from nodenet_cli.page.holdings import rows_layout

SHOWN: Final = 12

RISKS: Final = {
    Risk.NONE: "no risk",
    Risk.LOW: "low risk",
    Risk.HIGH: "high risk",
    Risk.CERTAIN: "certain to run out",
    Risk.UNKNOWN: "risk not known",
}
_ORDER: Final = (Risk.CERTAIN, Risk.HIGH, Risk.UNKNOWN, Risk.LOW, Risk.NONE)


def by_risk(plan: CapacityPlan) -> tuple[SubnetUse, ...]:
    """The subnets, those first whose prefixes are most in danger."""
    return tuple(
        sorted(plan.subnets, key=lambda use: (_ORDER.index(use.blocks.risk), use.blocks.expected - use.blocks.wanted))
    )


def blocks_chart(plan: CapacityPlan) -> Chart | None:
    """Of the twelve subnets most in danger, of those from which prefixes are wanted: free /28s today, those expected to
    be left, and those wanted. None where no prefixes are wanted."""
    found = [use for use in by_risk(plan) if use.blocks.wanted]
    if not found:
        return None
    views = {"Blocks": _figure(found[:SHOWN])}
    legend = (
        Key("bar-free", "free today"),
        Key("bar-expected", "likely left for prefixes"),
        Key("mark-wanted", "wanted by the fleet"),
    )
    return Chart("blocks", "Free blocks of sixteen addresses", _words(found), legend, views)


def _figure(shown: Sequence[SubnetUse]) -> Figure:
    traces = [
        _bars(shown, "free today", [use.blocks.free for use in shown], 0.38, {"color": SKY, "opacity": 0.45}),
        _bars(shown, "likely left for prefixes", [use.blocks.expected for use in shown], 0.2, {"color": BLUE}),
        {
            "type": "scatter",
            "mode": "markers",
            "name": "wanted by the fleet",
            "y": list(range(len(shown))),
            "x": [use.blocks.wanted for use in shown],
            "marker": {"symbol": "line-ns", "size": 20, "line": {"color": VERMILION, "width": 3}},
            "cliponaxis": False,
            "hovertemplate": "%{x:,} blocks: wanted by the fleet<extra></extra>",
        },
    ]
    titles = [f"{use.name} · {RISKS[use.blocks.risk]}" for use in shown]
    return {"data": traces, "layout": rows_layout(titles, "aligned /28 blocks") | {"barmode": "overlay"}}


def _bars(
    shown: Sequence[SubnetUse], name: str, values: Sequence[int], width: float, marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": list(range(len(shown))),
        "x": list(values),
        "width": width,
        "marker": marker,
        "hovertemplate": "%{x:,} blocks: %{fullData.name}<extra></extra>",
    }


def _words(found: Sequence[SubnetUse]) -> str:
    wanted = sum(use.blocks.wanted for use in found)
    start = "A prefix needs sixteen free addresses in a row, which the count of free addresses does not show. "
    danger = [use for use in found if use.blocks.risk in (Risk.HIGH, Risk.CERTAIN)]
    if not danger:
        unknown = [use.name for use in found if use.blocks.risk is Risk.UNKNOWN]
        known = f"of {_list(unknown)} it is not known" if unknown else "no subnet is in danger of having none"
        return start + f"The fleet wants {wanted:,} prefixes; {known}."
    return start + f"The fleet wants {wanted:,} prefixes; in danger: {_list([use.name for use in danger])}."


def _list(names: Sequence[str], shown: int = 5) -> str:
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest:,} more" if rest > 0 else "")
