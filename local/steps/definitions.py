"""What CreateStateMachine refuses of a definition (Amazon States Language; API reference, InvalidDefinition).

Not all that AWS checks: structure, transitions, fields that a state cannot do without, retriers and catchers, the
query language and the form of its expressions.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.steps.definition_fields import (
    DefinitionError,
    check_errors,
    check_expressions,
    check_own_fields,
    schema_error,
)

type State = Mapping[str, Any]

_REQUIRED: Mapping[str, Sequence[str]] = {
    "Choice": ("Choices",),
    "Fail": (),
    "Map": (),
    "Parallel": ("Branches",),
    "Pass": (),
    "Succeed": (),
    "Task": ("Resource",),
    "Wait": (),
}
_ENDS = ("Choice", "Fail", "Succeed")
# Fields of one language that the other does not have.
_OF_JSONPATH = (
    "InputPath",
    "OutputPath",
    "Parameters",
    "ResultPath",
    "ResultSelector",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
)
_OF_JSONATA = ("Arguments", "Output")
_NAME_LENGTH = 80


def check(text: str) -> None:
    """Raises DefinitionError."""
    try:
        definition = json.loads(text)
    except ValueError as mistake:
        raise DefinitionError(f"INVALID_JSON_DESCRIPTION: {mistake}") from None
    if not isinstance(definition, dict):
        raise DefinitionError("SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object")
    _Machine(definition.get("QueryLanguage", "JSONPath")).check(definition, "")


class _Machine:
    """A definition with its own query language; the names of its states are known once in the whole of it."""

    def __init__(self, language: str) -> None:
        if language not in ("JSONata", "JSONPath"):
            raise schema_error(f"Value is not a valid enum value: {language}", "/QueryLanguage")
        self._language = language
        self._names: set[str] = set()

    def check(self, line: Mapping[str, Any], at: str) -> None:
        """A line of states: the machine's own, a branch's or a processor's."""
        missing = [name for name in ("States", "StartAt") if name not in line]
        if missing:
            raise schema_error(f"These fields are required: [{', '.join(missing)}]", at or "/")
        states: Mapping[str, State] = line["States"]
        for name, state in states.items():
            self._check_name(name, f"{at}/States")
            self._check_state(state, f"{at}/States/{name}")
        _check_transitions(line["StartAt"], states, at)

    def _check_name(self, name: str, at: str) -> None:
        if len(name) > _NAME_LENGTH:
            raise schema_error(f"State name is longer than {_NAME_LENGTH} characters", f"{at}/{name}")
        if name in self._names:
            raise DefinitionError(f"DUPLICATE_STATE_NAME: Duplicate State name: {name} at {at}")
        self._names.add(name)

    def _check_state(self, state: State, at: str) -> None:
        kind = str(state.get("Type"))
        if kind not in _REQUIRED:
            raise schema_error("State type is not one of " + ", ".join(_REQUIRED), f"{at}/Type")
        for name in _REQUIRED[kind]:
            if name not in state:
                raise schema_error(f"These fields are required: [{name}]", at)
        if kind not in _ENDS and ("Next" in state) == bool(state.get("End")):
            raise DefinitionError(f"MISSING_END_STATE: A state needs either Next or End at {at}")
        self._check_language(state, kind, at)
        check_errors(state, at)
        check_own_fields(kind, state, at)
        for number, branch in enumerate(state.get("Branches") or () if kind == "Parallel" else ()):
            self.check(branch, f"{at}/Branches[{number}]")
        if kind == "Map":
            field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
            self.check(state.get(field) or {}, f"{at}/{field}")

    def _check_language(self, state: State, kind: str, at: str) -> None:
        language = state.get("QueryLanguage", self._language)
        if self._language == "JSONata" and language != "JSONata":
            raise schema_error("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at)
        wrong = _OF_JSONPATH if language == "JSONata" else _OF_JSONATA
        for name in wrong:
            if name in state:
                raise schema_error(f"Field '{name}' is not supported in a {language} state", f"{at}/{name}")
        if language == "JSONata":
            nested = ("Branches", "ItemProcessor", "Iterator")
            check_expressions({key: value for key, value in state.items() if key not in nested}, at)
            if kind == "Pass" and "Result" in state:
                raise schema_error("Field 'Result' is not supported in a JSONata state", f"{at}/Result")


def _check_transitions(start: str, states: Mapping[str, State], at: str) -> None:
    """Every name leads to a state of the same line, and every state can be reached."""
    if start not in states:
        raise _transition(f"Missing 'StartAt' target: {start}", f"{at}/StartAt")
    reached, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for target in _targets(states[name]):
            if target not in states:
                raise _transition(f"Missing 'Next' target: {target}", f"{at}/States/{name}")
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in states:
        if name not in reached:
            raise _transition(f'State "{name}" is not reachable.', f"{at}/States/{name}")


def _targets(state: State) -> list[str]:
    holders = [state, *(state.get("Choices") or ()), *(state.get("Catch") or ())]
    found = [str(holder["Next"]) for holder in holders if "Next" in holder]
    return found + ([str(state["Default"])] if "Default" in state else [])


def _transition(message: str, at: str) -> DefinitionError:
    return DefinitionError(f"MISSING_TRANSITION_TARGET: {message} at {at}")
