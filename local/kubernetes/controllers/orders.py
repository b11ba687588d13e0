"""What the region's control interface says to the controllers: see local/README.md, `kubernetes`."""

from collections.abc import Callable, Mapping
from typing import Any

from local.kubernetes.controllers.kubelets.endings import Order
from local.kubernetes.controllers.reach import Unreachable
from local.kubernetes.controllers.running import switch


def routes() -> Mapping[str, Callable[[dict[str, Any]], Any]]:
    """`METHOD name` and what answers it; a ValueError or TypeError is the client's mistake."""
    return {
        "GET kubernetes": lambda _: switch.shown,
        "PUT kubernetes": lambda order: switch.set(**order),
        "GET kubernetes/endings": lambda order: switch.of(**order).behaviour.orders,
        "POST kubernetes/endings": _end,
        "DELETE kubernetes/endings": _forget,
        "GET kubernetes/unreachable": lambda order: switch.of(**order).reach.barriers,
        "POST kubernetes/unreachable": _bar,
        "DELETE kubernetes/unreachable": lambda order: switch.of(**order).reach.barriers.clear(),
    }


def _end(order: dict[str, Any]) -> None:
    names = {"labels": "labels", "exitCode": "exit_code", "message": "message", "ready": "ready"}
    names["runSeconds"] = "run_seconds"
    running = switch.of(order.pop("cluster"))
    running.behaviour.orders.append(Order(**{names.get(name, name): value for name, value in order.items()}))
    running.look_again()


def _forget(order: dict[str, Any]) -> None:
    running = switch.of(**order)
    running.behaviour.orders.clear()
    running.look_again()


def _bar(order: dict[str, Any]) -> None:
    running = switch.of(order.pop("cluster"))
    running.reach.barriers.append(Unreachable(**order))
