"""Label selectors, as text and as objects ("Labels and Selectors" in the Kubernetes documentation).

Grammar: apimachinery, pkg/labels/selector.go; objects: pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.kubernetes.statuses import bad_request

type Labels = Mapping[str, str]
type Fits = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?"
_VALUE = r"[\w.-]*"
_SET = re.compile(rf"\s*(?P<key>{_KEY})\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)\s*")
_EQUAL = re.compile(rf"\s*(?P<key>{_KEY})\s*(?P<operator>==?|!=)\s*(?P<value>{_VALUE})\s*")
_COMPARED = re.compile(rf"\s*(?P<key>{_KEY})\s*(?P<operator>[<>])\s*(?P<value>-?\d+)\s*")
_EXISTS = re.compile(rf"\s*(?P<not>!)?\s*(?P<key>{_KEY})\s*")
_COMMA = re.compile(r",(?![^()]*\))")


def parsed(selector: str) -> Fits:
    """Whether labels fit a selector in text; Refused (400) where it cannot be read. "" fits all."""
    if not selector.strip():
        return lambda _labels: True
    return _all([_requirement(part, selector) for part in _COMMA.split(selector)])


def of_object(selector: Mapping[str, Any] | None) -> Fits:
    """Whether labels fit a LabelSelector: None fits nothing, an empty one everything."""
    if selector is None:
        return lambda _labels: False
    parts = [_one(key, frozenset({value})) for key, value in (selector.get("matchLabels") or {}).items()]
    expressions = selector.get("matchExpressions") or ()
    return _all(parts + [_expression(each["key"], each["operator"], each.get("values") or ()) for each in expressions])


def _requirement(text: str, whole: str) -> Fits:
    if match := _SET.fullmatch(text):
        values = frozenset(each.strip() for each in match["values"].split(","))
        if all(re.fullmatch(_VALUE, each) for each in values):
            return _expression(match["key"], "In" if match["operator"] == "in" else "NotIn", values)
    elif match := _EQUAL.fullmatch(text):
        return _expression(match["key"], "NotIn" if match["operator"] == "!=" else "In", [match["value"]])
    elif match := _COMPARED.fullmatch(text):
        return _expression(match["key"], "Gt" if match["operator"] == ">" else "Lt", [match["value"]])
    elif match := _EXISTS.fullmatch(text):
        return _expression(match["key"], "DoesNotExist" if match["not"] else "Exists", ())
    raise bad_request(f"unable to parse requirement: {text.strip()!r} of the selector {whole!r}")


def _expression(key: str, operator: str, values: Iterable[str]) -> Fits:
    """Operators of LabelSelectorRequirement, and those of node selectors (Gt, Lt: whole numbers)."""
    among = frozenset(values)
    if operator == "In":
        return _one(key, among)
    if operator == "NotIn":
        return lambda labels: labels.get(key) not in among
    if operator == "Exists":
        return lambda labels: key in labels
    if operator == "DoesNotExist":
        return lambda labels: key not in labels
    (value,) = among
    if operator == "Gt":
        return lambda labels: _whole(labels.get(key)) and int(labels[key]) > int(value)
    if operator == "Lt":
        return lambda labels: _whole(labels.get(key)) and int(labels[key]) < int(value)
    raise bad_request(f'"{operator}" is not a valid label selector operator')


def _one(key: str, among: frozenset[str]) -> Fits:
    return lambda labels: labels.get(key) in among


def _all(parts: list[Fits]) -> Fits:
    return lambda labels: all(fits(labels) for fits in parts)


def _whole(text: str | None) -> bool:
    return bool(text and re.fullmatch(r"-?\d+", text))
