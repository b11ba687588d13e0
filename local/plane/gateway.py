"""The way of a call through the region: delayed, refused, done, logged, and perhaps never answered."""

import asyncio
import contextvars
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from local.lambdas.pool import Pool
from local.plane import private
from local.plane.answers import Answer, error, error_code
from local.plane.calls import Caller, CallLog, resources_in
from local.plane.faults import Fault, Faults
from local.plane.identity import Identity
from local.plane.latency import Latency
from local.plane.operations import operation_of
from local.plane.rates import Rates
from local.world import world

log = logging.getLogger("local.region")

# The task in which a call is on its way: its second stop, at the service's handler, is not another call. Not a flag,
# for what runs in the background inherits the context of the call that started it.
_under_way: contextvars.ContextVar[asyncio.Task[Any] | None] = contextvars.ContextVar("call_under_way", default=None)


@dataclass
class Gateway:
    """What is asked of every call, in this order: latency, rates, faults, the call itself, log, kill order."""

    pool: Pool
    identity: Identity
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)
    rates: Rates = field(default_factory=Rates)
    latency: Latency = field(default_factory=Latency)

    def install(self) -> None:
        self._stand_before_the_dispatch()
        self._stand_before_calls_of_state_machines()

    def reset(self) -> None:
        self.calls.clear()
        self.faults.clear()
        self.rates.reset()
        self.latency.clear()

    def _stand_before_the_dispatch(self) -> None:
        """ministack has no hook for requests; this function is what every API call passes, IAM included."""

        def make(original: Any) -> Any:
            async def dispatch(
                method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any, request_id: str
            ) -> Answer:
                params = private.get("app._routing_params")(method, path, headers, body, query_params)
                service = private.get("core.router.detect_service")(method, path, headers, params)
                operation = operation_of(service, method, path, headers, params)
                key = private.get("core.router.extract_access_key_id")(headers, query_params)

                async def call() -> Answer:
                    return await original(method, path, headers, body, query_params, request_id)  # type: ignore[no-any-return]

                return await self.handle(service, operation, key, params, headers, call)

            return dispatch

        private.replace("app._dispatch_service_request", make)

    def _stand_before_calls_of_state_machines(self) -> None:
        """Step Functions' SDK integrations go straight to the services' handlers, past the dispatch."""
        table = private.get("app.SERVICE_HANDLERS")
        for service, handler in list(table.items()):
            table[service] = self._handler(service, handler)

    def _handler(self, service: str, handler: Any) -> Any:
        async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
            if _under_way.get() is asyncio.current_task():
                return await handler(method, path, headers, body, query)  # type: ignore[no-any-return]
            params = private.get("app._routing_params")(method, path, headers, body, query)
            operation = operation_of(service, method, path, headers, params)
            key = private.get("core.router.extract_access_key_id")(headers, query)

            async def call() -> Answer:
                return await handler(method, path, headers, body, query)  # type: ignore[no-any-return]

            return await self.handle(service, operation, key, params, headers, call)

        return handle

    async def handle(
        self, service: str, operation: str, access_key: str, params: Any, headers: dict[str, str], call: Any
    ) -> Answer:
        caller, arrived, started = self.identity.caller(access_key), world.clock.now(), time.monotonic()
        token = _under_way.set(asyncio.current_task())
        try:
            await _sleep(self.latency.of(service, operation))
            answer = await self._answer(service, operation, caller, params, headers, call)
        finally:
            _under_way.reset(token)
        duration, code = time.monotonic() - started, error_code(answer)
        self.calls.add(arrived, service, operation, caller, duration, int(answer[0]), code, resources_in(params))
        if code:
            log.debug("%s %s by %s: %s %s", service, operation, caller.arn, answer[0], code)
        # The process that waits for this answer may be gone now: the call is done all the same.
        self.pool.called(access_key, service, operation)
        return answer

    async def _answer(
        self, service: str, operation: str, caller: Caller, params: Any, headers: dict[str, str], call: Any
    ) -> Answer:
        if refusal := self.rates.refuse(service, operation, params):
            return error(service, refusal.code, refusal.message, refusal.status, headers)
        fault = self.faults.take(service, operation, caller)
        if fault is None:
            return await call()  # type: ignore[no-any-return]
        await _sleep(fault.delay)
        if fault.code is None:
            return await call()  # type: ignore[no-any-return]
        if fault.when == "after":
            await call()
        return _failure(service, fault, headers)


def _failure(service: str, fault: Fault, headers: dict[str, str]) -> Answer:
    assert fault.code is not None
    return error(service, fault.code, fault.message, fault.status, headers)


async def _sleep(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds / world.clock.speed)
