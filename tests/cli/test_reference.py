"""docs/reference/command.md shows what the command shows."""

import re
from pathlib import Path

import click
import pytest

from nodenet_cli.main import nodenet
from nodenet_cli.plan_csv import COLUMNS
from nodenet_cli.simulate import SAMPLE
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/command.md").read_text()
BLOCKS = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = {
    "It fits.": ("plan", str(ROOT / "docs/reference/examples/plan-minimal.yaml"), "--no-advice"),
    "instance type": ("max-pods", "m5.large", "m7g.16xlarge"),
    "A  as shipped": ("simulate", "m5.large", "--pods", "0,20,5", "--compare", "WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12"),
}


@pytest.mark.parametrize("begin", EXAMPLES)
def test_every_example_is_what_the_command_writes(run: Run, begin: str) -> None:
    [shown] = [block for block in BLOCKS if block.startswith(begin)]
    assert run(*EXAMPLES[begin]).stdout.startswith(shown)


def test_the_columns_of_every_csv_are_named() -> None:
    for table, columns in COLUMNS.items():
        assert f"| `{table}` | {', '.join(columns)}" in PAGE
    assert f"settings, {', '.join(SAMPLE)}" in PAGE


def test_every_command_and_option_that_it_names_is_there() -> None:
    """Besides the command's own, uv's and pip's commands are on the page, without options."""
    groups = [each for each in nodenet.commands.values() if isinstance(each, click.Group)]
    commands = [*nodenet.commands.values(), *(each for group in groups for each in group.commands.values())]
    options = {name for command in commands for each in command.params for name in each.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE))
    assert named - {"--help", "--version"} <= options
    assert {f"## `nodenet {name}`" for name in nodenet.commands} == set(
        re.findall(r"^## `nodenet .*`$", PAGE, re.MULTILINE)
    )


def test_every_command_of_migration_is_in_its_table() -> None:
    migration = nodenet.commands["migration"]
    assert isinstance(migration, click.Group)
    rows = "".join(re.findall(r"^\| (`\w+ (?:RUN|FILE)`.*?) \|", PAGE, re.MULTILINE))
    assert set(re.findall(r"`(\w+) (?:RUN|FILE)`", rows)) == set(migration.commands)
