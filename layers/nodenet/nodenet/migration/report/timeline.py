"""A run's time line: a bar for each step, and what people were asked meanwhile, on one scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element

from nodenet.html import element
from nodenet.migration.report.words import Report, moment, step_name, took

_LEAST: Final = 0.4
"""Per cent: a step of a second is to be seen beside an hour."""


@dataclass(frozen=True, slots=True)
class _Scale:
    began: float
    ended: float

    def at(self, moment: float) -> float:
        """Per cent of the whole."""
        return 100 * (moment - self.began) / ((self.ended - self.began) or 1)


def timeline(report: Report) -> Element | None:
    """A list, in the order in which the steps began; None where there was none. Positions are per cents in SVG, so that
    it is as wide as the page is."""
    steps, questions = report["steps"], report["questions"]
    if not steps:
        return None
    end = report["began"] + report["seconds"]
    scale = _Scale(report["began"], max([end, *(each["ended"] or 0 for each in steps)]))
    turned = min((each["began"] for each in steps if each["way"] == "back"), default=end)
    rows = [
        _row(report, step_name(each), each["way"], scale, each["began"], each["ended"], _until(each, turned, end))
        for each in steps
    ]
    rows += [
        _row(report, _asked(each), "asked", scale, each["asked"], each["answered"], _until(each, turned, end))
        for each in questions
    ]
    return element("ol", *rows, class_="time-line")


def _until(each: Mapping[str, Any], turned: float, end: float) -> float:
    """Where the bar of what never ended stops: what was under way when the run turned back was left there."""
    began = each["began"] if "began" in each else each["asked"]
    return turned if each["way"] != "back" and began < turned else end


def _asked(question: Mapping[str, Any]) -> str:
    return "approval" if question["kind"] == "approval" else f"held: {question['step']}"


def _row(
    report: Report, name: str, kind: str, scale: _Scale, began: float, ended: float | None, until: float
) -> Element:
    start, end = scale.at(began), scale.at(until if ended is None else ended)
    width = max(_LEAST, end - start)
    bar = element("rect", x=f"{min(start, 100 - width):.2f}%", width=f"{width:.2f}%", height="100%", rx="2")
    track = element("svg", bar, class_=f"track {kind}", aria_hidden="true", focusable="false")
    return element(
        "li",
        element("span", name, class_="name"),
        track,
        element("time", took(report, began, ended), title=f"{moment(began)} UTC", class_="took"),
    )
