"""Asynchronous invocation: retries, dead-letter queues and destinations.

Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation" and "Capturing records of
Lambda asynchronous invocations". ministack has the retries, but its dead-letter queues get the record of a destination
in place of the event, success goes nowhere, and a throttled event is lost after three attempts.
"""

import contextvars
import datetime
import json
import threading
from collections.abc import Mapping
from typing import Any

from local.plane import private
from local.world import world

# "a one-minute wait before the first two attempts, and two minutes between the second and third attempts"
RETRY_SECONDS = (60.0, 120.0)
DEFAULT_RETRIES = 2
DEFAULT_MAXIMUM_AGE = 6 * 3600.0
# "the retry interval increases exponentially from 1 second after the first attempt to a maximum of 5 minutes"
THROTTLE_SECONDS = (1.0, 300.0)

Result = Mapping[str, Any]


def install() -> None:
    """Every source of asynchronous invocations in ministack (Invoke, rules, topics, buckets) calls this one name."""
    private.replace("services.lambda_svc.invoke_async_with_retry", lambda _: invoke)


def invoke(func: dict[str, Any], event: Any) -> None:
    """Returns at once; the event is tried, retried and at last sent to where its kind of result goes."""
    scope = contextvars.copy_context()
    threading.Thread(target=scope.run, args=(_run, func, event), name="lambda-asynchronous", daemon=True).start()


def _run(func: dict[str, Any], event: Any) -> None:
    config = func.get("config") or func
    account, region = str(config["FunctionArn"]).split(":")[4], str(config["FunctionArn"]).split(":")[3]
    with private.get("core.responses.request_scope")(account, region):
        settings = func.get("event_invoke_config") or (func.get("event_invoke_configs") or {}).get("$LATEST") or {}
        result, attempts = _attempt(func, event, settings)
        destinations = settings.get("DestinationConfig") or {}
        kind = "OnFailure" if result.get("error") else "OnSuccess"
        target = (destinations.get(kind) or {}).get("Destination")
        if target:
            _send(target, _record(config, event, result, attempts))
        elif result.get("error") and (queue := (config.get("DeadLetterConfig") or {}).get("TargetArn")):
            _send_to_dead_letters(queue, event, result)


def _attempt(func: dict[str, Any], event: Any, settings: Mapping[str, Any]) -> tuple[Result, int]:
    """The last result, and how often the function was run for it."""
    retries = settings.get("MaximumRetryAttempts")
    retries = DEFAULT_RETRIES if retries is None else int(retries)
    era, expires = (
        world.clock.era,
        world.clock.now() + float(settings.get("MaximumEventAgeInSeconds") or DEFAULT_MAXIMUM_AGE),
    )
    attempts, throttle_wait = 0, THROTTLE_SECONDS[0]
    while True:
        result: Result = private.get("services.lambda_svc._execute_function")(func, event)
        if result.get("throttle"):
            wait, throttle_wait = throttle_wait, min(2 * throttle_wait, THROTTLE_SECONDS[1])
        else:
            attempts += 1
            if not result.get("error") or attempts > retries:
                return result, attempts
            wait = RETRY_SECONDS[attempts - 1]
        if world.clock.now() + wait > expires:
            return result, attempts
        world.clock.sleep(wait)
        if world.clock.era != era:
            # The region was reset: neither the function nor its queues are there any more.
            return {}, attempts


def _record(config: Mapping[str, Any], event: Any, result: Result, attempts: int) -> dict[str, Any]:
    """The invocation record of the guide's "Capturing records of Lambda asynchronous invocations"."""
    now = datetime.datetime.fromtimestamp(world.clock.now(), datetime.UTC)
    failed = bool(result.get("error"))
    return {
        "version": "1.0",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": result.get("request_id", ""),
            "functionArn": f"{config['FunctionArn']}:{config.get('Version', '$LATEST')}",
            "condition": ("RetriesExhausted" if attempts else "EventAgeExceeded") if failed else "Success",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": config.get("Version", "$LATEST"),
            **({"functionError": result.get("function_error", "Unhandled")} if failed else {}),
        },
        "responsePayload": result.get("body"),
    }


def _send(target: str, record: dict[str, Any]) -> None:
    service, body = target.split(":")[2], json.dumps(record)
    if service == "sqs":
        _send_message(target, body, {})
    elif service == "sns":
        private.get("services.sns.publish_internal")(target, body, "")
    elif service == "lambda":
        func, config, _ = private.get("services.lambda_svc._get_func_record_for_ref")(target)
        if func and config:
            invoke(private.get("services.lambda_svc._execution_record_for_config")(func, config), record)
    elif service == "events":
        outcome = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
        private.get("services.eventbridge._put_events")(
            {
                "Entries": [
                    {
                        "Source": "lambda",
                        "DetailType": f"Lambda Function Invocation Result - {outcome}",
                        "Detail": body,
                        "EventBusName": target.rpartition("/")[2],
                        "Resources": [target, record["requestContext"]["functionArn"]],
                    }
                ]
            }
        )


def _send_to_dead_letters(target: str, event: Any, result: Result) -> None:
    """The event as it came, with RequestID, ErrorCode and ErrorMessage as attributes ("Dead-letter queues")."""
    body = result.get("body")
    message = str((body or {}).get("errorMessage", "")) if isinstance(body, dict) else str(body)
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": str(result.get("request_id") or "unknown")},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": message[:1024] or "unknown"},
    }
    if target.split(":")[2] == "sqs":
        _send_message(target, json.dumps(event), attributes)
    else:
        private.get("services.sns.publish_internal")(target, json.dumps(event), "")


def _send_message(queue: str, body: str, attributes: dict[str, Any]) -> None:
    url = private.get("services.sqs._queue_url")(queue.rpartition(":")[2])
    if url in private.get("services.sqs._queues"):
        private.get("services.sqs._act_send_message")({"MessageBody": body, "MessageAttributes": attributes}, url)
