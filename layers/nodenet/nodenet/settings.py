"""What the template tells the functions, read from the environment once."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Self

from nodenet.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the stack's resources. `queue_url` is the function's own queue; the hooks function has none.
    `drain_machine`: the state machine that drains a node, by ARN, which only the terminate function starts; empty where
    the stack has none."""

    cluster: str
    configuration_parameter: str
    table: str
    slices_table: str
    event_bus: str
    launch_hook: str
    terminate_hook: str
    queue_url: str = ""
    drain_machine: str = ""

    @classmethod
    def read(cls) -> Self:
        """The settings of the running function. ConfigurationError names every variable that is missing."""
        some_have = ("queue_url", "drain_machine")
        variables = {name: f"NODENET_{name.upper()}" for name in cls.__slots__}
        values = {name: os.environ.get(variable, "") for name, variable in variables.items()}
        if missing := [variables[name] for name, value in values.items() if not value and name not in some_have]:
            raise ConfigurationError([f"{variable} is not set" for variable in missing])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class MigrationSettings:
    """Names of what migrations have of their own. `reports_bucket`: only the report function has it, and
    `function_subnets` only the preflight: those of nodenet's functions, with commas between."""

    cluster: str
    runs_table: str
    event_bus: str
    reports_bucket: str = ""
    function_subnets: str = ""

    @classmethod
    def read(cls) -> Self:
        """The settings of the running function. ConfigurationError names every variable that is missing."""
        values = {name: os.environ.get(f"NODENET_{name.upper()}", "") for name in cls.__slots__}
        some_have = ("reports_bucket", "function_subnets")
        if missing := [name for name, value in values.items() if not value and name not in some_have]:
            raise ConfigurationError([f"NODENET_{name.upper()} is not set" for name in missing])
        return cls(**values)

    @property
    def own_subnets(self) -> tuple[str, ...]:
        return tuple(subnet for subnet in self.function_subnets.split(",") if subnet)


@cache
def settings() -> Settings:
    return Settings.read()


@cache
def migration_settings() -> MigrationSettings:
    return MigrationSettings.read()
