"""The page's tables: the worst rows first, the others on demand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from nodenet.capacity.plan import CapacityPlan, NodeUse
from nodenet.capacity.what_if import WhatIf
from nodenet.html import element
from nodenet_cli.page.blocks import RISKS
from nodenet_cli.page.courses import courses
from nodenet_cli.page.holdings import most_first
from nodenet_cli.page.what_ifs import numbered
from nodenet_cli.verdict import ending

FIRST: Final = 12
MANY: Final = 16
"""Up to so many rows are shown at once, of more only the first."""


@dataclass(frozen=True, slots=True)
class Column:
    """`numbers`: to be read from the right."""

    title: str
    numbers: bool = True


def subnets_table(plan: CapacityPlan) -> Element:
    """A row for each subnet."""
    titles = ("usable", "others'", "nodes", "pods", "networks", "surge", "left", "free /28s")
    columns = [Column("Subnet", False), Column("Zone", False), *map(Column, titles), Column("Fragmentation", False)]
    rows = []
    for course in courses(plan):
        use = course.subnet
        numbers = (use.usable, use.used, use.nodes, use.pods, use.networks, use.surge, use.left, use.blocks.free)
        rows.append([use.name, use.zone, *(f"{number:,}" for number in numbers), RISKS[use.blocks.risk]])
    return _table("subnets", "Addresses of each subnet, the fullest first", columns, rows)


def holdings_table(plan: CapacityPlan) -> Element:
    """A row for each group and instance type."""
    figures: dict[str, Callable[[NodeUse], int]] = {
        "interfaces": lambda use: len(use.holding.enis),
        "prefixes": lambda use: use.holding.prefix_count,
        "active": lambda use: use.holding.active,
        "warm": lambda use: use.holding.warm,
        "idle": lambda use: use.idle,
        "networks": lambda use: use.network_addresses,
        "in all": lambda use: use.taken,
    }
    titles = ("nodes", "pods on each", *figures, "max pods", "CNI's limit")
    columns = [Column("Group", False), Column("Instance type", False), *map(Column, titles)]
    rows = []
    for kind in most_first(plan):
        means = [_mean(kind.of_one(figure)) for figure in figures.values()]
        limits = (f"{kind.max_pods.kubelet:,}", f"{kind.max_pods.cni:,}")
        rows.append([kind.group, kind.instance_type, f"{kind.nodes:,}", kind.pods, *means, *limits])
    return _table("nodes", "Of one node of each kind, on average", columns, rows)


def growth_table(plan: CapacityPlan) -> Element | None:
    """A row for each group that grows alone; None where there is none."""
    alone = sorted(
        ((group, limit) for group, limit in plan.more_nodes.items() if group),
        key=lambda row: row[1].more if row[1].more is not None else float("inf"),
    )
    if not alone:
        return None
    rows = [[group, "no end" if limit.more is None else f"{limit.more:,}", ending(limit)] for group, limit in alone]
    columns = [Column("Group", False), Column("nodes more"), Column("then", False)]
    return _table("growths", "Room for each group, if it alone grows", columns, rows)


def what_ifs_table(what_ifs: Sequence[WhatIf]) -> Element:
    """A row for each setting, fewest addresses first."""
    rows = [
        [
            str(number),
            what_if.label + ("" if not what_if.current else " (as it is)"),
            f"{what_if.addresses:,}",
            f"{what_if.calls:,}",
        ]
        for number, what_if in numbered(what_ifs)
    ]
    columns = [Column("No.", False), Column("Setting", False), Column("addresses"), Column("EC2 calls")]
    return _table("settings", "Addresses taken, and EC2 calls of a node while its pods come and go", columns, rows)


def _table(key: str, caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Element:
    shown = FIRST if len(rows) > MANY else len(rows)
    rest = rows[shown:]
    return element(
        "div",
        _scrolling(key, caption, columns, rows[:shown]),
        element(
            "details",
            element("summary", f"The other {len(rest):,}"),
            _scrolling(f"{key}-rest", f"{caption}: the others", columns, rest),
        )
        if rest
        else None,
    )


def _scrolling(key: str, caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Element:
    """In a box of its own, which a keyboard can scroll where the screen is narrow."""
    head = [element("th", column.title, scope="col", class_="number" if column.numbers else None) for column in columns]
    table = element(
        "table",
        element("caption", caption, id=f"{key}-caption"),
        element("thead", element("tr", *head)),
        element("tbody", *(_row(columns, row) for row in rows)),
        id=key,
    )
    return element("div", table, class_="scrolls", role="region", tabindex="0", aria_labelledby=f"{key}-caption")


def _row(columns: Sequence[Column], cells: Sequence[str]) -> Element:
    first = element("th", cells[0], scope="row")
    return element("tr", first, *(_cell(column, cell) for column, cell in zip(columns[1:], cells[1:], strict=True)))


def _cell(column: Column, text: str) -> Element:
    classes = [name for name, holds in (("number", column.numbers), ("short", text.startswith("-"))) if holds]
    return element("td", text, class_=" ".join(classes) or None)


def _mean(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
