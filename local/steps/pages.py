"""Answers in pages: a token holds a place that new entries do not move."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.steps.refusals import OperationError

_LARGEST = 1000


def size(request: Mapping[str, Any], default: int) -> int:
    """maxResults; 0 is the default. Raises OperationError."""
    wanted = request.get("maxResults") or default
    if not 0 < wanted <= _LARGEST:
        rule = f"less than or equal to {_LARGEST}" if wanted > 0 else "greater than or equal to 0"
        raise OperationError(
            "ValidationException",
            f"1 validation error detected: Value '{wanted}' at 'maxResults' failed to satisfy constraint: Member must "
            f"have value {rule}",
        )
    return int(wanted)


def place(request: Mapping[str, Any], question: Sequence[Any]) -> Any:
    """What `token` was made of, None for a first page. Raises OperationError where it belongs to another question."""
    if not request.get("nextToken"):
        return None
    try:
        asked, where = json.loads(base64.urlsafe_b64decode(request["nextToken"]))
    except ValueError:
        asked, where = None, None
    if asked != list(question):
        raise OperationError("InvalidToken", "Invalid Token: 'Invalid token'")
    return where


def token(question: Sequence[Any], where: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([list(question), where]).encode()).decode()
