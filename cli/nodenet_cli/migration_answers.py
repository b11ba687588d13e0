"""What people answer a run: a command for each word."""

from typing import TYPE_CHECKING, Final

import click

from nodenet.errors import HeldError
from nodenet_cli.access import Access, access_options
from nodenet_cli.ending import printable
from nodenet_cli.formats import write_json
from nodenet_cli.migration_stack import json_option, run_argument, stack, stack_options

if TYPE_CHECKING:
    from nodenet.aws.runs_from_outside import RunsFromOutside

_WORDS: Final = {
    "approve": "Approves of a run that asks for it: it begins.",
    "refuse": "Refuses a run that asks for approval: it ends with nothing changed.",
    "resume": "Has a run take its held step again.",
    "rollback": "Has a run go back that is held; takes up a way back that was left unfinished.",
    "cancel": "Turns a run back at its next step.",
}


def _command(word: str, help_: str) -> click.Command:
    @click.command(word, help=help_)
    @run_argument
    @stack_options()
    @access_options
    @json_option
    def answer(run: str, stack_name: str, profile: str | None, region: str | None, as_json: bool) -> None:
        with stack(stack_name, Access(profile, region)) as runs:
            said = _roll_back(runs, run) if word == "rollback" else runs.ask(run, word)["said"]
        if as_json:
            write_json({"run": run, "said": said})
        else:
            click.echo(printable(said))

    return answer


def _roll_back(runs: "RunsFromOutside", run: str) -> str:
    told = runs.ask(run, "status")
    if told["way"] == "back":
        runs.undo(run)
        return f"run {run} goes back already; its way back is taken up if nobody is at it"
    if told["way"] == "forward" and not told["question"]:
        raise HeldError(f"run {run} is not held: to turn it back, nodenet migration cancel {run}")
    return str(runs.ask(run, "rollback")["said"])


COMMANDS: Final = tuple(_command(word, help_) for word, help_ in _WORDS.items())
