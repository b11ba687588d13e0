"""How data goes through a state in each query language.

Amazon States Language, "State Input and Output Processing"; developer guide, "Passing data between states with
variables" and "Transforming data with JSONata in Step Functions".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.steps import jsonata
from local.steps.errors import NO_CHOICE, QUERY, StepError
from local.steps.position import Data

type State = Mapping[str, Any]
# What a field may be, by the JSON type's name.
_TYPES = {"number": (int, float), "string": (str,), "array": (list,), "boolean": (bool,), "object": (dict,)}


@dataclass
class View:
    """What a state's expressions see: its input, the context object, the variables."""

    input: Data
    context: dict[str, Any]
    variables: Mapping[str, Data]


@dataclass
class Outcome:
    """How a state ended: its output, the next state's name or None for an end, the variables it assigns."""

    output: Data
    next: str | None
    assigned: dict[str, Data]


class Language(Protocol):
    """A query language; every method may raise StepError."""

    def arguments(self, state: State, view: View) -> Data:
        """What a Task, Parallel or Pass works on."""

    def ended(self, state: State, view: View, result: Data) -> Outcome:
        """After a state whose work gave `result`."""

    def went_by(self, state: State, view: View) -> Outcome:
        """After a state that has no result: Wait, Succeed."""

    def passed(self, state: State, view: View) -> Outcome:
        """A Pass state."""

    def caught(self, catcher: State, view: View, error: StepError) -> Outcome:
        """On the way to a catcher's state."""

    def chosen(self, state: State, view: View) -> Outcome:
        """A Choice state."""

    def field(self, state: State, name: str, view: View, kind: str) -> Any:
        """A field that may be an expression, or None where the state does not have it."""

    def items(self, state: State, view: View) -> list[Data]:
        """What a Map goes through."""

    def item(self, state: State, view: View) -> Data:
        """The input of the iteration that `view.context["Map"]` names."""


class Jsonata:
    """States with JSONata: Arguments, Output, Assign, and expressions in other fields."""

    def arguments(self, state: State, view: View) -> Data:
        return self._fill(state["Arguments"], view, "Arguments") if "Arguments" in state else view.input

    def ended(self, state: State, view: View, result: Data) -> Outcome:
        return self._outcome(state, view, result, {"result": result})

    def went_by(self, state: State, view: View) -> Outcome:
        return self._outcome(state, view, view.input, {})

    def passed(self, state: State, view: View) -> Outcome:
        return self._outcome(state, view, view.input, {"result": view.input})

    def caught(self, catcher: State, view: View, error: StepError) -> Outcome:
        return self._outcome(catcher, view, error.output, {"errorOutput": error.output})

    def chosen(self, state: State, view: View) -> Outcome:
        for index, rule in enumerate(state["Choices"]):
            location = f"Choices[{index}]/Condition"
            if _typed(self._fill(rule["Condition"], view, location), "boolean", rule["Condition"], location):
                return self._outcome(rule, view, view.input, {})
        if "Default" not in state:
            raise StepError(NO_CHOICE, "No choice rule matched and the state has no Default")
        # The state's own Output and Assign are those of the way to Default.
        return self._outcome({**state, "Next": state["Default"]}, view, view.input, {})

    def field(self, state: State, name: str, view: View, kind: str) -> Any:
        if name not in state:
            return None
        return _typed(self._fill(state[name], view, name), kind, state[name], name)

    def items(self, state: State, view: View) -> list[Data]:
        if "Items" in state:
            return list(self.field(state, "Items", view, "array"))
        return list(_typed(view.input, "array", "$states.input", "Items"))

    def item(self, state: State, view: View) -> Data:
        if "ItemSelector" in state:
            return self._fill(state["ItemSelector"], view, "ItemSelector")
        return view.context["Map"]["Item"]["Value"]

    def _outcome(self, holder: State, view: View, default: Data, more: Mapping[str, Any]) -> Outcome:
        """Output and Assign see the variables as they were when the state was entered: neither sees the other."""
        output = self._fill(holder["Output"], view, "Output", more) if "Output" in holder else default
        assigned = self._fill(holder.get("Assign") or {}, view, "Assign", more)
        return Outcome(output, None if holder.get("End") else holder.get("Next"), assigned)

    def _fill(self, template: Any, view: View, location: str, more: Mapping[str, Any] | None = None) -> Any:
        states = {"input": view.input, "context": view.context, **(more or {})}
        return jsonata.fill(template, {**view.variables, "states": states}, location)


def _typed(value: Any, kind: str, expression: Any, location: str) -> Any:
    """The value, if it is of the JSON type that the field must have."""
    # A boolean is a number to Python.
    if isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool)):
        return value
    if jsonata.is_expression(expression):
        expression = expression[2:-2].strip()
    raise StepError(
        QUERY,
        f"The JSONata expression '{expression}' specified for the field '{location}' returned an unexpected result "
        f"type. Expected '{kind}', but was '{_kind(value)}' for value: {json.dumps(value)}",
        location=location,
    )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return next(name for name in ("boolean", *_TYPES) if isinstance(value, _TYPES[name]))
