"""The tables of a report, the same on the page and in Markdown: a title, the columns' names, rows of text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nodenet.migration.report.words import Report, lasted, moment, number, setting, step_name, took


@dataclass(frozen=True, slots=True)
class Table:
    """`numbers`: the columns, from 0, that are written to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()


def tables(report: Report) -> list[Table]:
    """Those that have rows, in the order in which a report is read."""
    return [each for each in _all(report) if each.rows]


def _all(report: Report) -> Iterator[Table]:
    yield _steps(report)
    yield _questions(report)
    yield _addresses(report)
    yield _groups(report)
    yield _made(report)
    yield _cni(report)
    yield _batches(report)
    yield _nodes(report)
    yield _findings(report)


def _steps(report: Report) -> Table:
    rows = [
        [
            step_name(each),
            moment(each["began"]),
            took(report, each["began"], each["ended"]),
            str(each["attempts"]),
            each["said"] or each["progress"],
        ]
        for each in report["steps"]
    ]
    return Table("Steps", ("Step", "Began (UTC)", "Took", "Attempts", "What it says"), rows, frozenset({2, 3}))


def _questions(report: Report) -> Table:
    rows = [
        [
            moment(each["asked"]),
            "approval" if each["kind"] == "approval" else f"{each['step']} was held",
            ": ".join(filter(None, (each["error"], each["cause"]))),
            each["answer"] or "nobody answered",
            each["by"] or "",
            lasted(each["answered"] - each["asked"]) if each["answered"] else "",
        ]
        for each in report["questions"]
    ]
    columns = ("Asked (UTC)", "What for", "Why", "Answer", "By", "After")
    return Table("Questions to people", columns, rows, frozenset({5}))


def _addresses(report: Report) -> Table:
    rows = [
        [
            _subnet(each),
            each["zone"],
            *map(number, (each["usable"], each["before"], each["meanwhile"], each["expected"], each["taken"])),
        ]
        for each in report["addresses"]
    ]
    columns = ("Subnet", "Zone", "Usable", "Before", "Meanwhile, at most", "Expected after", "Taken at the end")
    return Table("Addresses", columns, rows, frozenset(range(2, 7)))


def _subnet(row: Report) -> str:
    return f"{row['id']} ({row['subnet']})" if row["id"] not in ("", row["subnet"]) else str(row["subnet"])


def _groups(report: Report) -> Table:
    new = {each["for"]: each for each in report["made"]["groups"]}
    rows = [
        [
            each["name"],
            each["kind"],
            number(each["nodes"]),
            ", ".join(each["instanceTypes"] or ()),
            ", ".join(each["zones"] or ()),
            new[each["name"]]["name"] if each["name"] in new else "",
            number(new[each["name"]]["nodes"]) if each["name"] in new else "",
        ]
        for each in report["before"]["groups"]
    ]
    columns = ("Node group", "Kind", "Nodes before", "Types", "Zones", "New group", "New nodes")
    return Table("Node groups", columns, rows, frozenset({2, 6}))


def _made(report: Report) -> Table:
    made = report["made"]
    rows = [["block", each, ""] for each in made["blocks"]]
    rows += [["subnet", each["id"], f"{each['cidr']} in {each['zone']}"] for each in made["subnets"]]
    rows += [["ENIConfig", each, ""] for each in made["eniConfigs"]]
    rows += [["node group", each["name"], f"for {each['for']}"] for each in made["groups"] if each["made"]]
    title = "Made by the run, and taken away again" if report["outcome"] == "rolled back" else "Made by the run"
    return Table(title, ("Kind", "Name", "About"), rows)


def _cni(report: Report) -> Table:
    before, wanted = report["before"]["cni"], report["made"]["cni"]
    rows = [[name, setting(before.get(name)), setting(value)] for name, value in wanted.items()]
    return Table("Variables of aws-node", ("Variable", "Before", "Set to"), rows)


def _batches(report: Report) -> Table:
    rows = [
        [
            f"{each['which']} {each['batch']}",
            moment(each["began"]),
            took(report, each["began"], each["ended"]),
            number(each["nodes"]),
            number(each["evicted"]),
        ]
        for each in report["batches"]
    ]
    return Table("Batches", ("Batch", "Began (UTC)", "Took", "Nodes", "Evicted pods"), rows, frozenset({2, 3, 4}))


def _nodes(report: Report) -> Table:
    rows = [
        [
            each["node"],
            f"{each['which']} {each['batch']}",
            moment(each["began"]),
            took(report, each["began"], each["ended"]),
            number(each["evicted"]),
            each["outcome"],
            "; ".join([each["said"], *each["left"]]),
        ]
        for each in report["nodes"]
    ]
    columns = ("Node", "Batch", "Began (UTC)", "Took", "Evicted pods", "Outcome", "What was said")
    return Table("Nodes", columns, rows, frozenset({3, 4}))


def _findings(report: Report) -> Table:
    rows = [
        [each["id"], f"{each['severity']}{', accepted' if each['accepted'] else ''}", each["said"]]
        for each in report["preflight"]
    ]
    return Table("What the preflight found", ("Finding", "Severity", "What"), rows)
