"""A typed client of the control interface, without anything of the region's own process."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


@dataclass(frozen=True)
class Call:
    """One call that reached the region: see local/README.md, `calls`."""

    number: int
    time: float
    service: str
    operation: str
    caller: str
    function: str | None
    duration: float
    status: int
    error: str | None
    resources: Sequence[str] = ()


class ControlError(RuntimeError):
    """The region refused an order; the message says why."""


class Control:
    """Every method is one request to `/_region/…` and raises ControlError where it is refused."""

    def __init__(self, endpoint: str) -> None:
        self._base = f"{endpoint}/_region"

    def calls(
        self, service: str | None = None, operation: str | None = None, function: str | None = None, after: int = 0
    ) -> list[Call]:
        """The call log in order, of one service, operation or function, after a number."""
        query = {"service": service, "operation": operation, "function": function, "after": after or None}
        given = {name: value for name, value in query.items() if value is not None}
        return [Call(**call) for call in self._ask("GET", "calls" + (f"?{urlencode(given)}" if given else ""))]

    def clear_calls(self) -> None:
        self._ask("DELETE", "calls")

    def fail(
        self,
        service: str | None = None,
        operation: str | None = None,
        *,
        code: str,
        message: str = "a fault that was asked for",
        status: int = 400,
        function: str | None = None,
        when: Literal["before", "after"] = "before",
        skip: int = 0,
        times: int = 1,
    ) -> None:
        """Makes matching calls fail: the first `skip` pass, the next `times` get the error.

        `when="after"` does the call first, so that the caller does not learn of the success.
        """
        self._ask(
            "POST",
            "faults",
            service=service,
            operation=operation,
            code=code,
            message=message,
            status=status,
            function=function,
            when=when,
            skip=skip,
            times=times,
        )

    def delay(
        self,
        service: str | None = None,
        operation: str | None = None,
        *,
        seconds: float,
        function: str | None = None,
        skip: int = 0,
        times: int = 1,
    ) -> None:
        """Makes matching calls wait `seconds` of simulated time before they are done."""
        self._ask(
            "POST",
            "faults",
            service=service,
            operation=operation,
            delay=seconds,
            function=function,
            skip=skip,
            times=times,
        )

    def faults(self) -> list[dict[str, Any]]:
        """All orders, with how many calls each has seen and hit."""
        return list(self._ask("GET", "faults"))

    def clear_faults(self) -> None:
        self._ask("DELETE", "faults")

    def rates(self, on: bool, limits: Mapping[str, tuple[float, float]] | None = None) -> None:
        """Switches the documented token buckets; `limits` sets others, by `service:operation`."""
        self._ask("PUT", "rates", on=on, limits=dict(limits or {}))

    def latency(self, ranges: Mapping[str, float | tuple[float, float]]) -> None:
        """Simulated seconds that calls take, by `service:operation`, `service` or `*`; replaces what was set."""
        self._ask("PUT", "latency", **ranges)

    @property
    def speed(self) -> float:
        """Simulated seconds in a real one."""
        return float(self._ask("GET", "speed")["speed"])

    @speed.setter
    def speed(self, speed: float) -> None:
        self._ask("PUT", "speed", speed=speed)

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return float(self._ask("GET", "speed")["now"])

    def delays(self, **seconds: float) -> None:
        """How long EC2 takes to attach, detach, delete ... in simulated seconds: the fields of local.world.Delays."""
        self._ask("PUT", "delays", **seconds)

    def quotas(self, **most: int) -> None:
        """What an account may have in the region: the fields of local.world.Quotas."""
        self._ask("PUT", "quotas", **most)

    def fail_block(self, cidr: str, message: str = "a failure that was asked for") -> None:
        """Makes the next association of this IPv4 block with a VPC end as `failed`, with this status message."""
        self._ask("POST", "orders/blocks", cidr=cidr, message=message)

    def fail_target(self, target: str, reason: str = "Target.FailedHealthChecks") -> None:
        """Makes an instance or address fail the health checks of all target groups from now on."""
        self._ask("POST", "orders/targets", target=target, reason=reason)

    def clear_orders(self) -> None:
        """Takes back the orders of `fail_block` and `fail_target`."""
        self._ask("DELETE", "orders")

    def kubernetes(self, *, controllers: bool, alone: bool = False, **settings: float) -> None:
        """Whether EKS clusters made from now on have controllers, a scheduler and kubelets; how fast these are: the
        fields of local.kubernetes.controllers.settings.Settings. `alone`: without nodes of EC2's instances, the VPC CNI
        and what else AWS puts there: Nodes are made by hand."""
        self._ask("PUT", "kubernetes", controllers=controllers, alone=alone, **settings)

    def end_pods(
        self,
        cluster: str,
        labels: Mapping[str, str],
        *,
        exit_code: int | None = None,
        message: str = "",
        ready: bool | None = None,
        run_seconds: float | None = None,
    ) -> None:
        """How pods with these labels end from now on, and whether they get ready; None is as they say themselves."""
        order = {"exitCode": exit_code, "message": message, "ready": ready, "runSeconds": run_seconds}
        self._ask("POST", "kubernetes/endings", cluster=cluster, labels=dict(labels), **order)

    def clear_endings(self, cluster: str) -> None:
        self._ask("DELETE", "kubernetes/endings", cluster=cluster)

    def bar_pods(self, cluster: str, *, cidr: str = "", labels: Mapping[str, str] | None = None) -> None:
        """Keeps a cluster's API server from reaching pods of a range, or with labels, by their proxy."""
        self._ask("POST", "kubernetes/unreachable", cluster=cluster, cidr=cidr, labels=dict(labels or {}))

    def clear_barriers(self, cluster: str) -> None:
        self._ask("DELETE", "kubernetes/unreachable", cluster=cluster)

    def disturb_deliveries(
        self,
        *,
        detail_type: str | None = None,
        target: str | None = None,
        copies: int = 0,
        delay: float = 0.0,
        reorder: int = 0,
        times: int = 1,
    ) -> None:
        """Duplicates, delays or reorders the next `times` deliveries of EventBridge that match."""
        self._ask(
            "POST",
            "deliveries",
            detail_type=detail_type,
            target=target,
            copies=copies,
            delay=delay,
            reorder=reorder,
            times=times,
        )

    def clear_deliveries(self) -> None:
        self._ask("DELETE", "deliveries")

    def confuse_messages(self, queue: str, *, duplicate: bool = False, reorder: bool = False, times: int = 1) -> None:
        """Makes the next `times` receives from the standard queue of that name leave copies, or return the youngest."""
        self._ask("POST", "messages", queue=queue, duplicate=duplicate, reorder=reorder, times=times)

    def clear_messages(self) -> None:
        self._ask("DELETE", "messages")

    def kill(
        self,
        function: str,
        *,
        after: int = 1,
        service: str | None = None,
        operation: str | None = None,
        times: int = 1,
    ) -> None:
        """Kills the function's process after the `after`-th matching AWS call of an invocation, answer undelivered."""
        self._ask("POST", "kills", function=function, after=after, service=service, operation=operation, times=times)

    def kills(self) -> list[dict[str, Any]]:
        """All kill orders, with how often each has hit."""
        return list(self._ask("GET", "kills"))

    def clear_kills(self) -> None:
        self._ask("DELETE", "kills")

    def environments(self) -> list[dict[str, Any]]:
        """The living execution environments: function, and whether it is idle."""
        return list(self._ask("GET", "environments"))

    def ignored(self) -> list[dict[str, str]]:
        """The properties of deployed templates that have no effect in the region."""
        return list(self._ask("GET", "ignored"))

    def limit_executions(self, **limits: int) -> None:
        """Sets limits of Step Functions' executions: `history_events`, how many events a history may have."""
        self._ask("PUT", "steps", **limits)

    def control_plane(
        self, cluster: str, *, endpoint: str, authority: str, certificate: str, key: str, tunnel: str | None = None
    ) -> None:
        """Gives an EKS cluster, which must have no controllers here, a control plane that runs somewhere else.

        `authority`, and an administrator's `certificate` and `key`, are PEM; `tunnel` is the Unix socket through which
        its API server reaches pods (egress selector, HTTPConnect).
        """
        given = {"endpoint": endpoint, "authority": authority, "certificate": certificate, "key": key}
        self._ask("POST", "kubernetes/outside", cluster=cluster, tunnel=tunnel, **given)

    def enforce_identity(self, on: bool) -> None:
        """Switches IAM: whether calls by roles and users need a policy that allows them."""
        self._ask("PUT", "identity", enforced=on)

    @contextmanager
    def recorded(self) -> Iterator["Recording"]:
        """The calls made inside the `with` block: `recording.calls` after it."""
        before = self.calls()
        recording = Recording()
        yield recording
        recording.calls = self.calls(after=before[-1].number if before else 0)

    def reset(self) -> None:
        """Makes the region what it was when it started."""
        self._ask("POST", "reset")

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if body else None
        request = Request(f"{self._base}/{path}", data, method=method)  # noqa: S310 - the region's own address
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as refused:
            raise ControlError(json.load(refused)["error"]) from None


class Recording:
    """What `Control.recorded` collects."""

    def __init__(self) -> None:
        self.calls: Sequence[Call] = ()

    def operations(self, service: str | None = None) -> list[str]:
        return [call.operation for call in self.calls if service in (None, call.service)]
