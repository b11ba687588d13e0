"""The private names of ministack that the region replaces or calls, checked before anything is replaced.

ministack promises nothing about them, so its version is pinned and every signature is written down here: after an
update the region refuses to start and names what moved, instead of answering subtly wrong.
"""

import importlib
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

VERSION = "1.5.33"

# Where the name lives, and its signature without annotations and defaults. None: a value, only its presence counts.
NAMES: dict[str, tuple[str, ...] | None] = {
    "app.SERVICE_HANDLERS": None,
    "app.AUTH": None,
    "app.pin_request_origin": ("source_ip", "secure_transport"),
    "app._dispatch_service_request": ("method", "path", "headers", "body", "query_params", "request_id"),
    "app._reset_all_state": (),
    "app._routing_params": ("method", "path", "headers", "body", "query_params"),
    "core.router.SERVICE_PATTERNS": None,
    "core.router.detect_service": ("method", "path", "headers", "query_params"),
    "core.router.extract_access_key_id": ("headers", "query_params"),
    "core.responses.request_scope": ("account_id", "region"),
    "core.responses.get_region": (),
    "core.responses.get_account_id": (),
    "core.concurrency.esm_wake": None,
    "core.iam_evaluator.EvalContext": None,
    "core.iam_evaluator.evaluate_resource_policy": ("doc", "ctx", "service", "named_only", "direct_only"),
    "core.iam_evaluator._resource_policy": ("service", "resource_arn"),
    "core.iam_evaluator._resolve_condition_key": ("key", "ctx"),
    "core.iam_evaluator.enforce": (
        "access_key_id",
        "iam_action",
        "service",
        "region",
        "resource_arn",
        "service_context",
    ),
    "core.iam_actions.access_denied_response": None,
    "core.iam_actions.request_tag_context": ("service", "iam_action", "body", "params"),
    "core.iam_actions.extract_resource_arn": (
        "service",
        "method",
        "path",
        "headers",
        "body",
        "query_params",
        "region",
        "account_id",
    ),
    "services.lambda_svc._execute_function": ("func", "event"),
    "services.lambda_svc._execute_function_warm": ("func", "event", "request_id"),
    "services.lambda_svc._resolve_layer_zip": ("attachment",),
    "services.lambda_svc.function_policy_for_arn": ("resource_arn",),
    "services.lambda_svc._get_func_record_for_ref": ("function_ref",),
    "services.lambda_svc._execution_record_for_config": ("func", "config"),
    "services.lambda_svc.invoke_async_with_retry": ("func", "event"),
    "services.lambda_svc._put_function_concurrency": ("func_name", "data"),
    "services.lambda_svc._update_config": ("name", "data"),
    "services.lambda_svc._delete_function_concurrency": ("func_name",),
    "services.lambda_svc._esms": None,
    "services.lambda_svc._create_esm": ("data",),
    "services.sqs._queues": None,
    "services.sqs._queue_url": ("name",),
    "services.sqs._act_send_message": ("data", "qurl"),
    "services.sqs._collect_msgs": ("q", "max_n", "vis_timeout"),
    "services.sqs.queue_policy_for_arn": ("queue_arn",),
    "services.sqs._receive_messages_for_esm": ("queue_url", "max_number"),
    "services.sns.publish_internal": None,
    "services.eventbridge._put_events": ("data", "allow_aws_source"),
    "services.eventbridge._put_permission": ("data",),
    "services.eventbridge._remove_permission": ("data",),
    "services.eventbridge._delete_event_bus": ("data",),
    "services.eventbridge._event_buses": None,
    "services.eventbridge._event_bus_policies": None,
    "services.iam._instance_profiles": None,
    "services.iam._roles": None,
    "services.eventbridge._pattern_event_view": ("event",),
    "services.eventbridge._invoke_target": ("target", "event", "rule", "view"),
    "services.eventbridge._dispatch_to_lambda": ("arn", "payload"),
    "services.scheduler._schedule_last_fired": None,
    "services.sts.register_session": ("access_key", "session"),
    "services.sts._sessions": None,
    "services.ssm._public_parameter": ("name",),
    "services.tagging.resource_tags": ("arn",),
    "services.stepfunctions._ExecutionError": None,
    "services.stepfunctions._activity_tasks": None,
    "services.stepfunctions._api_name_to_sfn_key": ("name",),
    "services.stepfunctions._apply_input_path": ("state_def", "data", "ctx"),
    "services.stepfunctions._apply_output_path": ("state_def", "data", "ctx"),
    "services.stepfunctions._apply_parameters": ("state_def", "data", "ctx"),
    "services.stepfunctions._apply_result_path_raw": ("result_path", "original", "result"),
    "services.stepfunctions._apply_result_selector": ("state_def", "data"),
    "services.stepfunctions._delete_state_machine": ("data",),
    "services.stepfunctions._evaluate_intrinsic": ("expression", "data", "ctx"),
    "services.stepfunctions._evaluate_rule": ("rule", "data", "ctx"),
    "services.stepfunctions._execution_version_arn": ("arn",),
    "services.stepfunctions._register_sfn_jsonata_functions": ("expr",),
    "services.stepfunctions._resolve_params_obj": ("template", "data", "ctx"),
    "services.stepfunctions._resolve_path_or_ctx": ("path", "data", "ctx"),
    "services.stepfunctions._resolve_state_machine_arn": ("arn",),
    "services.stepfunctions._start_execution": ("data",),
    "services.stepfunctions._state_machine_versions": None,
    "services.stepfunctions._state_machines": None,
    "services.stepfunctions._validate_definition_jsonata": ("definition_str",),
    "services.stepfunctions.reset": (),
    "core.responses.error_response_json": ("code", "message", "status", "extra", "message_key", "content_type"),
    "core.responses.json_response": ("data", "status", "content_type"),
    "services.s3._put_bucket_encryption": ("name", "body"),
    "services.s3._put_bucket_lifecycle": ("name", "body"),
    "services.s3._delete_bucket_encryption": ("name",),
    "services.s3._delete_bucket_lifecycle": ("name",),
    "services.dynamodb._update_ttl": ("data",),
    "services.dynamodb._update_continuous_backups": ("data",),
}
_PARAMETERS = ("template", "provided_params", "previous_params")
# Read when the first stack is made, not at the start: this module takes a second to import.
LATE: dict[str, tuple[str, ...] | None] = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": None,
    "services.cloudformation.provisioners._sfn_definition": ("props",),
    "services.cloudformation.provisioners._zip_inline": ("source", "handler", "runtime"),
    "services.cloudformation._stacks": None,
    "services.cloudformation.stacks._runs_on_worker_thread": ("resource_type",),
    "services.cloudformation._stack_events": None,
    "services.cloudformation.handlers._create_stack": ("params",),
    "services.cloudformation.handlers._update_stack": ("params",),
    "services.cloudformation.handlers._delete_stack": ("params",),
    "services.cloudformation.engine._resolve_parameters": _PARAMETERS,
    "services.cloudformation.handlers._resolve_parameters": _PARAMETERS,
    "services.cloudformation.changesets._resolve_parameters": _PARAMETERS,
}


