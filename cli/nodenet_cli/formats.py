"""What other programs read: the options that ask for it, and how it is written."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click


def format_options[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Adds --json and --csv; the command takes them as `as_json` and `as_csv`."""
    for option in (
        click.option("--csv", "as_csv", is_flag=True, help="As CSV, with a line of column names."),
        click.option("--json", "as_json", is_flag=True, help="As JSON."),
    ):
        command = option(command)
    return command


def at_most_one(**options: Any) -> None:
    """Usage error where more than one of these options is given; their names are those on the command line."""
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} do not go together: choose one")


def write_json(value: Any) -> None:
    """One document, indented."""
    click.echo(json.dumps(value, indent=2))


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A line of column names, then the rows. None is empty; so is what a row leaves out. Text that a spreadsheet would
    take for a formula has an apostrophe before it ("CSV Injection", OWASP)."""
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _no_formula(value) for column, value in row.items()} for row in rows)


def _no_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
