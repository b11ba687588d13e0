"""A report in Markdown, for a ticket or a repository."""

from collections.abc import Iterator, Sequence

from nodenet.migration.report.report import OUTCOMES
from nodenet.migration.report.tables import Table, tables
from nodenet.migration.report.words import Report, lasted, moment


def as_markdown(report: Report) -> str:
    """All of it, in tables of GitHub's kind."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from (f"# Migration {_text(report['run'])} of {_text(report['cluster'])}", "")
    until = f" to {moment(report['ended'])}" if report["ended"] else ""
    took = f"from {moment(report['began'])}{until} UTC, {lasted(report['seconds'])}"
    yield from (f"**{OUTCOMES[report['outcome']]}** Mode {report['mode']}, {took}.", "")
    if report["remains"]:
        yield from ("## Not as it was", "")
        yield from (f"- {_text(each)}" for each in report["remains"])
        yield ""
    for table in tables(report):
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from (f"## {table.title}", "", _row(table.columns))
    yield _row(["---:" if each in table.numbers else "---" for each in range(len(table.columns))])
    yield from (_row([_text(each) for each in row]) for row in table.rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Names and causes may hold any character: none of it becomes markup (CommonMark, "Backslash escapes")."""
    escaped = "".join(f"\\{each}" if each in "\\`*_[]<>|#~&" else each for each in text)
    return " ".join(escaped.split())
