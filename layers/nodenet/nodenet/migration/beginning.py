"""The beginning of a run: its input is checked, its cluster locked, the preflight made. Nothing is changed by it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nodenet.errors import TransientError
from nodenet.migration.request import Request
from nodenet.migration.run import Record, Way
from nodenet.migration.step import Step, take

type Parse = Callable[[Mapping[str, Any]], Request]
"""The input as a request; ConfigurationError with every mistake of it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """`said`: the preflight's verdict. `plan`: what the state machine decides by."""

    said: str
    plan: Mapping[str, Any]


def begin(event: Mapping[str, Any], parse: Parse, preflight: Step, record: Record, now: float) -> Begun:
    """Begins a run. `event`: `{"run", "execution", "asked"}`, the execution by ARN, `asked` its input.

    ConfigurationError for a wrong input, ClusterBusy while another run has the cluster, Blocked where something must be
    mended first. A run that does not come past its preflight has changed nothing: it ends here and frees its cluster.
    """
    run, request = event["run"], parse(event["asked"])
    record.begin(run, request, dict(event["asked"]), event["execution"], now)
    try:
        taken = take(preflight, {"run": run}, record, now)
    except TransientError:
        raise
    except Exception as error:
        record.note(run, "run", {"refused": f"{type(error).__name__}: {error}"})
        record.turn(run, Way.ENDED)
        raise
    if request.dry_run:
        record.turn(run, Way.ENDED)
    return Begun(taken.said, plan(request))


def plan(request: Request) -> dict[str, Any]:
    """`approval`: seconds in which somebody must have approved, 0 where nobody is asked."""
    return {
        "cluster": request.cluster,
        "dryRun": request.dry_run,
        "approval": request.approval.timeout if request.approval.required else 0,
        "hold": request.hold,
        "before": request.before,
        "after": request.after,
    }
