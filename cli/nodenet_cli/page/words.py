"""The page's first part: whether the fleet fits, what runs out first, and the figures of the whole."""

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from nodenet.capacity.advice.wording import counted
from nodenet.capacity.plan import CapacityPlan
from nodenet.html import element
from nodenet_cli.verdict import room, sentence, verdict

SHORTAGES: Final = 6
"""That are told at once."""


def answer(plan: CapacityPlan, headroom: float) -> Element:
    """`headroom`: the part of a subnet that is to stay free."""
    told = room(plan, headroom) if plan.fits else [f"{counted(len(plan.shortages), 'shortage')}:"]
    return element(
        "section",
        element("h2", verdict(plan), class_="fits" if plan.fits else "short", id="answer"),
        *(element("p", each) for each in told),
        *_shortages([sentence(shortage.sentence) for shortage in plan.shortages]),
        _figures(plan),
        aria_labelledby="answer",
    )


def _shortages(told: Sequence[str]) -> Iterator[Element]:
    first, rest = told[:SHORTAGES], told[SHORTAGES:]
    if first:
        yield element("ul", *(element("li", each) for each in first))
    if rest:
        others = element("ul", *(element("li", each) for each in rest))
        yield element("details", element("summary", f"The other {len(rest):,}"), others)


def _figures(plan: CapacityPlan) -> Element:
    taken, usable = sum(use.taken for use in plan.subnets), sum(use.usable for use in plan.subnets)
    figures = {
        "nodes": f"{sum(use.nodes for use in plan.nodes):,}",
        "pods with an address": f"{sum(use.nodes * use.pods for use in plan.nodes):,}",
        "addresses taken, others' and a surge included": f"{taken:,}",
        f"of {usable:,} usable": f"{100 * taken / usable:,.0f} %" if usable else "0 %",
    }
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", value)) for name, value in figures.items()),
        class_="figures",
    )
