"""How a command ends: its exit status, and what is said where it did not go well."""

import os
import sys
from enum import IntEnum
from typing import Any, NoReturn

import click

from nodenet.errors import NodenetError


class Exit(IntEnum):
    """Exit statuses. 2 is click's own, for options that do not exist or do not go together."""

    FITS = 0
    MISTAKES = 1
    """In what was given, or there is no access to what was asked for."""
    USAGE = 2
    DOES_NOT_FIT = 3
    NOT_MOVED = 3
    """The same number: a run that must not begin, or was rolled back."""
    INTERRUPTED = 130
    """128 and the number of SIGINT, as shells have it."""
    BROKEN_PIPE = 141
    """128 and the number of SIGPIPE."""


class Commands(click.Group):
    """Ends with one message, and no traceback, for whatever nodenet raises on purpose; quietly on Ctrl-C."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NodenetError as error:
            click.echo(message(error), err=True)
            ctx.exit(Exit.MISTAKES)
        except KeyboardInterrupt:
            ctx.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            leave_broken_pipe()


def message(error: NodenetError) -> str:
    """What is said about the error: a line, or a list where it holds several mistakes."""
    mistakes: tuple[str, ...] = getattr(error, "mistakes", ()) or (str(error),)
    if len(mistakes) == 1:
        return f"nodenet: {printable(mistakes[0])}"
    return "\n".join(["nodenet:", *(f"  {printable(each)}" for each in mistakes)])


def printable(text: str) -> str:
    """The text without what a terminal would obey: names in a document may hold any character."""
    return "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)


def leave_broken_pipe() -> NoReturn:
    """Ends quietly: nobody reads any more. Python would try once more to write what is left ("Note on SIGPIPE" of
    Python's module signal)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(Exit.BROKEN_PIPE)