class MinistackChangedError(RuntimeError):
    """The installed ministack is not the one that the region's replacements were written for."""


def check(names: dict[str, tuple[str, ...] | None] = NAMES) -> None:
    """Compares ministack's version and each of `names` with what is installed.

    Raises MinistackChangedError, with every difference in one message.
    """
    found = version("ministack")
    wrong = [] if found == VERSION else [f"version {found}, not {VERSION}"]
    for name, parameters in names.items():
        try:
            value = get(name)
        except (ImportError, AttributeError):
            wrong.append(f"{name} is gone")
            continue
        if parameters is not None and (now := tuple(inspect.signature(value).parameters)) != parameters:
            wrong.append(f"{name}{now} was {name}{parameters}")
    if wrong:
        raise MinistackChangedError("the local region does not fit the installed ministack: " + "; ".join(wrong))


def get(name: str) -> Any:
    """The value behind a dotted name under the package `ministack`."""
    module, attribute = name.rsplit(".", 1)
    return getattr(importlib.import_module(f"ministack.{module}"), attribute)


def replace(name: str, make: Callable[[Any], Any]) -> None:
    """Puts `make(what was there)` in the place of `name`, which must be one of NAMES or LATE."""
    if name not in NAMES and name not in LATE:
        raise MinistackChangedError(f"{name} is replaced but not checked")
    module, attribute = name.rsplit(".", 1)
    setattr(importlib.import_module(f"ministack.{module}"), attribute, make(get(name)))
