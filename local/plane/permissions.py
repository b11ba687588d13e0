"""Whether a rule may deliver to its target, by the target's own policy.

EventBridge user guide, "Using resource-based policies for Amazon EventBridge": queues and functions must allow
events.amazonaws.com; ministack never asks. What may not be delivered goes to the target's dead-letter queue at once,
without retries ("Using dead-letter queues to process undelivered events in EventBridge").
"""

import hashlib
import json
from typing import Any

from local.plane import identity, private

PRINCIPAL = "events.amazonaws.com"
_ACTIONS = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}


def refusal(target: str, rule: str) -> tuple[str, str] | None:
    """Error code and message where `rule` cannot deliver to the queue or function `target`; None where it can."""
    service = target.split(":")[2] if target.count(":") >= 5 else ""
    if service not in _ACTIONS:
        return None
    found = _policy(service, target)
    if found is None:
        return "NO_RESOURCE", f"The specified target does not exist: {target}"
    account, region = rule.split(":")[4], rule.split(":")[3]
    context = private.get("core.iam_evaluator.EvalContext")(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=_ACTIONS[service],
        resource_arn=target,
        region=region,
        service_context={"aws:sourcearn": rule, "aws:sourceaccount": account},
    )
    decision = private.get("core.iam_evaluator.evaluate_resource_policy")(found, context, service=PRINCIPAL).decision
    if decision == "Allow":
        return None
    return "NO_PERMISSIONS", f"{PRINCIPAL} is not allowed to perform {_ACTIONS[service]} on {target} for {rule}"


def refusal_of_role(target: str, role: str) -> tuple[str, str] | None:
    """Error code and message where `role`, a target's RoleArn, may not start the state machine `target`.

    EventBridge user guide, "Using identity-based policies": state machines are reached by a role. None where it may,
    where identity is not enforced, and for other targets.
    """
    if target.split(":")[2:3] != ["states"] or not identity.enforced():
        return None
    name = hashlib.sha256(role.encode()).hexdigest()[:16].upper()
    keys = identity.register_function_session(f"ASIA{name}", role, "events")
    denied = private.get("core.iam_evaluator.enforce")(
        keys["AWS_ACCESS_KEY_ID"], "states:StartExecution", "states", target.split(":")[3], resource_arn=target
    )
    if denied is None:
        return None
    return "NO_PERMISSIONS", f"{role} is not allowed to perform states:StartExecution on {target}"


def send_to_dead_letters(queue: str, rule: str, target: str, event: Any, code: str, message: str) -> bool:
    """Puts an event that could not be delivered into the target's dead-letter queue; False where that fails too."""
    if refusal(queue, rule):
        return False
    values = {
        "RULE_ARN": rule,
        "TARGET_ARN": target,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
    }
    url = private.get("services.sqs._queue_url")(queue.rpartition(":")[2])
    private.get("services.sqs._act_send_message")(
        {
            "MessageBody": json.dumps(event),
            "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in values.items()},
        },
        url,
    )
    return True


def _policy(service: str, target: str) -> Any:
    """The policy document of a queue or function, empty where it has none; None where there is no such thing."""
    if service == "sqs":
        found = private.get("services.sqs.queue_policy_for_arn")(target)
        return None if found is None else found[0] or {}
    function, _, _ = private.get("services.lambda_svc._get_func_record_for_ref")(target)
    if function is None:
        return None
    found = private.get("services.lambda_svc.function_policy_for_arn")(target)
    return {} if found is None else found[0]
