"""What is not as it was once a run has ended, and cannot be brought back: told plainly."""

import re
from collections.abc import Iterator
from typing import Final

from nodenet.migration.course import Course, Drained
from nodenet.migration.run import Run, Way

_LEFT: Final = re.compile(r"left as (?:it is|they are): (.*)")
"""How steps say on the way back what they found in others' hands."""


def remains(run: Run, found: Course, outcome: str) -> list[str]:
    """A sentence each."""
    said = [*_restarts(run, found), *_lost(run, found), *_nodes(run, found)]
    if outcome == "rolled back":
        said += _left_behind(found)
    if outcome == "moved":
        said += _left_to_owners(run)
    return said


def _restarts(run: Run, found: Course) -> Iterator[str]:
    evicted = sum(each.evicted for each in found.nodes)
    if evicted:
        yield f"{evicted} pods were ended and started anew elsewhere"
    if run.notes("switch_cni").get("before"):
        yield "aws-node was restarted on every node of the cluster"


def _lost(run: Run, found: Course) -> Iterator[str]:
    drain = run.request.drain
    if not found.nodes:
        return
    if drain.empty_dir:
        yield "what evicted pods had in emptyDir volumes is gone"
    if drain.bare_pods:
        yield "evicted pods that nobody starts again are gone"
    if drain.force:
        yield "pods that were there when a node's time was up were deleted past their budgets"


def _nodes(run: Run, found: Course) -> Iterator[str]:
    for each in found.nodes:
        if each.outcome in ("left", "refused"):
            yield f"node {each.node} was not drained: {each.said}"
    waves = run.part("preflight").get("facts", {}).get("waves")
    ended = [each for each in found.nodes if each.which == "old" and _is_gone(each)]
    if waves and ended:
        yield f"{len(ended)} old nodes were drained in waves, and those that ended do not come back by themselves"


def _is_gone(each: Drained) -> bool:
    return each.outcome in ("drained", "gone")


def _left_behind(found: Course) -> Iterator[str]:
    for each in found.steps:
        if each.way is Way.BACK and (left := _LEFT.search(each.said)):
            yield f"{each.name} left {left[1]}"


def _left_to_owners(run: Run) -> Iterator[str]:
    for group in run.request.groups:
        if not group.delete_old:
            yield f"node group {group.name} is drained, and left for its owner to delete"
