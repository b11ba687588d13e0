"""A run that drains a cluster's old nodes batch by batch, as the state machine does it."""

from dataclasses import replace
from typing import Any

from nodenet.errors import Waiting
from nodenet.migration.drain.next_batch import Batch, NextBatch
from nodenet.migration.drain.settle_batch import SettleBatch
from nodenet.migration.members import Which
from nodenet.migration.request import GroupWish, Request, Share
from nodenet.migration.run import Run
from tests.unit.migration.drain.cluster import Fake
from tests.unit.migration.drain.turning import asked, drain
from tests.unit.migration.record import started

EXECUTION = "arn:aws:states:eu-west-1:111122223333:execution:drain-nodes:e1"


def a_run(batch: Share | None = None, *, waves: bool = False, **request: Any) -> Run:
    """Of group "web", whose old nodes are in asg-old, and new ones in asg-new."""
    groups = [{"name": "web", "autoScalingGroups": ["asg-old"], "nodes": 4}]
    made = {"name": "web-new", "autoScalingGroups": ["asg-new"], "desired": 1, "wanted": 4}
    return started(
        Request("prod", (GroupWish("web"),), batch=batch or Share(number=2), **request),
        preflight={"facts": {"groups": groups, "waves": waves}},
        step_new_group={"groups": {"web": made}},
    )


def next_batch(fake: Fake, run: Run, which: Which = "old", execution: str = EXECUTION) -> Batch:
    return NextBatch(fake, fake, fake, fake, fake, fake).choose(run, which, execution)


def settle(fake: Fake, run: Run, number: int, which: Which = "old") -> str:
    step = SettleBatch(which, number, fake, fake, fake, fake, fake)
    return step.forward(run, run.notes(step.name))


def settled(fake: Fake, run: Run, number: int, which: Which = "old") -> str:
    """Looks until it is, for ten minutes at most."""
    for _ in range(60):
        try:
            return settle(fake, run, number, which)
        except Waiting:
            fake.pass_time(10)
    return settle(fake, run, number, which)


def drain_all(fake: Fake, run: Run, which: Which = "old") -> list[list[str]]:
    """The nodes of each batch."""
    batches = []
    while not (batch := next_batch(fake, run, which)).done:
        for each in batch.nodes:
            drain(fake, replace(asked(fake, each["node"], run.request.drain), instance=each["instance"]))
        settled(fake, run, batch.number, which)
        batches.append([each["node"] for each in batch.nodes])
    return batches
