"""Which stack's runs a command is about, and the options that say so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from nodenet_cli.access import Access

if TYPE_CHECKING:
    from nodenet.aws.runs_from_outside import RunsFromOutside

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")
run_argument = click.argument("run", metavar="RUN")


def stack_options[**P, R](*, required: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Adds --stack; the command takes it as `stack_name`."""
    return click.option(
        "--stack",
        "stack_name",
        metavar="NAME",
        envvar="NODENET_STACK",
        required=required,
        show_envvar=True,
        help="nodenet's CloudFormation stack, by whose outputs its state machines are found.",
    )


@contextmanager
def stack(name: str, access: Access) -> Iterator["RunsFromOutside"]:
    """The stack's runs, with this access. HeldError says why they cannot be had."""
    from nodenet.aws.access import access as granted
    from nodenet.aws.runs_from_outside import RunsFromOutside

    with granted(access.profile, access.region):
        yield RunsFromOutside.of_stack(name)
