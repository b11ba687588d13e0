"""`nodenet migration watch`: what a run does, told as it happens."""

import time
from typing import TYPE_CHECKING, Any, Final

import click

from nodenet.errors import HeldError, Throttled
from nodenet_cli.access import Access, access_options
from nodenet_cli.ending import Exit, printable
from nodenet_cli.formats import write_json
from nodenet_cli.migration_stack import json_option, run_argument, stack, stack_options
from nodenet_cli.migration_status import Status, lines, question
from nodenet_cli.settings import Seconds

if TYPE_CHECKING:
    from nodenet.aws.runs_from_outside import Execution, RunsFromOutside

_EVERY: Final = 5.0

every_option = click.option(
    "--every", type=Seconds(), default=_EVERY, show_default="5s", help="How long to wait between two looks."
)


@click.command()
@run_argument
@stack_options()
@every_option
@access_options
@json_option
def watch(run: str, stack_name: str, every: float, profile: str | None, region: str | None, as_json: bool) -> None:
    """Tells what a run does until it ends. Ctrl-C ends the watching, and not the run.

    \b
    The exit status tells how it went:
    0  the groups have moved, or the dry run found nothing that must be mended
    1  there is no such run, or no access to it
    3  the run did not come past its preflight, or was rolled back
    """
    with stack(stack_name, Access(profile, region)) as runs:
        found = Watching(runs, run, every=every, quiet=as_json).until_ended()
    if as_json:
        write_json({"run": run, "status": found.status, "error": found.error, "cause": found.cause})
    click.get_current_context().exit(Exit.FITS if found.status == "SUCCEEDED" else Exit.NOT_MOVED)


class Watching:
    """Looks again and again; tells each thing once, on standard output, unless `quiet`."""

    def __init__(self, runs: "RunsFromOutside", run: str, *, every: float = _EVERY, quiet: bool = False) -> None:
        self._runs, self._run, self._every, self._quiet = runs, run, every, quiet
        self._told: set[Any] = set()

    def until_ended(self) -> "Execution":
        """The run's execution as it is then. A run that is undone elsewhere is watched until it has ended too."""
        self._runs.execution(self._run)
        while True:
            found = self._runs.execution(self._run)
            told = self._look()
            if found.status != "RUNNING" and (told is None or told["way"] == "ended"):
                self._end(found, told)
                return found
            time.sleep(self._every)

    def _look(self) -> Status | None:
        """None where the run has no record, yet or at all."""
        try:
            told = self._runs.ask(self._run, "status")
        except (HeldError, Throttled) as error:
            if "there is no run" in str(error) or isinstance(error, Throttled):
                return None
            raise
        for step in told["steps"]:
            self._tell_of(step)
        if asked := told["question"]:
            self._once(("asked", asked["asked"]), question(self._run, asked))
        return told

    def _tell_of(self, step: Status) -> None:
        from nodenet.migration.report.words import lasted, moment, step_name

        key, name = (step["name"], step["way"]), step_name(step)
        if step["ended"] is not None:
            took = lasted(step["ended"] - step["began"])
            self._once((*key, "ended", step["attempts"]), f"{moment(step['ended'])}  {name} ({took}): {step['said']}")
        elif step["progress"]:
            self._once((*key, step["progress"]), f"{'':19}  {name}: {step['progress']}")

    def _end(self, found: "Execution", told: Status | None) -> None:
        if told:
            self._once("end", next(lines(told)))
        elif found.error:
            self._once("end", f"Run {self._run} ended before it began: {found.error}: {found.cause}")

    def _once(self, key: Any, text: str) -> None:
        if key not in self._told and not self._quiet:
            click.echo(printable(text))
        self._told.add(key)
