"""Step Functions: drains of nodes that are about to be terminated."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Drains:
    """One method, one API call. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def start(self, machine: str, name: str, given: Mapping[str, Any]) -> bool:
        """Starts an execution of the machine, by ARN, under a name that says what it is for: twice is once. False where
        there has been one of that name (StartExecution, Step Functions API Reference: idempotent while it runs with the
        same input, ExecutionAlreadyExists otherwise)."""
        with translated():
            try:
                self._client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))
            except ClientError as error:
                if code_of(error) == "ExecutionAlreadyExists":
                    return False
                raise
        return True
