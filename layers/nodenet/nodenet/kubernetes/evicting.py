"""What an answer to a request for an eviction means.

Sources: "API-initiated Eviction" in the Kubernetes documentation, and the server's own
pkg/registry/core/pod/storage/eviction.go.
"""

from collections.abc import Callable
from typing import Final

import httpx2

from nodenet.kubernetes.errors import refusal
from nodenet.kubernetes.statuses import Status, asked_to_wait, budget_cause, status_of
from nodenet.migration.drain.evictions import Eviction

_SEVERAL: Final = "more than one PodDisruptionBudget"
_DENIED: Final = ("denied the request", "denied request")
"""An admission webhook's or policy's; operators that move their pods themselves deny evictions, and do so soon."""


def eviction(answer: httpx2.Response, is_there: Callable[[], bool]) -> Eviction:
    """`is_there` looks whether the pod that was meant still is. Raises the domain's exceptions for other answers."""
    code, status = answer.status_code, status_of(answer) or Status()
    if answer.is_success:
        # Two budgets for one pod: a failure of code 500 in a Status that comes with 201, as what was created.
        return Eviction("refused" if status.status == "Failure" else "evicted", status.message)
    if code == 404:
        return Eviction("gone")
    if code == 409:
        # Of the uid it was to have, or the pod changes too fast; neither has a code of its own.
        return Eviction("blocked", status.message) if is_there() else Eviction("gone")
    if code == 429 and (cause := budget_cause(answer)) is not None:
        return Eviction("blocked", cause or status.message, asked_to_wait(answer))
    if code == 500 and _SEVERAL in status.message:
        return Eviction("refused", status.message)
    if _budget_is_behind(status) or any(each in status.message for each in _DENIED):
        return Eviction("blocked", status.message, asked_to_wait(answer))
    raise refusal(answer)


def _budget_is_behind(status: Status) -> bool:
    """Forbidden, not by authorisation but because of a budget's own status: its controller comes later."""
    return bool(status.reason == "Forbidden" and status.details and status.details.kind == "poddisruptionbudget")
