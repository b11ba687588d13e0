"""The environment variables of a function's process."""

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def runtime_variables(config: Mapping[str, Any], task: Path, layers: list[Path], runtime: Path) -> dict[str, str]:
    """The function's own variables, and over them the reserved ones but for the credentials.

    Lambda developer guide, "Defined runtime environment variables": the region's own variables cannot be overridden by
    the function's configuration, except for those like PATH, LANG and TZ. `layers` are unpacked and in order.
    """
    name, version = str(config["FunctionName"]), str(config.get("Version", "$LATEST"))
    region = str(config.get("FunctionArn", "")).split(":")[3]
    logs = config.get("LoggingConfig") or {}
    user = (config.get("Environment") or {}).get("Variables") or {}
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **{key: str(value) for key, value in user.items()},
        "_HANDLER": str(config["Handler"]),
        "LAMBDA_TASK_ROOT": str(task),
        "LAMBDA_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": ":".join([*(f"{layer}/python" for layer in layers), str(runtime)]),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', '')}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logs.get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[{version}]{uuid.uuid4().hex}",
        **_logging(logs),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _logging(settings: Mapping[str, Any]) -> dict[str, str]:
    """What tells the runtime client to write its log as JSON (developer guide, "Advanced logging controls")."""
    if settings.get("LogFormat") != "JSON":
        return {}
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": str(settings.get("ApplicationLogLevel", "INFO"))}
