"""Preparing the subnets of a configuration: look, plan and, unless it is a dry run, do."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.errors import AlreadyThere, ConfigurationError, NodenetError, Throttled
from nodenet.retry import until
from nodenet.subnets.egress import NAT64
from nodenet.subnets.look import Eyes, look
from nodenet.subnets.plan import plan
from nodenet.subnets.steps import AddRoute, EnableDns64, Plan, Reserve, Step

_ROUNDS: Final = 3
"""Two runs at once meet where both make the same thing; the one that comes late looks and plans again."""


class Ec2(Eyes, Protocol):
    def reserve(self, step: Reserve) -> None: ...
    def add_route(self, step: AddRoute) -> None: ...
    def enable_dns64(self, step: EnableDns64) -> None: ...


class Configurations(Protocol):
    def load(self) -> ResolvedConfiguration: ...


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a step; `error` says why it is not done, if it is not: `overtaken`, if somebody else was quicker."""

    step: Step
    error: str = ""
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """What came of a run: `mistakes` of the configuration (then nothing was looked at), or the plan.

    `done` holds what was tried, in all rounds; `plan` is the last one. A dry run has a plan and tries nothing.
    """

    dry_run: bool
    mistakes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    done: tuple[Done, ...] = ()
    plan: Plan = field(default_factory=Plan)


def prepare(configurations: Configurations, ec2: Ec2, *, dry_run: bool, deadline: float) -> Prepared:
    """Makes what is missing; run again it does nothing. `deadline` is of time.monotonic.

    A step that EC2 refuses does not stop those that do not need it: its error stands in the result. Errors of looking
    are raised: TransientError, HeldError.
    """
    try:
        configuration = configurations.load()
    except ConfigurationError as error:
        return Prepared(dry_run, mistakes=error.mistakes)
    made: list[Done] = []
    failed: list[Done] = []
    for _ in range(_ROUNDS):
        planned = plan(configuration, look(configuration, ec2))
        if dry_run:
            break
        tried = _apply(planned.steps, ec2, deadline)
        made += [each for each in tried if not each.error]
        failed = [each for each in tried if each.error]
        if not any(each.overtaken for each in failed):
            break
    return Prepared(dry_run, (), configuration.warnings, (*made, *failed), planned)


def _apply(steps: Sequence[Step], ec2: Ec2, deadline: float) -> list[Done]:
    """One step after the other: the rate of CreateSubnetCidrReservation is one a second, and no more at once than five
    ("Request throttling for the Amazon EC2 API", Amazon EC2 Developer Guide)."""
    results: list[Done] = []
    for step in steps:
        if time.monotonic() > deadline:
            results.append(Done(step, "not tried, since the time was up: run it again"))
        elif isinstance(step, EnableDns64) and any(_lacks_route(step, each) for each in results):
            results.append(Done(step, "not tried, since the route that it needs is missing"))
        else:
            results.append(_tried(step, ec2, deadline))
    return results


def _tried(step: Step, ec2: Ec2, deadline: float) -> Done:
    def do() -> None:
        match step:
            case Reserve():
                ec2.reserve(step)
            case AddRoute():
                ec2.add_route(step)
            case EnableDns64():
                ec2.enable_dns64(step)

    try:
        until(deadline, do, again=Throttled)
    except AlreadyThere as error:
        return Done(step, str(error), overtaken=True)
    except NodenetError as error:
        return Done(step, str(error))
    return Done(step)


def _lacks_route(step: EnableDns64, done: Done) -> bool:
    """Whether what was tried was the route that leads where DNS64 points to, and failed."""
    route = done.step
    return isinstance(route, AddRoute) and (route.table, route.destination) == (step.table, NAT64) and bool(done.error)
