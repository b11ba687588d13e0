"""What every chart has: a heading, words that say the same, and one figure for each way of looking at it."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element

from nodenet.html import data, element

BLUE: Final = "#1f78c8"
VERMILION: Final = "#d55e00"
GREEN: Final = "#008f68"
PURPLE: Final = "#b8659a"
OCHRE: Final = "#bd8200"
SKY: Final = "#3d9bd1"
GREY: Final = "#7a828c"
"""Near the palette of Okabe and Ito ("Color Universal Design", 2008), each moved to a contrast of 3 to 1 and more
against white and against the dark page alike (WCAG 2.2, 1.4.11). Charts tell series by dash, hatch or mark as well."""

type Figure = Mapping[str, Any]
"""`data` and `layout`, as plotly.js takes them."""


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend. `mark` is a class of the style sheet: line-0 and so on, or bar-, or mark-."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`words` say what the chart shows, for those who do not see it. `views`: the figure for each label of the buttons,
    the first shown first."""

    key: str
    title: str
    words: str
    legend: tuple[Key, ...]
    views: Mapping[str, Figure]


def drawn(chart: Chart) -> Element:
    """The chart as a figure of the page, with its buttons, legend and words, and its data beside it. Its height stands
    in the page too, as plotly.js takes that once it has been printed."""
    buttons = [
        element("button", label, type="button", aria_pressed="false" if at else "true", data_view=str(at))
        for at, label in enumerate(chart.views)
    ]
    return element(
        "figure",
        element("h3", chart.title, id=f"{chart.key}-title"),
        element("figcaption", chart.words, id=f"{chart.key}-words"),
        element("div", *buttons, class_="views", role="group", aria_labelledby=f"{chart.key}-title")
        if len(buttons) > 1
        else None,
        element("ul", *(_entry(key) for key in chart.legend), class_="legend") if chart.legend else None,
        element(
            "div",
            class_="chart",
            id=chart.key,
            style=f"height: {next(iter(chart.views.values()))['layout']['height']}px",
            role="img",
            aria_labelledby=f"{chart.key}-title",
            aria_describedby=f"{chart.key}-words",
        ),
        data(
            f"{chart.key}-views",
            [{"data": view["data"], "layout": LAYOUT | view["layout"]} for view in chart.views.values()],
        ),
    )


def label(text: str, width: int = 60) -> str:
    """Text for a chart, where plotly.js would take tags for orders; cut to `width` characters."""
    return html.escape(text if len(text) <= width else text[: width - 1] + "…", quote=False)


def axis(title: str, **settings: Any) -> dict[str, Any]:
    """An axis that cannot be dragged, from 0, with its title."""
    return {
        "title": {"text": title, "standoff": 10, "font": {"size": 13}},
        "rangemode": "tozero",
        "fixedrange": True,
        "automargin": True,
    } | settings


LAYOUT: Final[Figure] = {
    "font": {"family": "system-ui, sans-serif", "size": 13},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "showlegend": False,
    "dragmode": False,
    "hoverlabel": {"namelength": -1},
    "margin": {"l": 8, "r": 16, "t": 12, "b": 8},
    "separators": ".,",
}
"""The style sheet gives text and lines their colours, so that light, dark and paper need no drawing anew."""


def _entry(key: Key) -> Element:
    return element("li", element("span", class_=f"mark {key.mark}", aria_hidden="true"), element("span", key.text))
