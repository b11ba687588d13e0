"""The chart of subnets over the fleet's growth, which shows the one that runs out first."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nodenet.capacity.plan import ALL, CapacityPlan
from nodenet_cli.page.chart import BLUE, GREEN, GREY, OCHRE, PURPLE, SKY, VERMILION, Chart, Figure, Key, axis, label
from nodenet_cli.page.courses import Course, courses
from nodenet_cli.verdict import ending

LINES: Final = (
    (BLUE, "solid"),
    (VERMILION, "dash"),
    (GREEN, "dot"),
    (PURPLE, "dashdot"),
    (OCHRE, "longdash"),
    (SKY, "longdashdot"),
)
"""More than six lines are not told apart: the rest comes in grey, on demand."""

_HIGHEST: Final = 125.0
"""Per cent of a subnet where the picture ends, since what lies above does not exist; but lines begin in it."""


def growth_chart(plan: CapacityPlan, headroom: float, nodes: int) -> Chart | None:
    """Lines of the worst six subnets, in per cent and in addresses, and of all. `nodes` as planned. None where nothing
    grows."""
    if len(plan.growth) < 2 or not plan.subnets:
        return None
    ways = courses(plan)
    worst, others = ways[: len(LINES)], ways[len(LINES) :]
    marks = {nodes: "as planned"} | _no_block(plan, nodes)
    views = {"Share of the subnet": _in_shares(worst, marks, headroom), "Addresses": _in_addresses(worst, marks)}
    if others:
        views[f"All {len(ways):,} subnets"] = _of_all(worst, others, marks, headroom)
    legend = tuple(Key(f"line-{at}", _named(course)) for at, course in enumerate(worst))
    return Chart("growth", "Addresses by subnet as the fleet grows", _words(ways, plan, nodes), legend, views)


def _no_block(plan: CapacityPlan, nodes: int) -> dict[int, str]:
    """Where prefixes end the growth before addresses do: the lines do not show it."""
    limit = plan.more_nodes.get(ALL)
    if limit is None or limit.more is None or limit.resource != "prefixes":
        return {}
    return {nodes + limit.more: f"no block left:<br>{label(limit.where, 24)}"} if limit.more else {}


def _in_shares(ways: Sequence[Course], marks: Mapping[int, str], headroom: float) -> Figure:
    limits = {100.0: "the subnet's size"} | ({100 * (1 - headroom): f"headroom of {headroom:.0%}"} if headroom else {})
    highest = max(_HIGHEST, *(1.1 * course.shares[0] for course in ways))
    y = axis("of the usable addresses", range=[0, highest], ticksuffix=" %", tickformat=",", nticks=7)
    traces = [_line(at, course, course.shares, "%{y:.1f} %") for at, course in enumerate(ways)]
    traces += _ends([(course, course.shares) for course in ways])
    return _figure(traces, _until(ways), y, limits, marks)


def _in_addresses(ways: Sequence[Course], marks: Mapping[int, str]) -> Figure:
    limits = {float(size): f"{size:,} usable" for size in sorted({course.subnet.usable for course in ways})}
    highest = 1.1 * max(*limits, *(course.taken[0] for course in ways))
    y = axis("addresses taken", range=[0, highest], tickformat=",")
    traces = [_line(at, course, course.taken, "%{y:,} addresses") for at, course in enumerate(ways)]
    traces += _ends([(course, course.taken) for course in ways])
    return _figure(traces, _until(ways), y, limits, marks)


def _of_all(worst: Sequence[Course], others: Sequence[Course], marks: Mapping[int, str], headroom: float) -> Figure:
    figure = _in_shares(worst, marks, headroom)
    x = figure["layout"]["xaxis"] | {"range": [worst[0].nodes[0], worst[0].nodes[-1]]}
    return {"data": [_grey(others), *figure["data"]], "layout": figure["layout"] | {"xaxis": x}}


def _line(at: int, course: Course, values: Sequence[float], shown: str) -> dict[str, Any]:
    colour, dash = LINES[at]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label(course.subnet.name),
        "x": course.nodes,
        "y": values,
        "line": {"color": colour, "dash": dash, "width": 2.5},
        "hovertemplate": "%{fullData.name}<br>%{x:,} nodes: " + shown + "<extra></extra>",
    }


def _ends(ways: Sequence[tuple[Course, Sequence[float]]]) -> list[dict[str, Any]]:
    """Where the lines first are above what is usable; not of those that begin there."""
    met = [(course.nodes[course.end], values[course.end]) for course, values in ways if course.end]
    marks = {
        "type": "scatter",
        "mode": "markers",
        "name": "full",
        "x": [x for x, _ in met],
        "y": [y for _, y in met],
        "marker": {"symbol": "x", "size": 11, "color": VERMILION},
        "hovertemplate": "full by %{x:,} nodes<extra></extra>",
    }
    return [marks] if met else []


def _grey(others: Sequence[Course]) -> dict[str, Any]:
    """One trace for all: plotly.js draws one of five hundred pieces much sooner than five hundred of one."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "others",
        "x": [x for course in others for x in (*course.nodes, None)],
        "y": [y for course in others for y in (*course.shares, None)],
        "text": [label(course.subnet.name) for course in others for _ in (*course.nodes, None)],
        "line": {"color": GREY, "width": 1},
        "opacity": 0.45,
        "hovertemplate": "%{text}<br>%{x:,} nodes: %{y:.1f} %<extra></extra>",
    }


