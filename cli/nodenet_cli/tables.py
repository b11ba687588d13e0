"""Tables and sentences for people: with colours and folds on a terminal, plain where nobody looks."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from nodenet_cli.ending import printable

_ENDLESS: Final = 100_000
"""Columns of what is no terminal: nothing is folded that goes into a file or to another program."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a table shows. The first `words` columns hold words, and the others numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    words: int = 1

    def telling(self) -> "Rows":
        """Without the columns in which every number is nought."""
        kept = [at for at in range(len(self.columns)) if at < self.words or any(row[at] for row in self.rows)]
        rows = [[row[at] for at in kept] for row in self.rows]
        return Rows([self.columns[at] for at in kept], rows, self.words)


class Terminal(Console):
    """Standard output. rich heeds NO_COLOR and the terminal's width; text is shown as it is, never as markup."""

    def __init__(self) -> None:
        self._looked_at = sys.stdout.isatty()
        super().__init__(markup=False, highlight=False, emoji=False, width=None if self._looked_at else _ENDLESS)

    def table(self, shown: Rows) -> None:
        """The rows as a table; where the terminal is too narrow for it, one after the other."""
        table = self._table(shown)
        if Measurement.get(self, self.options.update(max_width=_ENDLESS), table).maximum <= self.width:
            self.print(table)
        else:
            self._records(shown)

    def part(self, title: str, shown: Rows) -> None:
        """A table below a title; nothing where it has no rows."""
        if shown.rows:
            self._title(title)
            self.table(shown)

    def points(self, title: str, sentences: Iterable[str]) -> None:
        """Sentences below a title, the lines of each below one another; nothing where there are none."""
        for place, sentence in enumerate(sentences):
            if not place:
                self._title(title)
            first, *more = sentence.splitlines() or [""]
            self._hanging(first, "  - ")
            for line in more:
                self._hanging(line, "    ")

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    def _title(self, title: str) -> None:
        self.print()
        self.print(cell(title, "bold"))

    def _table(self, shown: Rows) -> Table:
        table = Table(
            box=SIMPLE_HEAD if self._looked_at else None,
            padding=(0, 1 if self._looked_at else 2, 0, 0),
            pad_edge=False,
            show_edge=False,
        )
        for at, column in enumerate(shown.columns):
            table.add_column(column, justify="left" if at < shown.words else "right")
        for row in shown.rows:
            table.add_row(*(cell(value) for value in row))
        return table

    def _records(self, shown: Rows) -> None:
        for row in shown.rows:
            self.print(Text("  ").join(cell(value, "bold") for value in row[: shown.words]))
            numbers = zip(shown.columns[shown.words :], row[shown.words :], strict=True)
            self._hanging(Text(", ").join(Text(f"{name} ").append_text(cell(value)) for name, value in numbers), "  ")

    def _hanging(self, text: str | Text, lead: str) -> None:
        """The text behind `lead`, its further lines below its first."""
        for place, line in enumerate(cell(text).wrap(self, self.width - len(lead))):
            line.rstrip()
            self.print(Text(" " * len(lead) if place else lead).append_text(line))


def cell(value: object, style: str = "") -> Text:
    """What is shown of a value: numbers with commas, None as a dash, words without what a terminal would obey. A Text
    stays as it is."""
    match value:
        case Text():
            return value
        case None:
            return Text("-", style)
        case int():
            return Text(f"{value:,}", style)
        case float():
            return Text(f"{value:,.1f}".removesuffix(".0"), style)
        case _:
            return Text(printable(str(value)), style)
