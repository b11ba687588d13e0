"""What each call asks of the cluster's authorisation, said where the call is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

GIVEN: Final = "(given)"
"""As a need's namespace: those whose owners bind the ClusterRole for it."""


@dataclass(frozen=True, slots=True)
class Need:
    """`resource` may have a subresource ("pods/eviction"). `names`: of those objects only; `namespace`: there only."""

    verbs: tuple[str, ...]
    resource: str
    group: str = ""
    names: tuple[str, ...] = ()
    namespace: str = ""


def needs[**P, R](
    *verbs: str, on: str, group: str = "", names: tuple[str, ...] = (), namespace: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Marks a method with verbs that it uses ("Authorization", Determine the request verb). May stand repeatedly."""

    def mark(method: Callable[P, R]) -> Callable[P, R]:
        marked: Any = method
        marked.needs = (Need(verbs, on, group, names, namespace), *getattr(method, "needs", ()))
        return method

    return mark


def needed_by(method: Callable[..., object]) -> tuple[Need, ...]:
    """What the method was marked with; AttributeError where it never was."""
    found: tuple[Need, ...] = getattr(method, "needs")  # noqa: B009 - no function has it by its type
    return found
