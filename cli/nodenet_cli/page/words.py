"""The answer in words: whether the fleet fits, what runs out first, and how far that is."""

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from nodenet.capacity.plan import CapacityPlan, Limit
from nodenet_cli.page.elements import element

SHORTAGES: Final = 6
"""That are told at once."""


def answer(plan: CapacityPlan, headroom: float) -> Element:
    """The page's first part. `headroom`: the part of a subnet that is to stay free."""
    verdict = "It fits." if plan.fits else "It does not fit."
    return element(
        "section",
        element("h2", verdict, class_="fits" if plan.fits else "short", id="answer"),
        *(element("p", each) for each in sentences(plan, headroom)),
        *_shortages([sentence(shortage.sentence) for shortage in plan.shortages]),
        _figures(plan),
        aria_labelledby="answer",
    )


def sentences(plan: CapacityPlan, headroom: float) -> list[str]:
    """How many shortages there are; without one, what runs out first as nodes come and as pods come, and where less
    stays free than is to."""
    if plan.shortages:
        return [f"{_counted(len(plan.shortages), 'shortage')}:"]
    tight = sum(use.left < headroom * use.usable for use in plan.subnets)
    of = f"in {tight:,} of {_counted(len(plan.subnets), 'subnet')}"
    less = [f"Less than the headroom of {headroom:.0%} stays free {of}."] if tight else []
    return [nodes_more(plan.more_nodes[""]), pods_more(plan.more_pods), *less]


def nodes_more(limit: Limit) -> str:
    """What the end of the nodes' growth is."""
    if limit.more is None:
        return "More nodes, in all groups in proportion: nothing runs out within the growth that was looked at."
    return f"{_room(limit.more, 'node')}, in all groups in proportion: then {ending(limit)}."


def pods_more(limit: Limit) -> str:
    """What the end of the pods' growth is."""
    if limit.more is None:
        return "More pods on every node: nothing runs out within the growth that was looked at."
    return f"{_room(limit.more, 'pod')} on every node: then {ending(limit)}."


def ending(limit: Limit) -> str:
    """What is at its end, as the second half of a sentence."""
    match limit.resource:
        case "addresses":
            return f"{limit.where} runs out of addresses"
        case "prefixes":
            return f"{limit.where} has no free block for a prefix"
        case "max pods":
            return f"{limit.where} is at the kubelet's maximum of pods"
        case "branch interfaces":
            return f"{limit.where} has no branch interface left"
        case None:
            return "nothing runs out"


def sentence(text: str) -> str:
    """With its full stop, which a table or a log goes without."""
    return text if text.endswith((".", ":", "?")) else f"{text}."


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
        "addresses taken": f"{taken:,}",
        f"of {usable:,} usable": f"{100 * taken / usable:.0f} %" if usable else "0 %",
    }
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", value)) for name, value in figures.items()),
        class_="figures",
    )


def _room(more: int, what: str) -> str:
    return f"Room for {_counted(more, f'more {what}')}" if more else f"No room for one more {what}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
