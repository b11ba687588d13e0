"""The chart of warm targets: what a setting saves in addresses, and what it costs in calls of EC2."""

from collections.abc import Sequence
from typing import Any, Final

from nodenet.capacity.advice.wording import counted
from nodenet.capacity.what_if import WhatIf, worth_a_look
from nodenet_cli.page.chart import BLUE, GREY, VERMILION, Chart, Key, axis, label

_FEW: Final = 8
"""So few calls that plotly.js would count halves of them."""

type Numbered = tuple[int, WhatIf]


def numbered(what_ifs: Sequence[WhatIf]) -> list[Numbered]:
    """Fewest addresses first: the numbers by which chart and table name the settings."""
    return list(enumerate(sorted(what_ifs, key=lambda what_if: (what_if.addresses, what_if.calls)), start=1))


def what_ifs_chart(what_ifs: Sequence[WhatIf]) -> Chart | None:
    """A point for each setting. None where there is nothing to choose from."""
    current = [each for each in numbered(what_ifs) if each[1].current]
    if not current or len(what_ifs) < 2:
        return None
    front = worth_a_look(what_ifs)
    best = [each for each in numbered(what_ifs) if each[1] in front and not each[1].current]
    others = [each for each in numbered(what_ifs) if each[1] not in front and not each[1].current]
    traces = [
        _points("other settings", others, {"symbol": "circle-open", "size": 9, "color": GREY, "line": {"width": 2}}),
        _points("as it is", current, {"symbol": "diamond", "size": 24, "color": VERMILION}, numbers=True),
        _points("worth a look", best, {"symbol": "circle", "size": 22, "color": BLUE}, numbers=True),
    ]
    few = max(what_if.calls for what_if in what_ifs) < _FEW
    layout = {
        "height": 420,
        "xaxis": axis("EC2 calls of a node", tickformat=",", nticks=7, dtick=1 if few else None),
        "yaxis": axis("addresses taken", tickformat=",", nticks=7),
    }
    legend = (
        Key("mark-current", "as it is"),
        Key("mark-best", "worth a look: none has fewer addresses without more calls"),
        Key("mark-other", "other settings"),
    )
    views = {"Settings": {"data": traces, "layout": layout}}
    return Chart("what-ifs", "What other warm targets would do", _words(current[0][1], front), legend, views)


def _points(name: str, points: Sequence[Numbered], marker: dict[str, Any], *, numbers: bool = False) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text" if numbers else "markers",
        "name": name,
        "x": [what_if.calls for _, what_if in points],
        "y": [what_if.addresses for _, what_if in points],
        "text": [str(number) for number, _ in points],
        "textfont": {"color": "#ffffff", "size": 12},
        "customdata": [label(what_if.label, 200).replace(", ", "<br>") for _, what_if in points],
        "marker": marker,
        "cliponaxis": False,
        "hovertemplate": "%{customdata}<br>%{y:,} addresses, %{x:,} calls<extra></extra>",
    }


def _words(current: WhatIf, front: Sequence[WhatIf]) -> str:
    now = (
        f"As it is set, the fleet and others take {current.addresses:,} addresses, and a node makes "
        f"{counted(current.calls, 'EC2 call')} while its pods come one by one and go."
    )
    fewest = front[0]
    if fewest.addresses >= current.addresses:
        return f"{now} No other setting takes fewer addresses."
    saved = current.addresses - fewest.addresses
    return f"{now} {fewest.label} takes the fewest, {saved:,} less, with {counted(fewest.calls, 'call')}."
