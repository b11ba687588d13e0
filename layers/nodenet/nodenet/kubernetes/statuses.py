"""The Status objects in which an API server says what went wrong ("API Conventions", Response Status Kind)."""

from typing import Final

import httpx2
from msgspec import MsgspecError, Struct, field
from msgspec.json import Decoder


class Cause(Struct):
    reason: str = ""
    message: str = ""


class Details(Struct):
    kind: str = ""
    causes: list[Cause] | None = None
    retry_after: int = field(default=0, name="retryAfterSeconds")


class Status(Struct):
    """`status` is Success or Failure."""

    kind: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    details: Details | None = None


_decoder: Final = Decoder(Status)
_BUDGET: Final = "DisruptionBudget"


def status_of(response: httpx2.Response) -> Status | None:
    """None where the answer is something else: an object, or the text of what stands before the server."""
    try:
        status = _decoder.decode(response.read())
    except MsgspecError:
        return None
    return status if status.kind == "Status" else None


def budget_cause(response: httpx2.Response) -> str | None:
    """Why a budget of disruptions does not allow an eviction (policy/v1, DisruptionBudgetCause); None where it was not
    asked, as when the server itself has too much to do."""
    status = status_of(response)
    causes = (status.details.causes if status and status.details else None) or ()
    return next((each.message for each in causes if each.reason == _BUDGET), None)


def asked_to_wait(response: httpx2.Response) -> float:
    """Seconds that the server wants to be left alone for ("Retry-After", RFC 9110, section 10.2.3; its other form, a
    date, is not used by API servers); 0 where it says none."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdigit() else 0.0
