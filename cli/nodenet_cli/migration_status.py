"""How far a run is, in words."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from nodenet.errors import HeldError
from nodenet_cli.ending import printable

if TYPE_CHECKING:
    from nodenet.aws.runs_from_outside import RunsFromOutside

type Status = Mapping[str, Any]


def status(runs: "RunsFromOutside", run: str) -> dict[str, Any]:
    """Of a run; HeldError where there is none, or with the reason why it ended before it began."""
    try:
        return runs.ask(run, "status")
    except HeldError:
        found = runs.execution(run)
        if found.status == "RUNNING":
            raise HeldError(f"run {run} is about to begin") from None
        if found.error:
            raise HeldError(f"run {run} ended before it began: {found.error}: {found.cause}") from None
        raise


def show(told: Status) -> None:
    from nodenet_cli.tables import Rows, Terminal

    for line in lines(told):
        click.echo(printable(line))
    from nodenet.migration.report.words import lasted, moment, step_name

    rows = [
        [
            step_name(each),
            moment(each["began"]),
            lasted(None if each["ended"] is None else each["ended"] - each["began"]) or "under way",
            printable(each["said"] or each["progress"]),
        ]
        for each in told["steps"]
    ]
    Terminal().part("Steps", Rows(["step", "began (UTC)", "took", "what it says"], rows, words=4))


def lines(told: Status) -> Iterator[str]:
    """Where it is, how much is drained, what it asks and how that is answered."""
    yield f"Run {told['run']} of cluster {told['cluster']}: {_where(told)}."
    if told["nodes"]["of"]:
        yield f"{told['nodes']['drained']} of {told['nodes']['of']} nodes are drained."
    if told["cancelled"] and told["way"] == "forward":
        yield "Somebody has cancelled it: it turns back at its next step."
    if told["forwardOnly"] and told["way"] != "ended":
        yield "An old node group is being deleted: there is no way back."
    if asked := told["question"]:
        yield question(told["run"], asked)


def question(run: str, asked: Mapping[str, Any]) -> str:
    about = "It asks for approval" if asked["kind"] == "approval" else f"Step {asked['step']} is held"
    why = f": {asked['error']}: {asked['cause']}" if asked["error"] else ""
    words = " or ".join(f"nodenet migration {each} {run}" for each in asked["answers"])
    return f"{about}{why}\n  Answer with {words}."


def _where(told: Status) -> str:
    if told["way"] == "ended":
        if told["refused"]:
            return f"ended before anything was changed. {told['refused'].rstrip('.')}"
        if told["dryRun"]:
            return "ended, a dry run"
        return f"ended, {told['outcome']}; report at {told['report']}"
    way = "goes back" if told["way"] == "back" else "goes forward"
    if not told["step"]:
        return way
    progress = f": {told['progress']}" if told["progress"] else ""
    return f"{way}, in {told['step'].replace('_', ' ')}{progress}"
