"""Label selectors as Kubernetes reads them ("Labels and Selectors", Kubernetes documentation)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Requirement(NamedTuple):
    """`operator`: In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        match self.operator:
            case "In":
                return self.key in labels and labels[self.key] in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return False


@dataclass(frozen=True, slots=True)
class Selector:
    """Matches what has all these labels and meets all requirements; an empty one matches everything."""

    labels: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(labels.get(key) == value for key, value in self.labels.items()) and all(
            each.holds(labels) for each in self.requirements
        )
