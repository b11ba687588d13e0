"""Step Functions: executions of the stack's state machines, and tasks of theirs that wait for an answer."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_NOBODY_WAITS: Final = ("TaskDoesNotExist", "TaskTimedOut", "InvalidToken")


class Executions:
    """One method, one API call. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        """Gives a waiting task its result. False where nobody waits by this token any more."""
        with translated():
            try:
                self._client.send_task_success(taskToken=token, output=json.dumps(output))
            except ClientError as error:
                if code_of(error) in _NOBODY_WAITS:
                    return False
                raise
        return True

    def running(self, execution: str) -> bool:
        """Whether an execution, by ARN, is under way. False where there is none."""
        with translated():
            try:
                return self._client.describe_execution(executionArn=execution)["status"] == "RUNNING"
            except ClientError as error:
                if code_of(error) == "ExecutionDoesNotExist":
                    return False
                raise

    def given(self, execution: str) -> dict[str, Any]:
        """The input that an execution, by ARN, was started with; HeldError where there is none."""
        with translated():
            answer: dict[str, Any] = json.loads(self._client.describe_execution(executionArn=execution)["input"])
        return answer
