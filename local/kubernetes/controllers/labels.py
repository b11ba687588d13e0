"""Label selectors as objects hold them ("Labels and Selectors", Resources that support set-based requirements)."""

from collections.abc import Mapping, Sequence
from typing import Any


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str] | None) -> bool:
    """A LabelSelector: an empty one selects everything, none nothing."""
    if selector is None:
        return False
    labels = labels or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return satisfies(selector.get("matchExpressions") or (), labels)


def satisfies(requirements: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> bool:
    """Requirements of LabelSelectors and of node selectors' terms; the latter have Gt and Lt too."""
    return all(_holds(each, labels) for each in requirements)


def _holds(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(requirement["key"]), list(requirement.get("values") or ())
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return value is not None and value.lstrip("-").isdigit() and int(value) > int(values[0])
        case "Lt":
            return value is not None and value.lstrip("-").isdigit() and int(value) < int(values[0])
    raise ValueError(f"{requirement['operator']} is no operator of a selector")
