"""The fields of a state: retriers and catchers, expressions, and what each kind has of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from local.steps import jsonata, resources

type State = Mapping[str, Any]

_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_LABEL_LENGTH = 40
_NOT_IN_LABELS = set('?*<>{}[]:;,\\|^~$#%&`" ')


class DefinitionError(ValueError):
    """The first mistake of a definition, with its code and place."""


def check_errors(state: State, at: str) -> None:
    """States.ALL stands alone, and in the last retrier or catcher."""
    for field in ("Retry", "Catch"):
        entries = state.get(field) or []
        for number, entry in enumerate(entries):
            place, names = f"{at}/{field}[{number}]", entry.get("ErrorEquals")
            if not names:
                raise schema_error("These fields are required: [ErrorEquals]", place)
            if "States.ALL" in names and (len(names) > 1 or number < len(entries) - 1):
                raise schema_error("States.ALL must appear alone and in the last entry", f"{place}/ErrorEquals")
            if field == "Catch" and "Next" not in entry:
                raise schema_error("These fields are required: [Next]", place)
            if field == "Retry":
                _check_retrier(entry, place)


def _check_retrier(entry: Mapping[str, Any], at: str) -> None:
    rules: Mapping[str, Callable[[Any], bool]] = {
        "IntervalSeconds": lambda value: value >= 1,
        "MaxAttempts": lambda value: 0 <= value <= 99_999_999,
        "BackoffRate": lambda value: value >= 1,
        "MaxDelaySeconds": lambda value: entry.get("IntervalSeconds", 1) < value < 31_622_400,
        "JitterStrategy": lambda value: value in ("FULL", "NONE"),
    }
    for name, holds in rules.items():
        if name in entry and not holds(entry[name]):
            raise schema_error(f"Value is out of bounds: {entry[name]}", f"{at}/{name}")


def check_expressions(value: Any, at: str) -> None:
    if isinstance(value, Mapping):
        for key, one in value.items():
            check_expressions(one, f"{at}/{key}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            check_expressions(one, f"{at}[{number}]")
    elif jsonata.is_expression(value):
        try:
            jsonata.parse(value[2:-2].strip())
        except ValueError as mistake:
            raise DefinitionError(f"INVALID_JSONATA_EXPRESSION: {mistake} at {at}") from None


def _check_task(state: State, at: str) -> None:
    try:
        resources.parse(state["Resource"])
    except ValueError as mistake:
        raise schema_error(str(mistake), f"{at}/Resource") from None
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        raise schema_error("HeartbeatSeconds must be smaller than TimeoutSeconds", f"{at}/HeartbeatSeconds")


def _check_wait(state: State, at: str) -> None:
    if sum(name in state for name in _WAITS) != 1:
        raise schema_error(f"Exactly one of these fields is required: [{', '.join(_WAITS)}]", at)


def _check_choice(state: State, at: str) -> None:
    if not state["Choices"]:
        raise schema_error("Choices must not be empty", f"{at}/Choices")
    for number, rule in enumerate(state["Choices"]):
        if "Next" not in rule:
            raise schema_error("These fields are required: [Next]", f"{at}/Choices[{number}]")


def _check_map(state: State, at: str) -> None:
    label = str(state.get("Label", ""))
    if len(label) > _LABEL_LENGTH or _NOT_IN_LABELS & set(label):
        raise schema_error(f"Label is not valid: {label}", f"{at}/Label")
    processor = state.get("ItemProcessor") or {}
    config = processor.get("ProcessorConfig") or {}
    if config.get("Mode") == "DISTRIBUTED" and config.get("ExecutionType") not in ("STANDARD", "EXPRESS"):
        raise schema_error("These fields are required: [ExecutionType]", f"{at}/ItemProcessor/ProcessorConfig")


_OWN: Mapping[str, Callable[[State, str], None]] = {
    "Choice": _check_choice,
    "Map": _check_map,
    "Task": _check_task,
    "Wait": _check_wait,
}


def check_own_fields(kind: str, state: State, at: str) -> None:
    """What a state of this kind must have, or must not. Raises DefinitionError."""
    if kind in _OWN:
        _OWN[kind](state, at)


def schema_error(message: str, at: str) -> DefinitionError:
    return DefinitionError(f"SCHEMA_VALIDATION_FAILED: {message} at {at}")
