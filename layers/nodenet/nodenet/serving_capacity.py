"""Between Lambda and the planner: a plan's document in, the plan out as plain JSON, mistakes as part of the answer."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from nodenet.capacity.answer import answer
from nodenet.capacity.document import notes, read, resolve
from nodenet.capacity.document.fields import INSTANCE_TYPE
from nodenet.capacity.fleet import Fleet
from nodenet.capacity.planning import plan
from nodenet.errors import PlanningError
from nodenet.limits import InstanceLimits, shipped
from nodenet.serving import logger

type Ask = Callable[[Collection[str]], Mapping[str, InstanceLimits]]
"""The limits of those types that there are, by name."""

_FIELDS: Final = ("document", "advice", "detail")
_DETAILS: Final = ("full", "summary")


def serve_plan(event: Any, ask: Ask) -> dict[str, Any]:
    """`document` says whether it is good or wrong, `mistakes` every mistake of it. Beside a good one stand `notes`, of
    what is right and yet may not do what it seems to, and the plan.

    `ask` is asked at most once, for the types that the shipped table lacks. What it raises is the invoker's to see: by
    the exception's name a state machine tries again.
    """
    try:
        asked = _asked(event)
        fleet, noted = _fleet(asked.document, ask)
    except PlanningError as error:
        logger.info("the document is wrong", extra={"mistakes": error.mistakes})
        return {"document": "wrong", "mistakes": list(error.mistakes)}
    said = answer(plan(fleet, advice=asked.advice))
    logger.info("planned", extra={"fits": said["fits"], "groups": len(fleet.groups), "subnets": len(fleet.subnets)})
    said = summary(said) if asked.detail == "summary" else said
    return {"document": "good", "mistakes": [], "notes": list(noted), **said}


def summary(said: Mapping[str, Any]) -> dict[str, Any]:
    """What there is to decide by, within the 256 KiB of a state machine's state ("Step Functions service quotas"): not
    what each kind of node holds, nor how growth goes, and of a subnet how full it gets."""
    kept = {key: value for key, value in said.items() if key not in ("nodes", "growth")}
    return {**kept, "subnets": [_subnet_in_short(each) for each in said["subnets"]]}


def _subnet_in_short(subnet: Mapping[str, Any]) -> dict[str, Any]:
    return {**{key: subnet[key] for key in ("name", "usable", "taken", "left")}, "risk": subnet["blocks"]["risk"]}


class _Asked(NamedTuple):
    document: str
    advice: bool
    detail: str


def _asked(event: Any) -> _Asked:
    """PlanningError for anything that a typing mistake may have made."""
    if not isinstance(event, Mapping):
        raise PlanningError(['the event is {"document": …}'])
    document, advice, detail = event.get("document"), event.get("advice", True), event.get("detail", "full")
    mistakes = [f"{key}: unknown; the event has {', '.join(_FIELDS)}" for key in sorted(set(event) - set(_FIELDS))]
    if not isinstance(document, str | Mapping):
        mistakes.append("document: missing" if document is None else "document: an object, or YAML text")
    if not isinstance(advice, bool):
        mistakes.append(f"advice: true or false, not {json.dumps(advice)}")
    if detail not in _DETAILS:
        mistakes.append(f"detail: {' or '.join(_DETAILS)}, not {json.dumps(detail)}")
    if mistakes:
        raise PlanningError(mistakes)
    # On one line, where no mistake is told by its line: nobody has seen this text.
    return _Asked(document if isinstance(document, str) else json.dumps(document), advice, detail)


def _fleet(text: str, ask: Ask) -> tuple[Fleet, tuple[str, ...]]:
    """The fleet in a document's text, with notes. A first look finds the types that EC2 is to be asked for, which are
    mistakes to it, all of them even in a document that is wrong elsewhere too."""
    limits = _Limits()
    try:
        return _look(text, limits)
    except PlanningError:
        if not limits.lacking:
            raise
    limits.known |= ask(limits.lacking)
    return _look(text, limits)


def _look(text: str, limits: "_Limits") -> tuple[Fleet, tuple[str, ...]]:
    document = read(text, limits)
    return resolve(document, limits), notes(document, limits)


class _Limits:
    """Of the table, and of EC2 once it was asked. `lacking`: types looked for in vain that EC2 might have."""

    def __init__(self) -> None:
        self.known: dict[str, InstanceLimits] = {}
        self.lacking: set[str] = set()

    def __call__(self, name: str) -> InstanceLimits | None:
        found = shipped(name) or self.known.get(name)
        if found is None and re.fullmatch(INSTANCE_TYPE, name):
            self.lacking.add(name)
        return found
