"""The control interface under /_region/: JSON over HTTP, described in local/README.md."""

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from local.kubernetes.controllers import orders
from local.kubernetes.controllers.running import switch
from local.lambdas.pool import KillOrder
from local.plane import identity, models, private
from local.plane.bus import Deliveries, Disturbance
from local.plane.faults import Fault
from local.plane.formation import Formation
from local.plane.gateway import Gateway
from local.plane.queues import Confusion, Queues
from local.steps.limits import Limits, limits
from local.world import Delays, Orders, Quotas, world

PREFIX = "/_region/"
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Control:
    """Answers each `METHOD /_region/<name>`; a ValueError or TypeError in it is the client's mistake (400)."""

    def __init__(self, gateway: Gateway, deliveries: Deliveries, queues: Queues, formation: Formation) -> None:
        self._gateway = gateway
        self._deliveries = deliveries
        self._queues = queues
        self._formation = formation
        self._listeners = list(world.on_instance_state)
        self._speed = world.clock.speed
        self._routes: dict[str, Callable[[dict[str, Any]], Any]] = {
            "GET calls": lambda query: gateway.calls.select(**_typed(query, after=int)),
            "DELETE calls": lambda _: gateway.calls.clear(),
            "GET faults": lambda _: gateway.faults.all(),
            "POST faults": lambda order: gateway.faults.add(Fault(**order)),
            "DELETE faults": lambda _: gateway.faults.clear(),
            "GET rates": lambda _: {"on": gateway.rates.on, "limits": gateway.rates.limits},
            "PUT rates": self._set_rates,
            "GET latency": lambda _: gateway.latency.ranges,
            "PUT latency": self._set_latency,
            "GET speed": lambda _: {"speed": world.clock.speed, "now": world.clock.now()},
            "PUT speed": self._set_speed,
            "GET delays": lambda _: world.delays,
            "PUT delays": self._set_delays,
            "GET quotas": lambda _: world.quotas,
            "PUT quotas": self._set_quotas,
            "GET steps": lambda _: limits,
            "PUT steps": self._set_steps,
            "GET orders": lambda _: world.orders,
            "POST orders/blocks": self._fail_block,
            "POST orders/targets": self._fail_target,
            "DELETE orders": self._forget_orders,
            "GET deliveries": lambda _: self._deliveries.all(),
            "POST deliveries": lambda order: self._deliveries.add(Disturbance(**order)),
            "DELETE deliveries": lambda _: self._deliveries.clear(),
            "GET messages": lambda _: self._queues.all(),
            "POST messages": lambda order: self._queues.add(Confusion(**order)),
            "DELETE messages": lambda _: self._queues.clear(),
            "GET kills": lambda _: gateway.pool.orders(),
            "POST kills": lambda order: gateway.pool.order_kill(KillOrder(**order)),
            "DELETE kills": lambda _: gateway.pool.clear_orders(),
            "GET environments": lambda _: gateway.pool.environments(),
            "GET ignored": lambda _: self._formation.ignored,
            **orders.routes(),
            "GET identity": lambda _: {"enforced": identity.enforced()},
            "PUT identity": self._set_identity,
            "POST reset": lambda _: self.reset(),
        }

    def serve(self, routes: Mapping[str, Callable[[dict[str, Any]], Any]]) -> None:
        """Answers these too: `METHOD name` and what does it."""
        self._routes.update(routes)

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """The ASGI application for requests below PREFIX."""
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = await self._answer(scope["method"], scope["path"], scope.get("query_string", b""), body)
        payload = json.dumps(answer, default=_plain).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(payload)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": payload})

    async def _answer(self, method: str, path: str, query: bytes, body: bytes) -> tuple[int, Any]:
        route = self._routes.get(f"{method} {path.removeprefix(PREFIX).rstrip('/')}")
        if route is None:
            return 404, {"error": f"no {method} {path}", "routes": sorted(self._routes)}
        try:
            given = json.loads(body) if body else {}
            given |= {name: values[-1] for name, values in parse_qs(query.decode()).items()}
            return 200, await asyncio.to_thread(route, given)
        except (ValueError, TypeError) as mistake:
            return 400, {"error": str(mistake)}

    def reset(self) -> None:
        """The region as it started: no resource, no order, no call in the log, the speed of the start."""
        # First what could still act: invocations, timers, held deliveries.
        self._deliveries.drop()
        self._queues.clear()
        with world.lock:
            world.clock.reset(self._speed)
            world.on_instance_state[:] = self._listeners
            world.delays, world.quotas, world.orders = Delays(), Quotas(), Orders()
        private.get("app._reset_all_state")()
        # ministack's reset forgets to.
        private.get("services.scheduler._schedule_last_fired").clear()
        self._gateway.pool.reset()
        models.reset()
        identity.set_enforcement(False)
        switch.reset()
        vars(limits).update(vars(Limits()))
        self._formation.ignored.clear()
        self._gateway.reset()

    def _set_rates(self, order: dict[str, Any]) -> None:
        self._gateway.rates.on = bool(order.get("on", self._gateway.rates.on))
        for name, (capacity, refill) in order.get("limits", {}).items():
            self._gateway.rates.limits[name] = (float(capacity), float(refill))

    def _set_latency(self, order: dict[str, Any]) -> None:
        self._gateway.latency.clear()
        for name, seconds in order.items():
            low, high = (seconds, seconds) if isinstance(seconds, int | float) else seconds
            self._gateway.latency.set(name, float(low), float(high))

    def _set_speed(self, order: dict[str, Any]) -> None:
        world.clock.speed = float(order["speed"])
        private.get("core.concurrency.esm_wake").set()

    def _set_delays(self, order: dict[str, Any]) -> None:
        with world.lock:
            world.delays = dataclasses.replace(world.delays, **{name: float(value) for name, value in order.items()})

    def _set_quotas(self, order: dict[str, Any]) -> None:
        with world.lock:
            world.quotas = dataclasses.replace(world.quotas, **{name: int(value) for name, value in order.items()})

    def _fail_block(self, order: dict[str, Any]) -> None:
        with world.lock:
            world.orders.failing_blocks[str(order["cidr"])] = str(order["message"])

    def _fail_target(self, order: dict[str, Any]) -> None:
        with world.lock:
            world.orders.unhealthy_targets[str(order["target"])] = str(order["reason"])

    def _forget_orders(self, _: dict[str, Any]) -> None:
        with world.lock:
            world.orders = Orders()

    def _set_steps(self, order: dict[str, Any]) -> None:
        for name, value in order.items():
            if not hasattr(limits, name):
                raise ValueError(f"executions have no limit {name}")
            setattr(limits, name, int(value))

    def _set_identity(self, order: dict[str, Any]) -> None:
        identity.set_enforcement(bool(order["enforced"]))


def _typed(query: dict[str, Any], **types: type) -> dict[str, Any]:
    return {name: types.get(name, str)(value) for name, value in query.items()}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{value!r} is not JSON")
