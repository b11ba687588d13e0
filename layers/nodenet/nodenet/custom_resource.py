"""Answering CloudFormation: a custom resource whose function says nothing holds the stack up until it times out.

"Custom resource request and response reference", AWS CloudFormation User Guide.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from aws_lambda_powertools.utilities.typing import LambdaContext

REASON_BYTES: Final = 1000
"""The whole answer may have 4,096 bytes."""

_ATTEMPTS: Final = 4


def answer(
    event: Mapping[str, Any],
    context: LambdaContext,
    on_delete: Callable[[], None],
    on_change: Callable[[], None] = lambda: None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Does `on_delete` when the resource goes, `on_change` when it comes or changes, and answers in every case. The
    resource's physical id is its logical one, so that no change replaces it.

    What they raise becomes FAILED with its message, and is raised again for the log. They must end by themselves before
    Lambda ends the function: nobody answers then. `pause`: waits so many seconds before the answer is sent again.
    """
    try:
        if event["RequestType"] == "Delete":
            on_delete()
        else:
            on_change()
    except Exception as error:
        _send(event, context, "FAILED", f"{type(error).__name__}: {error}", pause)
        raise
    _send(event, context, "SUCCESS", "", pause)


def _send(
    event: Mapping[str, Any], context: LambdaContext, status: str, reason: str, pause: Callable[[float], None]
) -> None:
    body = {
        "Status": status,
        "Reason": f"{_shortened(reason)} (log stream {context.log_stream_name})",
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    for attempt in range(_ATTEMPTS):
        try:
            _put(event["ResponseURL"], json.dumps(body, ensure_ascii=False).encode())
        except (URLError, TimeoutError, ConnectionError) as error:
            if isinstance(error, HTTPError):
                error.close()
            if attempt + 1 == _ATTEMPTS:
                # Not chained: who has the address may answer in this function's place, and a log may show it.
                raise ConnectionError(f"CloudFormation takes no answer: {_why(error)}") from None
            pause(2.0**attempt)
        else:
            return


def _put(address: str, body: bytes) -> None:
    # The address is signed without a content type: with one S3 would refuse the answer.
    request = Request(address, body, {"Content-Type": ""}, method="PUT")  # noqa: S310
    with urlopen(request, timeout=10):  # noqa: S310 - CloudFormation's own address
        pass


def _why(error: Exception) -> str:
    return str(error.reason) if isinstance(error, URLError) else type(error).__name__


def _shortened(reason: str) -> str:
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")
