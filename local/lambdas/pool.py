"""Warm execution environments by function version and configuration, and the orders to kill them."""

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.lambdas.environment import Environment, Outcome
from local.lambdas.package import Packages, runtime_folder
from local.lambdas.variables import runtime_variables

# How long an idle environment is kept. AWS publishes no number; this one bounds memory (60 to 75 MB each).
IDLE_SECONDS = 120.0
# What of a function's configuration makes an environment unfit for reuse.
_FIXED = (
    "FunctionArn",
    "Version",
    "Handler",
    "Runtime",
    "Timeout",
    "MemorySize",
    "Role",
    "Environment",
    "Layers",
    "LoggingConfig",
)

Register = Callable[[str, str, str], dict[str, str]]


@dataclass
class KillOrder:
    """Kill a function's process after the `after`-th matching AWS call of one invocation, `times` times in all.

    The call is done, its answer is never delivered. `service` and `operation` left out match any.
    """

    function: str
    after: int = 1
    service: str | None = None
    operation: str | None = None
    times: int = 1
    hits: int = 0


class Pool:
    """All environments of the region.

    `register(access key, role ARN, session name)` makes a session of the function's role and returns the variables
    with its credentials: each environment has its own key, so that a call tells who made it.
    """

    def __init__(self, endpoint: str, folder: Path, register: Register) -> None:
        self._endpoint = endpoint
        self._folder = folder
        self._packages = Packages(folder)
        self._register = register
        self._idle: dict[str, list[Environment]] = {}
        self._by_key: dict[str, tuple[Environment, str]] = {}
        self._orders: list[KillOrder] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._reap, name="lambda-reaper", daemon=True).start()

    def execute(
        self, config: Mapping[str, Any], code: bytes, layers: list[bytes], request_id: str, event: Any
    ) -> Outcome:
        """Runs one invocation in an idle environment of this version and configuration, or in a new one."""
        key = _fingerprint(config, code, layers)
        environment = self._take(key) or self._start(config, code, layers)
        outcome = environment.invoke(
            request_id, event, float(config.get("Timeout") or 3), str(config.get("FunctionArn", ""))
        )
        environment.matches.clear()
        with self._lock:
            if environment.dead or self._closed.is_set():
                self._forget(environment)
            else:
                environment.idle_since = time.monotonic()
                self._idle.setdefault(key, []).append(environment)
        return outcome

    def function_of(self, access_key: str) -> str | None:
        """The name of the function whose environment holds these credentials."""
        found = self._by_key.get(access_key)
        return found[1] if found else None

    def order_kill(self, order: KillOrder) -> None:
        with self._lock:
            self._orders.append(order)

    def orders(self) -> list[KillOrder]:
        with self._lock:
            return list(self._orders)

    def clear_orders(self) -> None:
        with self._lock:
            self._orders.clear()

    def called(self, access_key: str, service: str, operation: str) -> bool:
        """To be told of every call when it is done; True where its caller was killed for it."""
        with self._lock:
            found = self._by_key.get(access_key)
            if found is None:
                return False
            environment, function = found
            for order in self._orders:
                if (
                    order.function != function
                    or order.service not in (None, service)
                    or order.operation not in (None, operation)
                    or order.hits >= order.times
                ):
                    continue
                environment.matches[id(order)] += 1
                if environment.matches[id(order)] == order.after:
                    order.hits += 1
                    environment.kill()
                    return True
        return False

    def environments(self) -> list[dict[str, Any]]:
        """Function and state of every living environment."""
        with self._lock:
            idle = {id(environment) for group in self._idle.values() for environment in group}
            return [
                {"function": function, "idle": id(environment) in idle}
                for environment, function in self._by_key.values()
            ]

    def reset(self) -> None:
        """Ends every environment, forgets every order."""
        self.clear_orders()
        with self._lock:
            environments = [environment for environment, _ in self._by_key.values()]
            self._idle.clear()
            self._by_key.clear()
        for environment in environments:
            environment.close()

    def close(self) -> None:
        self._closed.set()
        self.reset()

    def _take(self, key: str) -> Environment | None:
        """The environment that was used last, as Lambda prefers it; those that ended meanwhile are put away."""
        with self._lock:
            idle = self._idle.get(key, [])
            while idle:
                environment = idle.pop()
                if environment.alive:
                    return environment
                environment.close()
                self._forget(environment)
        return None

    def _start(self, config: Mapping[str, Any], code: bytes, layers: list[bytes]) -> Environment:
        name, task = str(config["FunctionName"]), self._packages.unpack(code)
        access_key = "ASIA" + uuid.uuid4().hex[:16].upper()
        variables = {
            **runtime_variables(config, task, [self._packages.unpack(layer) for layer in layers], runtime_folder()),
            **self._register(access_key, str(config.get("Role", "")), name),
            "AWS_ENDPOINT_URL": self._endpoint,
            "HOME": str(self._folder),
        }
        environment = Environment(str(config["Handler"]), variables, task)
        with self._lock:
            self._by_key[access_key] = (environment, name)
        return environment

    def _forget(self, environment: Environment) -> None:
        self._by_key = {key: found for key, found in self._by_key.items() if found[0] is not environment}

    def _reap(self) -> None:
        while not self._closed.wait(IDLE_SECONDS / 4):
            old = time.monotonic() - IDLE_SECONDS
            with self._lock:
                stale = [one for group in self._idle.values() for one in group if one.idle_since < old]
                self._idle = {
                    key: kept for key, group in self._idle.items() if (kept := [e for e in group if e not in stale])
                }
                for environment in stale:
                    self._forget(environment)
            for environment in stale:
                environment.close()


def _fingerprint(config: Mapping[str, Any], code: bytes, layers: list[bytes]) -> str:
    digest = hashlib.sha256(json.dumps([config.get(name) for name in _FIXED], sort_keys=True, default=str).encode())
    for blob in (code, *layers):
        digest.update(hashlib.sha256(blob).digest())
    return digest.hexdigest()
