"""A report as a page: one file that needs no script and fetches nothing, with a time line of the run."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final
from xml.etree.ElementTree import Element

from nodenet.html import document, element
from nodenet.migration.report.report import OUTCOMES
from nodenet.migration.report.tables import Table, tables
from nodenet.migration.report.timeline import timeline
from nodenet.migration.report.words import Report, lasted, moment

_FOLDED: Final = 40
"""Rows beyond which a table is folded: a thousand nodes are there for whoever looks for one."""


def as_page(report: Report) -> str:
    """HTML, to be written in UTF-8. It can be printed, and read on a narrow screen."""
    name = f"Migration {report['run']} of {report['cluster']}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        _policy(),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", name),
        element("style", _style()),
    )
    main = element("main", _answer(report), *_remains(report), _course(report), *map(_table, tables(report)))
    body = element("body", element("header", element("h1", name)), main, element("footer", element("p", _end(report))))
    return document(head, body)


def _answer(report: Report) -> Element:
    good = report["outcome"] == "moved"
    figures = {
        "in all": lasted(report["seconds"]),
        "nodes drained": f"{sum(each['outcome'] in ('drained', 'gone') for each in report['nodes']):,}",
        "pods evicted": f"{sum(each['evicted'] for each in report['nodes']):,}",
        "questions to people": f"{len(report['questions']):,}",
    }
    return element(
        "section",
        element("h2", OUTCOMES[report["outcome"]], id="answer", class_="good" if good else "bad"),
        element("p", f"Mode {report['mode']}, begun {moment(report['began'])} UTC."),
        element(
            "dl",
            *(element("div", element("dt", key), element("dd", value)) for key, value in figures.items()),
            class_="figures",
        ),
        aria_labelledby="answer",
    )


def _remains(report: Report) -> Iterator[Element]:
    if report["remains"]:
        rows = element("ul", *(element("li", each) for each in report["remains"]))
        yield element("section", element("h2", "Not as it was", id="remains"), rows, aria_labelledby="remains")


def _course(report: Report) -> Element | None:
    drawn = timeline(report)
    if drawn is None:
        return None
    return element("section", element("h2", "Time line", id="time-line"), drawn, aria_labelledby="time-line")


def _table(table: Table) -> Element:
    key = table.title.lower().replace(" ", "-").replace(",", "")
    head = element("tr", *(_cell("th", name, at, table, scope="col") for at, name in enumerate(table.columns)))
    rows = (element("tr", *(_cell("td", text, at, table) for at, text in enumerate(row))) for row in table.rows)
    shown = element("table", element("thead", head), element("tbody", *rows), aria_labelledby=key)
    scrolls = element("div", shown, class_="scrolls", role="region", tabindex="0", aria_labelledby=key)
    many = len(table.rows) > _FOLDED
    folded = element("details", element("summary", f"All {len(table.rows):,}"), scrolls) if many else scrolls
    return element("section", element("h2", table.title, id=key), folded)


def _cell(tag: str, text: str, at: int, table: Table, scope: str | None = None) -> Element:
    return element(tag, text, scope=scope, class_="number" if at in table.numbers else None)


def _end(report: Report) -> str:
    ended = f"Ended {moment(report['ended'])} UTC. " if report["ended"] else ""
    return f"{ended}Execution {report['execution']}. Written by nodenet."


def _policy() -> Element:
    """Nothing is fetched, nothing runs, and one style sheet is known by its hash (Content Security Policy Level 3)."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    made = element("meta", content=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'")
    made.set("http-equiv", "Content-Security-Policy")
    return made


@cache
def _style() -> str:
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")
