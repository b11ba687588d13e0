"""The whole page: the answer, what would help, and what shows it."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from nodenet.capacity.fleet import Fleet
from nodenet.capacity.plan import CapacityPlan
from nodenet.capacity.what_if import WhatIf
from nodenet.html import document, element
from nodenet_cli.page.advice import advice
from nodenet_cli.page.blocks import blocks_chart
from nodenet_cli.page.chart import Chart, drawn
from nodenet_cli.page.growth import growth_chart
from nodenet_cli.page.holdings import holdings_chart
from nodenet_cli.page.library import MEDIA, own, packed, policy
from nodenet_cli.page.tables import growth_table, holdings_table, subnets_table, what_ifs_table
from nodenet_cli.page.what_ifs import what_ifs_chart
from nodenet_cli.page.words import answer


def page(
    plan: CapacityPlan, fleet: Fleet, *, title: str, made: datetime | None = None, what_ifs: Sequence[WhatIf] = ()
) -> str:
    """The page in HTML, to be written in UTF-8. About 2 MB, nearly all of it plotly.js.

    `title`: the cluster's name, say, or the document's. `made`: when, None to leave it out, so that the same plan gives
    the same page. `what_ifs`: of nodenet.capacity.what_if; without them that part is left out.
    """
    nodes = sum(group.nodes for group in fleet.groups)
    parts = [
        advice(plan.advice),
        _part("Subnets", growth_chart(plan, fleet.headroom, nodes), subnets_table(plan), blocks_chart(plan)),
        _part("Nodes", holdings_chart(plan), holdings_table(plan), growth_table(plan)),
        _part("Warm targets", what_ifs_chart(what_ifs), what_ifs_table(what_ifs)) if what_ifs else None,
    ]
    body = element(
        "body",
        _header(title, made),
        element("main", answer(plan, fleet.headroom), *parts),
        _footer(),
        element("script", packed(), id="plotly", type=MEDIA),
        element("script", own("page.js")),
    )
    return document(_head(title), body)


def _head(title: str) -> Element:
    policy_meta = element("meta", content=policy())
    policy_meta.set("http-equiv", "Content-Security-Policy")
    return element(
        "head",
        element("meta", charset="utf-8"),
        policy_meta,
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{title}: addresses"),
        element("style", own("page.css")),
    )


def _header(title: str, made: datetime | None) -> Element:
    when = element("time", f"{made:%d %B %Y, %H:%M %Z}".strip(), datetime=made.isoformat()) if made else None
    return element("header", element("h1", f"Addresses for {title}"), element("p", when) if when is not None else None)


def _part(title: str, *content: Chart | Element | None) -> Element:
    key = title.lower().replace(" ", "-") + "-part"
    shown = (drawn(each) if isinstance(each, Chart) else each for each in content)
    return element("section", element("h2", title, id=key), *shown, aria_labelledby=key)


def _footer() -> Element:
    return element(
        "footer",
        element("noscript", element("p", "The charts need JavaScript; the words and tables say the same.")),
        element(
            "p", "Made by nodenet plan. The charts are drawn by plotly.js (MIT licence), which is within this page."
        ),
    )
