"""How pods' containers behave: when they are ready, when and how they end. Said by annotations of the pod, or by
orders for all pods of some labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes.controllers.cache import controller_of
from local.kubernetes.things import Thing

_PREFIX = "local.kubernetes/"


@dataclass(frozen=True)
class Ending:
    """`run` simulated seconds after its start a container ends so; None is never."""

    code: int
    message: str = ""
    run: float | None = None


type Outcome = Callable[[Thing], Ending | None]


@dataclass(frozen=True)
class Order:
    """What an order says of pods with these labels; None is nothing. `ready` False: never."""

    labels: Mapping[str, str]
    exit_code: int | None = None
    message: str = ""
    ready: bool | None = None
    run_seconds: float | None = None

    def fits(self, pod: Thing) -> bool:
        return self.labels.items() <= (pod["metadata"].get("labels") or {}).items()


@dataclass
class Behaviour:
    """Of one cluster's pods. Later orders come before earlier ones, `outcomes` after orders, annotations last."""

    run: float
    orders: list[Order] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def ending(self, pod: Thing) -> Ending | None:
        """How the pod's containers end by themselves; None where they run until they are stopped."""
        for order in reversed(self.orders):
            if order.exit_code is not None and order.fits(pod):
                return Ending(order.exit_code, order.message, self._run(pod, order.run_seconds))
        for outcome in self.outcomes:
            if (found := outcome(pod)) is not None:
                return found
        code = _note(pod, "exit-code")
        if code is None and (_serves(pod) or not _is_of_job(pod)):
            return None
        return Ending(int(code or 0), _note(pod, "termination-message") or "", self._run(pod, None))

    def ready_after(self, pod: Thing) -> float | None:
        """Simulated seconds from a container's start until it is ready; None is never."""
        for order in reversed(self.orders):
            if order.ready is not None and order.fits(pod):
                return 0.0 if order.ready else None
        if _note(pod, "ready") == "never":
            return None
        return float(_note(pod, "ready-seconds") or 0)

    def _run(self, pod: Thing, ordered: float | None) -> float:
        return ordered if ordered is not None else float(_note(pod, "run-seconds") or self.run)


def stops_in(pod: Thing, usual: float) -> float:
    """Simulated seconds that a pod being deleted takes to end: as its annotation says, at most its grace."""
    grace = pod["metadata"].get("deletionGracePeriodSeconds")
    wished = float(_note(pod, "termination-seconds") or usual)
    return min(wished, float(grace)) if grace is not None else wished


def containers(pod: Thing) -> Sequence[Mapping[str, Any]]:
    return list(pod["spec"].get("containers") or ())


def _note(pod: Thing, name: str) -> str | None:
    return (pod["metadata"].get("annotations") or {}).get(_PREFIX + name)


def _serves(pod: Thing) -> bool:
    """Somebody asks whether it is ready to be asked: it does not end by itself, though it may be a Job's."""
    return any(each.get("readinessProbe") for each in containers(pod))


def _is_of_job(pod: Thing) -> bool:
    controller = controller_of(pod)
    return controller is not None and controller["kind"] == "Job"
