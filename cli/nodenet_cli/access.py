"""Options that say whose eyes look at AWS."""

from collections.abc import Callable
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Access:
    """None is what the AWS SDK finds by itself: environment, configuration file, instance metadata."""

    profile: str | None
    region: str | None


def access_options[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Adds --profile and --region; the command takes them as `profile` and `region`."""
    for option in (
        click.option("--region", metavar="REGION", help="AWS region to ask; otherwise your environment's."),
        click.option("--profile", metavar="NAME", help="AWS profile to ask with; otherwise your environment's."),
    ):
        command = option(command)
    return command
