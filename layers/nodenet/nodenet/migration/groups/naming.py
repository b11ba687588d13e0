"""What a new group is called, and how a run knows its own again."""

import hashlib
import re
from typing import Final

from nodenet.migration.run import Run
from nodenet.migration.vpc.seen import RUN_TAG
from nodenet.networks import CLUSTER_TAG

_LONGEST: Final = 63
""" "It can't be longer than 63 characters" (CreateNodegroup, EKS User Guide); Auto Scaling groups may have 255."""

_TEMPLATE: Final = 128
"""Characters of a launch template's name, of letters, digits and ( ) . / _ - (CreateLaunchTemplate, EC2 API
Reference)."""


def new_name(old: str, run: str) -> str:
    """The name of the group that takes the place of `old` in a run: always the same, and another in each run."""
    mark = hashlib.sha256(f"{run}/{old}".encode()).hexdigest()[:6]
    return f"{old[: _LONGEST - 1 - len(mark)]}-{mark}"


def template_name(new: str, number: int) -> str:
    """The name of the new group's n-th launch template."""
    plain = re.sub(r"[^A-Za-z0-9().\-/_]", "-", new)
    return f"nodenet-{plain}-{number}"[:_TEMPLATE]


def token(run: Run, what: str) -> str:
    """A client token, which makes the same request twice one: at most 64 characters of ASCII."""
    return hashlib.sha256(f"{run.id}/{what}".encode()).hexdigest()


def marks(run: Run) -> dict[str, str]:
    """The tags of all that the run makes for its groups."""
    return {RUN_TAG: run.id, CLUSTER_TAG: run.request.cluster}


def is_of(run: Run, tags: object) -> bool:
    """Whether tags, of EKS (a map) or of EC2 and Auto Scaling (a list of keys and values), are this run's."""
    found = tags if isinstance(tags, dict) else {each["Key"]: each.get("Value", "") for each in _listed(tags)}
    return found.get(RUN_TAG) == run.id


def _listed(tags: object) -> list[dict[str, str]]:
    return list(tags) if isinstance(tags, (list, tuple)) else []
