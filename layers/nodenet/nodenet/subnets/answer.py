"""What a run of the preparation is asked, and what it answers: plain JSON, for people to read."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nodenet.errors import ConfigurationError
from nodenet.subnets.prepare import Prepared
from nodenet.subnets.steps import AddRoute, EnableDns64, Reserve, Step


def dry_run_of(event: Mapping[str, Any]) -> bool:
    """Whether `{"dryRun": true}` is asked for. ConfigurationError for anything that a typing mistake may have made:
    who wanted to look only must not get changes."""
    if unknown := sorted(set(event) - {"dryRun"}):
        raise ConfigurationError([f"{key}: unknown; the event is {{}} or {{'dryRun': true}}" for key in unknown])
    asked = event.get("dryRun", False)
    if not isinstance(asked, bool):
        raise ConfigurationError([f"dryRun: true or false, not {asked!r}"])
    return asked


def answer(prepared: Prepared) -> dict[str, Any]:
    """The lists that make the answer: `steps` with `done` and `error`, `kept`, `refused`, each with its reason."""
    plan, tried = prepared.plan, {(each.step.subnet, each.step.what) for each in prepared.done}
    would = [_step(step, done=False, error="") for step in plan.steps if prepared.dry_run]
    did = [_step(each.step, done=not each.error, error=each.error) for each in prepared.done]
    return {
        "configuration": "wrong" if prepared.mistakes else "good",
        "mistakes": list(prepared.mistakes),
        "warnings": list(prepared.warnings),
        "dryRun": prepared.dry_run,
        "steps": would + did,
        "kept": [asdict(each) for each in plan.kept if (each.subnet, each.what) not in tried],
        "refused": [{**asdict(each), "holders": [asdict(holder) for holder in each.holders]} for each in plan.refused],
    }


def _step(step: Step, *, done: bool, error: str) -> dict[str, Any]:
    return {"action": _action(step), **asdict(step), "done": done, "error": error}


def _action(step: Step) -> str:
    match step:
        case Reserve():
            return "reserve"
        case AddRoute():
            return "route"
        case EnableDns64():
            return "enable DNS64"