def _until(ways: Sequence[Course]) -> tuple[float, float]:
    """From the first point to a little after the last of these is full, or to the last point."""
    first, last = ways[0].nodes[0], ways[0].nodes[-1]
    ends = [course.nodes[course.end] if course.end else last for course in ways]
    return first, min(last, first + 1.15 * (max(ends) - first))


def _figure(
    traces: Sequence[Mapping[str, Any]],
    x: tuple[float, float],
    y: Mapping[str, Any],
    limits: Mapping[float, str],
    marks: Mapping[int, str],
) -> Figure:
    """`limits`: names of heights, the highest to be drawn in full. `marks`: names of numbers of nodes."""
    highest = max(limits)
    levels = [{**_ACROSS, "y0": at, "y1": at, "line": _SOLID if at == highest else _DOTTED} for at in limits]
    names = [{**_NAME, **(_LEFT if at == highest else _RIGHT), "y": at, "text": limits[at]} for at in limits]
    moments = [
        {**_NAME, **_LOW, "x": at, "yshift": 18 * row, "text": text} for row, (at, text) in enumerate(marks.items())
    ]
    dtick = 1 if x[1] - x[0] < _FEW else None
    layout = {
        "height": 420,
        "xaxis": axis("nodes, all groups in proportion", range=list(x), tickformat=",", dtick=dtick),
        "yaxis": y,
        "shapes": [*levels, *({**_UPWARDS, "x0": at, "x1": at, "line": _DOTTED} for at in marks)],
        "annotations": [*names, *moments],
    }
    return {"data": list(traces), "layout": layout}


_FEW: Final = 8
"""So few nodes that plotly.js would count halves of them."""
_ACROSS: Final = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
_UPWARDS: Final = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
_SOLID: Final = {"color": GREY, "width": 2}
_DOTTED: Final = {"color": GREY, "width": 1.5, "dash": "dot"}
_LEFT: Final = {"xref": "paper", "x": 0.005, "xanchor": "left"}
_RIGHT: Final = {"xref": "paper", "x": 1, "xanchor": "right"}
_LOW: Final = {"yref": "paper", "y": 0, "xanchor": "left", "align": "left"}
_NAME: Final = {"yanchor": "bottom", "showarrow": False}


def _words(ways: Sequence[Course], plan: CapacityPlan, nodes: int) -> str:
    over = [course for course in ways if course.end == 0]
    coming = [course for course in ways if course.end]
    told = [f"{_names(over)} too small for the fleet as planned."] if over else []
    told += [f"After {at:,} nodes {ending(plan.more_nodes[''])}." for at in _no_block(plan, nodes)]
    if coming:
        told.append(f"{coming[0].subnet.name} is full {'next' if over else 'first'}, by {coming[0].full_by:,} nodes.")
    elif not over:
        told.append("No subnet is full as far as was looked.")
    full = len(over) + len(coming)
    if len(ways) > 1:
        verb = "is" if full == 1 else "are"
        told.append(f"Of {len(ways):,} subnets, {full:,} {verb} full by {ways[0].nodes[-1]:,} nodes.")
    return " ".join(told)


def _names(over: Sequence[Course]) -> str:
    return f"{over[0].subnet.name} is" if len(over) == 1 else f"{len(over):,} subnets are"


def _named(course: Course) -> str:
    if course.end is None:
        return course.subnet.name
    return f"{course.subnet.name}: {f'full by {course.full_by:,} nodes' if course.end else 'too small as planned'}"
