"""Bottlerocket's user data: settings in TOML (Bottlerocket documentation, settings.kubernetes)."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from nodenet.errors import HeldError
from nodenet.migration.cluster import Taint

_TABLE: Final = "settings.kubernetes"


def is_settings(text: str) -> bool:
    try:
        return "settings" in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False


def with_settings(text: str, max_pods: int | None, taint: Taint | None, labels: Mapping[str, str]) -> str:
    """The settings with these, and all others as they are written. They are read again and compared: HeldError where a
    document is written in a way in which lines cannot be put in."""
    wanted: dict[str, Any] = _parsed(text)
    kubernetes = wanted.setdefault("settings", {}).setdefault("kubernetes", {})
    made = text
    if max_pods is not None:
        kubernetes["max-pods"] = max_pods
        made = _put(made, _TABLE, "max-pods", str(max_pods))
    if taint:
        kubernetes.setdefault("node-taints", {})[taint.key] = f"{taint.value}:{taint.effect}"
        made = _put(made, f"{_TABLE}.node-taints", taint.key, json.dumps(f"{taint.value}:{taint.effect}"))
    for key, value in labels.items():
        kubernetes.setdefault("node-labels", {})[key] = value
        made = _put(made, f"{_TABLE}.node-labels", key, json.dumps(value))
    if _parsed(made) != wanted:
        raise HeldError("the user data's TOML is written in a way that cannot be added to: name a replacement")
    return made


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HeldError(f"the user data is no TOML: {error}") from error


def _put(text: str, table: str, key: str, value: str) -> str:
    """One line in a table, in place of one of the same key; a new table at the end where there is none."""
    name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
    head = re.search(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\][^\n]*$", text, re.MULTILINE)
    if not head:
        return f"{text.rstrip()}\n\n[{table}]\n{name} = {value}\n".lstrip()
    body = re.search(r"^[ \t]*\[", text[head.end() :], re.MULTILINE)
    end = head.end() + body.start() if body else len(text)
    kept = re.sub(rf"^[ \t]*{re.escape(name)}[ \t]*=[^\n]*\n?", "", text[head.end() : end], flags=re.MULTILINE)
    return f"{text[: head.end()]}\n{name} = {value}{kept}{text[end:]}"
