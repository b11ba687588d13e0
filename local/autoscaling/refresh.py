"""Instance refresh: replaces a group's instances in a rolling way.

User guide, "How an instance refresh works in an Auto Scaling group"; API reference, StartInstanceRefresh and
RefreshPreferences. Checkpoints, alarms, bake time and rollback are not here.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

from local.autoscaling import events, lifecycle
from local.autoscaling.activities import at, now
from local.autoscaling.capacity import counted
from local.autoscaling.errors import ActiveInstanceRefreshNotFoundError, InstanceRefreshInProgressError, ValidationError
from local.world import world

ACTIVE = ("Pending", "InProgress", "Cancelling")
DEFAULTS: dict[str, Any] = {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 100}


@dataclass(eq=False)
class Refresh:
    """One refresh; the names are those of the service model's InstanceRefresh."""

    auto_scaling_group_name: str
    preferences: dict[str, Any]
    desired_configuration: dict[str, Any] | None
    old: list[Any]
    status: str = "Pending"
    status_reason: str | None = None
    percentage_complete: int = 0
    instances_to_update: int = 0
    instance_refresh_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    start_time: datetime | None = None
    end_time: datetime | None = None
    total: int = 0
    warm_until: float = 0.0
    replacing: bool = False

    def end(self, group: Any, status: str) -> None:
        self.status, self.end_time = status, now()
        group.surge = 0
        events.refresh(group, {"Successful": "Succeeded"}.get(status, status), self.instance_refresh_id)


def start(group: Any, request: Mapping[str, Any]) -> str:
    """Begins to replace the group's instances and returns the refresh's id.

    Raises InstanceRefreshInProgress while another runs and ValidationError for percentages out of range. A desired
    configuration becomes the group's own (API reference, StartInstanceRefresh).
    """
    if active(group):
        raise InstanceRefreshInProgressError(
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."
        )
    preferences = DEFAULTS | (request.get("Preferences") or {})
    least, most = preferences["MinHealthyPercentage"], preferences["MaxHealthyPercentage"]
    if not (0 <= least <= 100 <= most <= 200) or most - least > 100:
        raise ValidationError(
            "The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100."
        )
    wanted = request.get("DesiredConfiguration")
    if wanted:
        group.use(
            launch_template=wanted.get("LaunchTemplate"), mixed_instances_policy=wanted.get("MixedInstancesPolicy")
        )
    old = [
        m
        for m in counted(group.instance_states)
        if preferences.get("ScaleInProtectedInstances") == "Refresh" or not m.protected_from_scale_in
    ]
    if preferences.get("SkipMatching"):
        old = [m for m in old if m.launch_source != group.launch_source]
    run = Refresh(group.name, preferences, wanted, old, total=len(old), instances_to_update=len(old))
    group.refreshes.insert(0, run)
    world.later(0, lambda: _begin(group, run))
    return run.instance_refresh_id


def cancel(group: Any) -> str:
    """Stops the running refresh, leaving what is replaced, and returns its id.

    Raises ActiveInstanceRefreshNotFound where none runs.
    """
    run = active(group)
    if run is None:
        raise ActiveInstanceRefreshNotFoundError(
            f"No in progress or pending Instance Refresh found for Auto Scaling group {group.name}"
        )
    run.status = "Cancelling"
    group.reconcile()
    return run.instance_refresh_id


def active(group: Any) -> Refresh | None:
    return next((run for run in group.refreshes if run.status in ACTIVE), None)


def proceed(group: Any) -> None:
    """Takes the next step of the group's refresh where there is one; called whenever the group has changed."""
    run = active(group)
    if run is None or run.status == "Pending":
        return
    members = counted(group.instance_states)
    run.old = [m for m in run.old if m in members]
    run.instances_to_update = len(run.old)
    run.percentage_complete = 100 * (run.total - len(run.old)) // run.total if run.total else 100
    ready = [m for m in members if m.lifecycle_state == "InService"]
    if len(ready) < len(members) or len(members) < group.desired_capacity + group.surge:
        return
    if run.status == "Cancelling":
        run.end(group, "Cancelled")
        return
    if run.replacing:
        run.replacing = False
        warm_up = float(run.preferences.get("InstanceWarmup") or 0)
        run.warm_until = world.clock.now() + warm_up
        if warm_up:
            world.later(warm_up, group.reconcile)
    if world.clock.now() < run.warm_until:
        return
    if not run.old:
        run.end(group, "Successful")
        return
    _replace(group, run)


def _begin(group: Any, run: Refresh) -> None:
    if run.status == "Pending":
        run.status, run.start_time = "InProgress", now()
        events.refresh(group, "Started", run.instance_refresh_id)
    group.reconcile()


def _replace(group: Any, run: Refresh) -> None:
    desired = group.desired_capacity
    extra = desired * (run.preferences["MaxHealthyPercentage"] - 100) // 100
    extra = min(extra, len(run.old))
    spare = desired + group.surge - ceil(desired * run.preferences["MinHealthyPercentage"] / 100)
    run.replacing = True
    if extra and not group.surge:
        group.surge = extra
        group.reconcile()
        return
    group.surge = min(extra, max(len(run.old) - max(spare, 1), 0))
    for member in run.old[: max(spare, 1)]:
        lifecycle.terminate(
            group,
            member,
            at(f"an instance was taken out of service in response to an instance refresh {run.instance_refresh_id}."),
        )
    group.reconcile()
