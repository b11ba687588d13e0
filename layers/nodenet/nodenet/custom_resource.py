"""Answering CloudFormation: a custom resource whose function says nothing holds the stack up until it times out.

"Custom resource request and response reference", AWS CloudFormation User Guide.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.request import Request, urlopen

from aws_lambda_powertools.utilities.typing import LambdaContext

REASON_BYTES: Final = 1000
"""The whole answer may have 4,096 bytes."""


def answer(event: Mapping[str, Any], context: LambdaContext, on_delete: Callable[[], None]) -> None:
    """Does `on_delete` when the resource goes, nothing when it comes or changes, and answers in every case.

    What `on_delete` raises becomes FAILED with its message, and is raised again for the log.
    """
    try:
        if event["RequestType"] == "Delete":
            on_delete()
    except Exception as error:
        _send(event, context, "FAILED", f"{type(error).__name__}: {error}")
        raise
    _send(event, context, "SUCCESS", "")


def _send(event: Mapping[str, Any], context: LambdaContext, status: str, reason: str) -> None:
    body = {
        "Status": status,
        "Reason": f"{reason[:REASON_BYTES]} (log stream {context.log_stream_name})",
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The address is signed without a content type: with one S3 would refuse the answer.
    request = Request(event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310
    with urlopen(request, timeout=30):  # noqa: S310 - CloudFormation's own address
        pass
