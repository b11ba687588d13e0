"""The text that EKS configures its add-on by: JSON or YAML, of which a run changes the environment and nothing else."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

import yaml

from nodenet.errors import HeldError

EMPTY: Final = "{}"
"""Without text EKS keeps the text that it has: this one says nothing (UpdateAddon, EKS API Reference)."""

_EKS: Final = "eks"
"""EKS's field manager ("Determine fields you can customize for Amazon EKS add-ons", EKS User Guide)."""


def parsed(text: str) -> dict[str, Any]:
    """What the text says. HeldError where it is no object."""
    try:
        document = _read(text or EMPTY)
    except yaml.YAMLError as error:
        raise HeldError(f"the configuration of the add-on vpc-cni is neither JSON nor YAML: {error}") from error
    if not isinstance(document, dict):
        raise HeldError("the configuration of the add-on vpc-cni is no object")
    return document


def environment(text: str) -> dict[str, str]:
    """The variables that the text sets. HeldError where it is no object."""
    return {name: str(value) for name, value in (parsed(text).get("env") or {}).items()}


def with_environment(text: str, values: Mapping[str, str | None]) -> str:
    """The text with these variables; None takes one away."""
    document = parsed(text)
    env = {**(document.get("env") or {}), **values}
    return with_values(text, {"env": {name: value for name, value in env.items() if value is not None}})


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """The text with these values at its top; an empty one is taken away. JSON stays JSON, and YAML YAML."""
    changed = {name: value for name, value in {**parsed(text), **values}.items() if value or name not in values}
    return json.dumps(changed) if _is_json(text or EMPTY) else yaml.safe_dump(changed, sort_keys=False)


def written_as(text: str, original: str) -> str:
    """The original where both say the same: with the comments and the order that its author gave it."""
    return original if original and parsed(text) == parsed(original) else text


def drift(
    text: str, live: Mapping[str, str], managers: Mapping[str, tuple[str, ...]], known: Collection[str] | None = None
) -> dict[str, str]:
    """What somebody has set in the DaemonSet past the add-on: variables of other owners than EKS whose value is not the
    text's. An update with OVERWRITE would take them away, so they belong into its text.

    `known`: the variables that the text may set, None for all. What it may not, EKS does not apply, and leaves to whom
    it belongs ("Server-Side Apply", Field management).
    """
    said = environment(text)
    foreign = {name for name, owners in managers.items() if _EKS not in owners}
    if known is not None:
        foreign &= set(known)
    return {name: live[name] for name in sorted(foreign) if name in live and said.get(name) != live[name]}


def _read(text: str) -> Any:
    # YAML does not take every JSON: none with tabs.
    return json.loads(text) if _is_json(text) else _plain(yaml.safe_load(text))


def _plain(value: Any) -> Any:
    """Mappings as dicts, whatever this process has told yaml to make of them: as such they can be written."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
