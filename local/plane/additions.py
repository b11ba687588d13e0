"""Properties in templates that ministack drops, applied by the operations that set them."""

from collections.abc import Callable
from typing import Any

from local.plane import bucket_properties, buses, private


def _reserve_concurrency(function: str, value: Any) -> None:
    name = function.rpartition(":")[2]
    if value is None:
        private.get("services.lambda_svc._delete_function_concurrency")(name)
    else:
        private.get("services.lambda_svc._put_function_concurrency")(name, {"ReservedConcurrentExecutions": int(value)})


def _configure(name: str) -> Callable[[str, Any], None]:
    """Sets one property of a function's configuration, as UpdateFunctionConfiguration does."""

    def set_property(function: str, value: Any) -> None:
        if value is not None:
            call = private.get("services.lambda_svc._update_config")
            _check("UpdateFunctionConfiguration", call(function.rpartition(":")[2], {name: value}))

    return set_property


def _set_time_to_live(table: str, value: Any) -> None:
    if value:
        enabled = str(value.get("Enabled", "true")).lower() == "true"
        _call(
            "services.dynamodb._update_ttl",
            {"TableName": table, "TimeToLiveSpecification": {**value, "Enabled": enabled}},
        )


def _set_recovery(table: str, value: Any) -> None:
    on = str((value or {}).get("PointInTimeRecoveryEnabled", "false")).lower() == "true"
    _call(
        "services.dynamodb._update_continuous_backups",
        {"TableName": table, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": on}},
    )


def _call(name: str, data: dict[str, Any]) -> None:
    """Calls an operation of ministack's as a client would; ValueError is what fails a stack."""
    _check(name, private.get(name)(data))


def _check(name: str, answer: tuple[int, Any, Any]) -> None:
    status, _, body = answer
    if status >= 400:
        raise ValueError(f"{name}: {body!r}")


# What is done after ministack made or changed a resource, by type and property.
ADDED: dict[str, dict[str, Callable[[str, Any], None]]] = {
    "AWS::Lambda::Function": {
        "DeadLetterConfig": _configure("DeadLetterConfig"),
        "ReservedConcurrentExecutions": _reserve_concurrency,
        "VpcConfig": _configure("VpcConfig"),
    },
    "AWS::DynamoDB::Table": {
        "TimeToLiveSpecification": _set_time_to_live,
        "PointInTimeRecoverySpecification": _set_recovery,
    },
    "AWS::Events::EventBus": {"Policy": buses.set_policy},
    "AWS::S3::Bucket": {
        "BucketEncryption": bucket_properties.set_encryption,
        "LifecycleConfiguration": bucket_properties.set_lifecycle,
    },
}
