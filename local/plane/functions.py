"""Lambda's invocations: ministack decides what runs when, local.lambdas runs it."""

import logging
from typing import Any

from local.lambdas.package import RuntimeMissingError
from local.lambdas.pool import Pool
from local.plane import private

log = logging.getLogger("local.region")


def install(pool: Pool) -> None:
    """Puts the pool in the place of ministack's own executor for Python functions."""
    _run_by_the_real_runtime_client(pool)


def _run_by_the_real_runtime_client(pool: Pool) -> None:
    """ministack's executor calls every error Runtime.HandlerError, so that Retry and Catch never match."""

    def make(original: Any) -> Any:
        def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
            config = func.get("config") or func
            if not str(config.get("Runtime", "")).startswith("python") or not func.get("code_zip"):
                return original(func, event, request_id)  # type: ignore[no-any-return]
            resolve = private.get("services.lambda_svc._resolve_layer_zip")
            layers = [blob for layer in config.get("Layers") or [] if (blob := resolve(layer))]
            try:
                outcome = pool.execute(config, func["code_zip"], layers, request_id, event)
            except RuntimeMissingError as missing:
                log.error("%s", missing)
                return {
                    "body": {"errorType": "RuntimeMissingError", "errorMessage": str(missing)},
                    "log": "",
                    "error": True,
                    "function_error": "Unhandled",
                }
            result: dict[str, Any] = {"body": outcome.payload, "log": outcome.log, "request_id": request_id}
            if outcome.failed:
                result |= {"error": True, "function_error": "Unhandled"}
            return result

        return execute

    private.replace("services.lambda_svc._execute_function_warm", make)
