"""JSONata in states: expressions between `{%` and `%}` anywhere in a field.

Step Functions developer guide, "Transforming data with JSONata in Step Functions". The language itself is the package
jsonata-python's; the functions that Step Functions adds to it are ministack's.
"""

from collections.abc import Mapping
from typing import Any

import jsonata  # type: ignore[import-untyped]

from local.plane import step_paths
from local.steps.errors import QUERY, StepError

# AWS gives an expression a second of its own; here it is a second of a machine that many executions share.
_MILLISECONDS = 20_000

type Bindings = Mapping[str, Any]


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def fill(template: Any, bindings: Bindings, location: str) -> Any:
    """The template with each expression replaced by its value.

    `bindings` are the variables by name, `states` among them; `location` is the field's path in the state. Raises
    StepError(States.QueryEvaluationError).
    """
    if isinstance(template, dict):
        return {key: fill(value, bindings, f"{location}/{key}") for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, bindings, f"{location}[{index}]") for index, value in enumerate(template)]
    if is_expression(template):
        return _evaluate(template[2:-2].strip(), bindings, location)
    return template


def parse(expression: str) -> None:
    """Raises ValueError where the text between the signs is not JSONata."""
    try:
        jsonata.Jsonata.jsonata(expression)
    except Exception as mistake:
        raise ValueError(str(mistake)) from mistake


def _evaluate(expression: str, bindings: Bindings, location: str) -> Any:
    shown = {name: _null() if value is None else value for name, value in bindings.items()}
    try:
        value = _compile(expression).evaluate(None, shown)
    except Exception as failure:
        code = getattr(failure, "error", None)
        text = f"{code}: {failure}" if isinstance(code, str) and code else str(failure)
        raise _failure(
            f"The JSONata expression '{expression}' specified for the field '{location}' threw an error during "
            f"evaluation. {text}",
            location,
        ) from failure
    if value is None and not _defined(expression, shown):
        raise _failure(
            f"The JSONata expression '{expression}' specified for the field '{location}' returned nothing (undefined).",
            location,
        )
    return _plain(value, expression, location)


def _compile(expression: str) -> Any:
    compiled = jsonata.Jsonata.jsonata(expression, timeout=_MILLISECONDS)
    step_paths.add_functions(compiled)
    return compiled


def _defined(expression: str, bindings: Bindings) -> bool:
    """The package gives None for null and for undefined."""
    try:
        return bool(_compile(f"$exists(({expression}))").evaluate(None, dict(bindings)))
    except Exception:  # noqa: BLE001 - as above
        return False


def _plain(value: Any, expression: str, location: str) -> Any:
    """JSON of plain lists and dicts; functions are no values."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one, expression, location) for key, one in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(one, expression, location) for one in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if value is _null():
        return None
    field = f"'{expression}' specified for the field '{location}'"
    raise _failure(f"The JSONata expression {field} returned an unsupported result type.", location)


def _failure(cause: str, location: str) -> StepError:
    return StepError(QUERY, cause, location=location)


def _null() -> Any:
    return jsonata.utils.Utils.NULL_VALUE
