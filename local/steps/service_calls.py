"""What Tasks ask of other services: calls of their APIs, made with the state machine's role.

Developer guide, "Integrating optimized services with Step Functions" (Lambda, DynamoDB, EventBridge, SQS, SNS, Step
Functions) and "Learning to use AWS SDK service integrations" (every other one).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel

from local.steps import spelling
from local.steps.errors import RUNTIME, StepError
from local.steps.execution import Execution
from local.steps.position import Data
from local.steps.resources import Resource

# A boto3 client of a service for an execution: (botocore's name of the service, execution).
type Clients = Callable[[str, Execution], Any]
# Where the Java SDK's name of a service is not botocore's.
_BOTOCORE = {
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "servicequotas": "service-quotas",
    "sfn": "stepfunctions",
}


@dataclass(frozen=True)
class _Names:
    """How errors of a service are named: `prefix.exception`, and the exception of a code nobody knows."""

    prefix: str
    unknown: str
    service: str

    @property
    def by_sdk(self) -> bool:
        """Whether the integration is one with the SDK for Java 2.x, whose names have no runs of capitals."""
        return self.prefix == self.service

    def spelled(self, exception: str) -> str:
        return spelling.java_name(exception) if self.by_sdk else exception

    def cause(self, error: Mapping[str, Any]) -> str:
        details, meta = error["Error"], error.get("ResponseMetadata", {})
        status, request = meta.get("HTTPStatusCode"), meta.get("RequestId", "")
        message = details.get("Message", "")
        if self.by_sdk:
            return f"{message} (Service: {self.service}, Status Code: {status}, Request ID: {request})"
        return (
            f"{message} (Service: {self.service}; Status Code: {status}; Error Code: {details.get('Code')}; "
            f"Request ID: {request}; Proxy: null)"
        )


# Optimized integrations name errors as the Java SDK 1.x does. Measured: DynamoDB.AmazonDynamoDBException,
# SQS.AmazonSQSException, StepFunctions.StateMachineDoesNotExistException, Lambda.ResourceNotFoundException.
_OPTIMIZED = {
    "dynamodb": ("dynamodb", _Names("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2")),
    "events": ("events", _Names("EventBridge", "AmazonEventBridgeException", "AmazonEventBridge")),
    "lambda": ("lambda", _Names("Lambda", "AWSLambdaException", "AWSLambda")),
    "sns": ("sns", _Names("SNS", "AmazonSNSException", "AmazonSNS")),
    "sqs": ("sqs", _Names("SQS", "AmazonSQSException", "AmazonSQS")),
    "states": ("stepfunctions", _Names("StepFunctions", "AWSStepFunctionsException", "AWSStepFunctions")),
}


class ServiceCalls:
    """Calls APIs by `clients`; `offer_activity(arn, input, token)` puts a task before an activity's workers."""

    def __init__(self, clients: Clients, offer_activity: Callable[[str, str, str], None]) -> None:
        self._clients = clients
        self._offer = offer_activity

    def call(self, resource: Resource, arguments: Data, execution: Execution) -> Data:
        """The result as the Task sees it. Raises StepError."""
        if resource.service == "function":
            return self._invoke({"FunctionName": resource.action, "Payload": arguments}, execution)["Payload"]
        if not isinstance(arguments, Mapping):
            raise StepError(RUNTIME, "The Parameters or Arguments of a service integration must be a JSON object")
        if (resource.service, resource.action) == ("lambda", "invoke"):
            return self._invoke(arguments, execution)
        if (resource.service, resource.action) == ("events", "putEvents"):
            return self._put_events(arguments, execution)
        if resource.service.startswith("aws-sdk:"):
            service = resource.service.removeprefix("aws-sdk:")
            return self._api(_BOTOCORE.get(service, service), None, resource.action, arguments, execution)
        if resource.service not in _OPTIMIZED:
            raise StepError(RUNTIME, f"The local region has no integration {resource.service}:{resource.action}")
        service, names = _OPTIMIZED[resource.service]
        return self._api(service, names, resource.action, arguments, execution)

    def offer(self, activity: str, given: Data, token: str) -> None:
        """Raises StepError where there is no such activity."""
        try:
            self._offer(activity, json.dumps(given), token)
        except LookupError:
            raise StepError("ActivityDoesNotExist", f"Activity Does Not Exist: '{activity}'") from None

    def _invoke(self, arguments: Mapping[str, Any], execution: Execution) -> dict[str, Any]:
        """A function's own error has its errorType for a name and its payload for a cause."""
        payload = json.dumps(arguments.get("Payload", {}))
        answer = self._api("lambda", _OPTIMIZED["lambda"][1], "invoke", {**arguments, "Payload": payload}, execution)
        text = answer.get("Payload", "")
        body = _parsed(text)
        if answer.get("FunctionError"):
            error = body.get("errorType") if isinstance(body, dict) else None
            raise StepError(error or "Lambda.Unknown", text)
        return {**answer, "Payload": body}

    def _put_events(self, arguments: Mapping[str, Any], execution: Execution) -> Data:
        """Step Functions adds the machine's and the execution's ARN to each event's resources."""
        own = [execution.machine.arn, execution.arn]
        entries = [{**entry, "Resources": [*(entry.get("Resources") or ()), *own]} for entry in arguments["Entries"]]
        names = _OPTIMIZED["events"][1]
        answer = self._api("events", names, "putEvents", {**arguments, "Entries": entries}, execution)
        if answer.get("FailedEntryCount"):
            raise StepError("EventBridge.FailedEntry", json.dumps(answer))
        return answer

    def _api(
        self, service: str, names: _Names | None, action: str, arguments: Mapping[str, Any], execution: Execution
    ) -> Any:
        client = self._clients(service, execution)
        model = client.meta.service_model
        if names is None:
            name = spelling.java_name(str(model.metadata["serviceId"]))
            names = _Names(name, f"{name}Exception", name)
        operation = _operation(model, action)
        try:
            answer = client._make_api_call(operation.name, spelling.request(arguments, operation.input_shape))
        except ClientError as refused:
            code = str(refused.response["Error"].get("Code", ""))
            error = spelling.exception_name(code, operation) or names.unknown
            raise StepError(f"{names.prefix}.{names.spelled(error)}", names.cause(refused.response)) from refused
        except BotoCoreError as failure:
            raise StepError(f"{names.prefix}.SdkClientException", str(failure)) from failure
        status = answer.pop("ResponseMetadata", {})
        result = spelling.answer(answer, operation.output_shape) or {}
        # Measured of all optimized integrations but EventBridge's.
        if not names.by_sdk and service != "events":
            result |= {
                "SdkHttpMetadata": {"HttpStatusCode": status.get("HTTPStatusCode")},
                "SdkResponseMetadata": {"RequestId": status.get("RequestId", "")},
            }
        return result


def _operation(model: Any, action: str) -> OperationModel:
    """Actions are camelCase in a Resource: `describeVpcs`. Raises StepError where the API has none of the name."""
    for name in model.operation_names:
        if name.lower() == action.lower():
            found: OperationModel = model.operation_model(name)
            return found
    raise StepError(RUNTIME, f"The action {action} is not one of {model.service_name}")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
