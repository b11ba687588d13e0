"""A report for people: of its JSON, as the record of a run keeps it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nodenet.migration.preflight.findings import some

type Shown = Mapping[str, Any]

_SEVERITIES: Final = ("blocker", "warning", "note")


def as_text(report: Shown) -> str:
    """For a terminal: the verdict, the findings by their gravity, then figures."""
    lines = [verdict(report), ""]
    for title, findings in _by_severity(report):
        lines.append(title.upper())
        for each in findings:
            lines += [f"  {each['id']}{_accepted(each)}: {each['said']}", f"      {each['todo']}"]
        lines.append("")
    lines += ["FIGURES", *(f"  {each}" for each in estimates(report)), ""]
    if rows := report["addresses"]:
        lines.append(f"  {'subnet':<26}{'zone':<16}{'usable':>8}{'before':>8}{'meanwhile':>11}{'after':>8}")
        lines += [
            f"  {each['subnet']:<26}{each['zone']:<16}{each['usable']:>8,}{each['before']:>8,}"
            f"{each['meanwhile']:>11,}{each['after']:>8,}"
            for each in rows
        ]
    return "\n".join(lines) + "\n"


def as_markdown(report: Shown) -> str:
    """For a page: the same, in tables."""
    lines = [f"# Preflight of {report['cluster']}", "", verdict(report), ""]
    for title, findings in _by_severity(report):
        lines += [f"## {title}", "", "| Finding | What | What to do |", "|---|---|---|"]
        for each in findings:
            lines.append(f"| `{each['id']}`{_accepted(each)} | {_cell(each['said'])} | {_cell(each['todo'])} |")
        lines.append("")
    lines += ["## Figures", "", *(f"- {each}" for each in estimates(report)), ""]
    if rows := report["addresses"]:
        lines += ["| Subnet | Zone | Usable | Before | Meanwhile | After |", "|---|---|---:|---:|---:|---:|"]
        lines += [
            f"| {each['subnet']} | {each['zone']} | {each['usable']:,} | {each['before']:,} | {each['meanwhile']:,} "
            f"| {each['after']:,} |"
            for each in rows
        ]
        lines.append("")
    return "\n".join(lines)


def verdict(report: Shown) -> str:
    """One sentence: whether the run may begin."""
    findings: Sequence[Shown] = report["findings"]
    accepted = sum(each["accepted"] for each in findings)
    beside = f" ({accepted} accepted)" if accepted else ""
    blocking = [each["id"] for each in findings if each["severity"] == "blocker" and not each["accepted"]]
    if blocking:
        must = f"{len(blocking)} findings must be mended" if len(blocking) > 1 else "1 finding must be mended"
        return f"Blocked: {must} first{beside}: {some(list(dict.fromkeys(blocking)), 8)}."
    warnings = sum(each["severity"] == "warning" for each in findings)
    return f"Nothing blocks the migration of {report['cluster']}{beside}; {warnings} warnings."


def estimates(report: Shown) -> list[str]:
    """What it takes, a line each."""
    figures = report["estimates"]
    return [
        f"about {_time(figures['seconds'])}: {figures['formula']}",
        f"{figures['batches']} batches of {figures['batch']} nodes",
        f"at most {figures['pendingPods']} pods start elsewhere at once",
        f"at most {figures['historyEvents']:,} events in the history of its execution",
    ]


def _by_severity(report: Shown) -> Iterator[tuple[str, list[Shown]]]:
    for severity in _SEVERITIES:
        if found := [each for each in report["findings"] if each["severity"] == severity]:
            yield f"{severity.capitalize()}s", found


def _accepted(finding: Shown) -> str:
    return " (accepted)" if finding["accepted"] else ""


def _time(seconds: int) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
