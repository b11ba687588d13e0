"""How the VPC CNI is set, and for how long, as options say it: `--set WARM_IP_TARGET=2`, `--every 10s`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import click

from nodenet.errors import PlanningError

type Environment = Mapping[str, str]
"""Variables of DaemonSet aws-node, by name."""

_TIME: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]+)?)(s|m|h|)", re.ASCII)
_FACTOR: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?", re.ASCII)
_SECONDS: Final[Mapping[str, float]] = {"s": 1, "": 1, "m": 60, "h": 3600}


class Setting(click.ParamType):
    """`WARM_IP_TARGET=2`, or several with commas between: the values by name."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Environment:
        if isinstance(value, Mapping):
            return value
        pairs = [pair.partition("=") for pair in str(value).split(",")]
        if any(not name.strip() or not setting.strip() for name, _, setting in pairs):
            self.fail(f"{value!r}: write NAME=VALUE, such as WARM_IP_TARGET=2", param, ctx)
        return {name.strip(): setting.strip() for name, _, setting in pairs}


class Seconds(click.ParamType):
    """`10s`, `2m`, `1h`, or a number of seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        found = _TIME.fullmatch(str(value))
        if not found:
            self.fail(f"{value!r}: write a time such as 10s or 2m", param, ctx)
        return float(found[1]) * _SECONDS[found[2]]


class Factor(click.ParamType):
    """`1.5`: a number above nought."""

    name = "X"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if not _FACTOR.fullmatch(str(value)) or not float(value):
            self.fail(f"{value!r}: write a number above 0 and below 1000, such as 1.5", param, ctx)
        return float(value)


class Numbers(click.ParamType):
    """`0,40,5`: whole numbers, none below nought."""

    name = "N,N,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        words = [word.strip() for word in str(value).split(",")]
        if not all(word.isdecimal() and word.isascii() for word in words):
            self.fail(f"{value!r}: write whole numbers with commas between, such as 0,40,5", param, ctx)
        return tuple(int(word) for word in words)


def laid_over(*environments: Environment) -> Environment:
    """The settings of all of them, where the later prevail."""
    return {name: value for environment in environments for name, value in environment.items()}


def checked(environments: Iterable[Environment]) -> None:
    """PlanningError names every variable that aws-node does not have, and every value that it would not read."""
    from nodenet.capacity.document.variables import wrong

    said = ((name, wrong(name, value)) for environment in environments for name, value in environment.items())
    if mistakes := [f"{name}: {sentence}" for name, sentence in dict.fromkeys(said) if sentence]:
        raise PlanningError(mistakes)
