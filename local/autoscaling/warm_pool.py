"""Warm pools: instances started, hooked and put to rest beside a group, to be drawn from when it grows.

User guide, "Warm pools for Amazon EC2 Auto Scaling"; API reference, PutWarmPool and DeleteWarmPool.
"""

from collections.abc import Mapping
from typing import Any

from moto.autoscaling.models import FakeWarmPool

from local.autoscaling import lifecycle
from local.autoscaling.activities import at
from local.autoscaling.capacity import counted
from local.autoscaling.errors import ValidationError
from local.autoscaling.waits import DISCARD, WARM

STATES = ("Stopped", "Running", "Hibernated")
RESTING = tuple(f"Warmed:{state}" for state in STATES)


class WarmPool(FakeWarmPool):
    """A pool's configuration; its instances are the group's `warm_members`."""

    status: str | None = None

    @property
    def reuses(self) -> bool:
        """Whether scale-in gives instances back to the pool (InstanceReusePolicy)."""
        return bool((self.instance_reuse_policy or {}).get("ReuseOnScaleIn"))

    def wanted(self, group: Any) -> int:
        """How many instances the pool holds: up to the prepared or the maximum size, at least its own minimum."""
        prepared = self.max_group_prepared_capacity
        most = group.max_size if prepared is None else prepared
        return int(max(most - group.desired_capacity, self.min_size or 0, 0))


def put(group: Any, request: Mapping[str, Any]) -> None:
    """Creates or updates the pool of `group`; what is not given stays. MaxGroupPreparedCapacity -1 takes it back.

    Raises ValidationError for an unknown state.
    """
    old = group.warm_pool or WarmPool(None, 0, "Stopped", None)
    prepared = request.get("MaxGroupPreparedCapacity")
    prepared = old.max_group_prepared_capacity if prepared is None else int(prepared)
    state = request.get("PoolState") or old.pool_state
    if state not in STATES:
        raise ValidationError(f"Invalid PoolState {state}")
    group.warm_pool = WarmPool(
        max_group_prepared_capacity=None if prepared == -1 else prepared,
        min_size=int(request["MinSize"]) if request.get("MinSize") is not None else old.min_size,
        pool_state=state,
        instance_reuse_policy=request.get("InstanceReusePolicy") or old.instance_reuse_policy,
    )
    group.reconcile()


def delete(group: Any, *, force: bool) -> None:
    """Empties and removes the pool; `force` asks no hooks and leaves nothing to wait for."""
    if group.warm_pool is None:
        raise ValidationError(f"No warm pool found for Auto Scaling group {group.name}")
    group.warm_pool.status = "PendingDelete"
    for member in list(group.warm_members):
        lifecycle.terminate(
            group, member, at("a warm pool was deleted in response to a user request."), hooked=not force
        )
    group.reconcile()


def ready(group: Any) -> Any | None:
    """The warm instance that has rested longest, or None where the pool has none at rest."""
    return next((m for m in group.warm_members if m.lifecycle_state in RESTING), None)


def fill(group: Any) -> None:
    """Brings the pool to its size; called whenever the group has come to its own."""
    pool = group.warm_pool
    if pool is None:
        return
    present = [m for m in group.warm_members if m.transition is not DISCARD]
    if pool.status == "PendingDelete":
        if not group.warm_members:
            group.warm_pool = None
        return
    lacking = pool.wanted(group) - len(present)
    if lacking > 0 and not group.suspended("Launch") and len(counted(group.instance_states)) >= group.desired_capacity:
        cause = at("an instance was started in response to a difference between desired and actual warm pool capacity.")
        while lacking and lifecycle.launch(group, WARM, cause):
            lacking -= 1
    for member in present[:-lacking] if lacking < 0 and not group.suspended("Terminate") else []:
        lifecycle.terminate(group, member, at("an instance was taken out of the warm pool to shrink it."))
