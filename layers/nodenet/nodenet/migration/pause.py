"""Time that has to pass: until the control plane knows a new block, and before old node groups are deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nodenet.errors import Waiting
from nodenet.migration.run import Notes, Run

CONTROL_PLANE_SECONDS: Final = 3600
""" "It can take up to one hour for a cluster to recognize new CIDR blocks" (EKS API server), Amazon EKS User Guide,
"View Amazon EKS networking requirements for VPC and subnets"."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A Step that only waits. It is asked again and again, rather than a Wait state, so that a run can be cancelled
    meanwhile. `seconds` of a run; `clock` gives seconds since the epoch."""

    name: str
    seconds: Callable[[Run], int]
    clock: Callable[[], float]

    def limit(self, run: Run) -> int:
        return self.seconds(run) + run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        seconds = self.seconds(run)
        left = notes["forward.began"] + seconds - self.clock()
        if left > 0:
            raise Waiting(f"{left:.0f} s of {seconds} s are left")
        return f"{seconds} s have passed" if seconds else "nothing to wait for"

    def back(self, run: Run, notes: Notes) -> str:
        return "nothing to undo"


def settle(clock: Callable[[], float]) -> Pause:
    """What the request says; else an hour, where this run has associated a block with the VPC."""

    def seconds(run: Run) -> int:
        if run.request.settle is not None:
            return run.request.settle
        made = any(each["made"] for each in run.notes("extend_vpc").get("associations", {}).values())
        return CONTROL_PLANE_SECONDS if made else 0

    return Pause("settle", seconds, clock)


def bake(clock: Callable[[], float]) -> Pause:
    """What the request says: time to see whether the applications are well."""
    return Pause("bake", lambda run: run.request.bake, clock)
