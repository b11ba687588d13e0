"""States with JSONPath: InputPath, Parameters, ResultSelector, ResultPath, OutputPath.

Amazon States Language, "Input and Output Processing". Paths, intrinsic functions and choice rules are ministack's. The
variables of JSONPath states (Assign) are not there.
"""

from typing import Any

from local.plane import step_paths
from local.steps.errors import NO_CHOICE, RUNTIME, StepError
from local.steps.languages import Outcome, State, View
from local.steps.position import Data


class JsonPath:
    """As the protocol Language says."""

    def arguments(self, state: State, view: View) -> Data:
        effective = step_paths.by_input_path(state, view.input, view.context)
        return step_paths.by_parameters(state, effective, view.context)

    def ended(self, state: State, view: View, result: Data) -> Outcome:
        selected = step_paths.by_result_selector(state, result)
        combined = step_paths.by_result_path(state.get("ResultPath", "$"), view.input, selected)
        return self._outcome(state, view, combined)

    def went_by(self, state: State, view: View) -> Outcome:
        return self._outcome(state, view, step_paths.by_input_path(state, view.input, view.context))

    def passed(self, state: State, view: View) -> Outcome:
        return self.ended(state, view, state["Result"] if "Result" in state else self.arguments(state, view))

    def caught(self, catcher: State, view: View, error: StepError) -> Outcome:
        output = step_paths.by_result_path(catcher.get("ResultPath", "$"), view.input, error.output)
        return Outcome(output, catcher["Next"], {})

    def chosen(self, state: State, view: View) -> Outcome:
        effective = step_paths.by_input_path(state, view.input, view.context)
        matching = (rule for rule in state["Choices"] if step_paths.holds(rule, effective, view.context))
        next_state = next(matching, {"Next": state.get("Default")})["Next"]
        if next_state is None:
            raise StepError(NO_CHOICE, "No choice rule matched and the state has no Default")
        return self._outcome({**state, "Next": next_state}, view, effective)

    def field(self, state: State, name: str, view: View, kind: str) -> Any:
        if f"{name}Path" not in state:
            return state.get(name)
        value = step_paths.at(state[f"{name}Path"], view.input, view.context)
        fits = isinstance(value, str) if kind == "string" else isinstance(value, int | float)
        if not fits or isinstance(value, bool):
            raise StepError(RUNTIME, f"The {name}Path field refers to a value which is not a valid {kind}: {value!r}")
        return value

    def items(self, state: State, view: View) -> list[Data]:
        effective = step_paths.by_input_path(state, view.input, view.context)
        items = step_paths.at(state.get("ItemsPath", "$"), effective, view.context)
        if not isinstance(items, list):
            raise StepError(RUNTIME, "Reference path must point to array.")
        return items

    def item(self, state: State, view: View) -> Data:
        template = state.get("ItemSelector") or state.get("Parameters")
        if template is None:
            return view.context["Map"]["Item"]["Value"]
        effective = step_paths.by_input_path(state, view.input, view.context)
        return step_paths.filled(template, effective, view.context)

    def _outcome(self, state: State, view: View, data: Data) -> Outcome:
        output = step_paths.by_output_path(state, data, view.context)
        return Outcome(output, None if state.get("End") else state.get("Next"), {})
