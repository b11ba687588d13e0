"""Instance types as people name them: in full, with wildcards, or half a name and the tabulator key."""

from collections.abc import Sequence
from typing import Final

import click
from click.shell_completion import CompletionItem

from nodenet.documents.near import hint
from nodenet.documents.paths import quoted
from nodenet.errors import NodenetError, PlanningError
from nodenet.limits import InstanceLimits, shipped, shipped_types
from nodenet_cli.access import Access

_FORM: Final = "write it as EC2 does, such as m5.large"


def complete_type(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Completions for the shell: families first (`m5.`), the types of one once its name is there."""
    begin = [name for name in shipped_types() if name.startswith(begun)]
    families = {f"{name.partition('.')[0]}." for name in begin}
    if "." in begun or len(families) == 1:
        return [CompletionItem(name) for name in sorted(begin, key=_by_size)]
    return [CompletionItem(family) for family in sorted(families)]


class Limits:
    """The limits of a type by its name: from the shipped table, or from EC2 for types newer than that; None where
    neither knows it. `refusal`: why EC2 could not be asked, empty where it could, or was not needed."""

    def __init__(self, access: Access) -> None:
        self.refusal = ""
        self._access = access
        self._asked: dict[str, InstanceLimits | None] = {}

    def __call__(self, name: str) -> InstanceLimits | None:
        known = shipped(name)
        if known is None and name not in self._asked:
            self._asked[name] = None if self.refusal else self._ask(name)
        return known or self._asked[name]

    def _ask(self, name: str) -> InstanceLimits | None:
        from nodenet.aws import clients
        from nodenet.aws.access import access
        from nodenet.aws.instance_types import InstanceTypes

        try:
            with access(self._access.profile, self._access.region):
                return InstanceTypes(clients.ec2()).limits([name]).get(name)
        except NodenetError as error:
            self.refusal = f"EC2 could not be asked for newer types: {str(error).rstrip('.')}"
        return None


def limits_of(names: Sequence[str], access: Access) -> list[InstanceLimits]:
    """The types in the order of their names; those of a wildcard by family and size, none twice.

    PlanningError names every type that is not to be had, with names that are near.
    """
    limits = Limits(access)
    named = {name: _matching(name) if "*" in name or "?" in name else [name] for name in names}
    found = {name: limits(name) for matching in named.values() for name in matching}
    mistakes = [f"no instance type of the table matches {name}" for name, matching in named.items() if not matching]
    mistakes += [_unknown(name) for name, known in found.items() if not known]
    if mistakes:
        raise PlanningError([*mistakes, limits.refusal] if limits.refusal else mistakes)
    return [known for known in found.values() if known]


def limits_of_one(name: str, access: Access) -> InstanceLimits:
    """The one type of this name; a wildcard names none. PlanningError as in `limits_of`."""
    if "*" in name or "?" in name:
        raise PlanningError([f"{quoted(name)} may be several instance types: name one, such as m5.large"])
    return limits_of([name], access)[0]


def all_limits() -> list[InstanceLimits]:
    """Every type of the table, by family and size."""
    return [limits for name in sorted(shipped_types(), key=_by_size) if (limits := shipped(name))]


def _unknown(name: str) -> str:
    return f"unknown instance type {quoted(name)}; {hint(name, sorted(shipped_types()), most=3) or _FORM}"


def _matching(pattern: str) -> list[str]:
    from nodenet.configuration.wildcards import matches

    return sorted((name for name in shipped_types() if matches(pattern, name)), key=_by_size)


def _by_size(name: str) -> tuple[str, int, str]:
    limits = shipped(name)
    return name.partition(".")[0], (limits.vcpus if limits else None) or 0, name
