"""The text that EKS configures its add-on by: JSON or YAML, of which a run changes the environment and nothing else."""

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from nodenet.errors import HeldError

EMPTY: Final = "{}"
"""Without text EKS keeps the text that it has: this one says nothing (UpdateAddon, EKS API Reference)."""


def environment(text: str) -> dict[str, str]:
    """The variables that the text sets. HeldError where it is no object."""
    return {name: str(value) for name, value in (_parsed(text).get("env") or {}).items()}


def with_environment(text: str, values: Mapping[str, str | None]) -> str:
    """The text with these variables; None takes one away. JSON stays JSON, and YAML YAML."""
    document = _parsed(text)
    env = {**(document.get("env") or {}), **values}
    kept = {name: value for name, value in env.items() if value is not None}
    changed = {**document, "env": kept} if kept else {key: each for key, each in document.items() if key != "env"}
    return json.dumps(changed) if _is_json(text) else yaml.safe_dump(changed, sort_keys=False)


def drift(
    text: str, live: Mapping[str, str], managers: Mapping[str, tuple[str, ...]], eks: str = "eks"
) -> dict[str, str]:
    """What somebody has set in the DaemonSet past the add-on: variables of other owners than EKS whose value is not the
    text's. An update with OVERWRITE would take them away, so they belong into its text."""
    said = environment(text)
    foreign = {name for name, owners in managers.items() if eks not in owners}
    return {name: live[name] for name in sorted(foreign) if name in live and said.get(name) != live[name]}


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text or EMPTY)
    except yaml.YAMLError as error:
        raise HeldError(f"the add-on's configuration is neither JSON nor YAML: {error}") from error
    if not isinstance(document, dict):
        raise HeldError("the add-on's configuration is no object")
    return document


def _is_json(text: str) -> bool:
    try:
        json.loads(text or EMPTY)
    except ValueError:
        return False
    return True
