"""A run's input, from a file or standard input."""

from typing import Any, Final

import click

from nodenet.errors import ConfigurationError

_MOST_VALUES: Final = 10_000
_MOST_BYTES: Final = 250_000
"""An execution's input has at most 256 KiB ("Step Functions service quotas")."""


def read_input(file: str) -> dict[str, Any]:
    """The input, checked but for which cluster the stack is for. JSON is YAML too. ConfigurationError with every
    mistake of it, each with its line, or why the file cannot be read."""
    from nodenet.documents.reading import Unreadable, read
    from nodenet.migration.input import parse

    name = "standard input" if file == "-" else file
    try:
        reading = read(_text(file), most_values=_MOST_VALUES)
    except Unreadable as error:
        raise ConfigurationError([f"{name}: {error}"]) from error
    if reading.mistakes:
        raise ConfigurationError([f"{name}: {mistake}" for mistake in reading.mistakes])
    given = reading.value
    cluster = given.get("cluster") if isinstance(given, dict) else None
    try:
        parse(given, cluster if isinstance(cluster, str) else "")
    except ConfigurationError as error:
        raise ConfigurationError([f"{name}: {mistake}" for mistake in error.mistakes]) from error
    return dict(given)


def _text(file: str) -> str:
    try:
        with click.open_file(file, "rb") as stream:
            raw: bytes = stream.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise ConfigurationError([f"{file} is larger than the input of a run may be"])
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError([f"{file}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError([f"{file}: no text in UTF-8"]) from error
