"""`nodenet migration`: runs that move node groups, started, watched and answered from a terminal."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import click

from nodenet.errors import ConfigurationError
from nodenet_cli.access import Access, access_options
from nodenet_cli.ending import Exit
from nodenet_cli.formats import write_json
from nodenet_cli.migration_answers import COMMANDS
from nodenet_cli.migration_input import read_input
from nodenet_cli.migration_report import report
from nodenet_cli.migration_stack import json_option, run_argument, stack, stack_options
from nodenet_cli.migration_status import show, status
from nodenet_cli.migration_watch import Watching, every_option, watch

_NAME: Final = re.compile(r"[0-9A-Za-z_-]{1,80}", re.ASCII)
"""Names of executions that CloudWatch Logs takes too ("StartExecution", Step Functions API Reference)."""


@click.group()
def migration() -> None:
    """Moves node groups to custom networking: check, start, watch, answer.

    What a run does, step by step: docs/guides/migrate.md. What FILE holds: docs/reference/migration.md.
    """


@migration.command()
@click.argument("file", type=click.Path(allow_dash=True))
@stack_options(required=False)
@access_options
@json_option
def check(file: str, stack_name: str | None, profile: str | None, region: str | None, as_json: bool) -> None:
    """Says every mistake in FILE; with --stack, what the run would meet too: a dry run, which changes nothing.

    \b
    The exit status tells how it went:
    0  nothing stands in its way
    1  there are mistakes in FILE, or no access to what was asked for
    3  the preflight found what must be mended first
    """
    given = read_input(file)
    if not stack_name:
        write_json({"mistakes": []}) if as_json else click.echo("The input is right.")
        return
    name = _named("check")
    with stack(stack_name, Access(profile, region)) as runs:
        runs.start(name, {**given, "dryRun": True})
        found = Watching(runs, name, quiet=True).until_ended()
    output: dict[str, Any] = dict(found.output or {})
    if found.status != "SUCCEEDED":
        raise ConfigurationError([f"{found.error}: {found.cause}"])
    if as_json:
        write_json(output["report"])
    else:
        from nodenet.migration.preflight.rendering import as_text

        click.echo(as_text(output["report"]), nl=False)
    click.get_current_context().exit(Exit.NOT_MOVED if output["report"]["blocked"] else Exit.FITS)


@migration.command()
@click.argument("file", type=click.Path(allow_dash=True))
@stack_options()
@click.option("--name", metavar="RUN", help="The run's name; otherwise one with the time in it.")
@click.option("--watch", "watched", is_flag=True, help="Watch it until it ends.")
@every_option
@access_options
@json_option
def start(
    file: str,
    stack_name: str,
    name: str | None,
    watched: bool,
    every: float,
    profile: str | None,
    region: str | None,
    as_json: bool,
) -> None:
    """Starts a run with the input in FILE, JSON or YAML."""
    if name and not _NAME.fullmatch(name):
        raise click.UsageError("--name: letters, digits, - and _, at most 80")
    given = read_input(file)
    run = name or _named("run")
    with stack(stack_name, Access(profile, region)) as runs:
        runs.start(run, given)
        if as_json and not watched:
            write_json({"run": run})
        elif not as_json:
            click.echo(f"Run {run} has started. To watch it: nodenet migration watch {run} --stack {stack_name}")
        if watched:
            found = Watching(runs, run, every=every, quiet=as_json).until_ended()
            if as_json:
                write_json({"run": run, "status": found.status, "error": found.error, "cause": found.cause})
            click.get_current_context().exit(Exit.FITS if found.status == "SUCCEEDED" else Exit.NOT_MOVED)


@migration.command("status")
@run_argument
@stack_options()
@access_options
@json_option
def status_of(run: str, stack_name: str, profile: str | None, region: str | None, as_json: bool) -> None:
    """Says how far a run is, and what it asks."""
    with stack(stack_name, Access(profile, region)) as runs:
        told = status(runs, run)
    if as_json:
        write_json(told)
    else:
        show(told)


migration.add_command(watch)
migration.add_command(report)
for each in COMMANDS:
    migration.add_command(each)


def _named(kind: str) -> str:
    return f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
