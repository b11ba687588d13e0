"""What the region's Step Functions takes from ministack's: JSONPath, intrinsic functions, choice rules, names.

Each function raises StepError where the data does not fit.
"""

from collections.abc import Mapping
from typing import Any

from local.plane import private
from local.steps.errors import StepError

type State = Mapping[str, Any]
type Context = Mapping[str, Any]


def at(path: str, data: Any, context: Context) -> Any:
    """The value that a path, a path into the context object (`$$.`) or an intrinsic function stands for."""
    if path.startswith("States."):
        return _call(private.get("services.stepfunctions._evaluate_intrinsic"), path, data, context)
    return _call(private.get("services.stepfunctions._resolve_path_or_ctx"), path, data, context)


def filled(template: Any, data: Any, context: Context) -> Any:
    """A payload template with its `.$` fields replaced."""
    return _call(private.get("services.stepfunctions._resolve_params_obj"), template, data, context)


def by_input_path(state: State, data: Any, context: Context) -> Any:
    return _call(private.get("services.stepfunctions._apply_input_path"), state, data, context)


def by_parameters(state: State, data: Any, context: Context) -> Any:
    return _call(private.get("services.stepfunctions._apply_parameters"), state, data, context)


def by_result_selector(state: State, result: Any) -> Any:
    return _call(private.get("services.stepfunctions._apply_result_selector"), state, result)


def by_result_path(path: str | None, data: Any, result: Any) -> Any:
    """The data with the result put at the path."""
    return _call(private.get("services.stepfunctions._apply_result_path_raw"), path, data, result)


def by_output_path(state: State, data: Any, context: Context) -> Any:
    return _call(private.get("services.stepfunctions._apply_output_path"), state, data, context)


def holds(rule: Mapping[str, Any], data: Any, context: Context) -> bool:
    """Whether a choice rule is true of the data."""
    return bool(_call(private.get("services.stepfunctions._evaluate_rule"), rule, data, context))


def add_functions(expression: Any) -> None:
    """Gives a JSONata expression the functions that Step Functions adds to the language."""
    private.get("services.stepfunctions._register_sfn_jsonata_functions")(expression)


def member_name(name: str) -> str:
    """A member of an API as integrations spell it: `vpcId` is VpcId, `DBCluster` DbCluster."""
    return str(private.get("services.stepfunctions._api_name_to_sfn_key")(name))


def _call(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except private.get("services.stepfunctions._ExecutionError") as failure:
        raise StepError(failure.error, failure.cause) from failure
