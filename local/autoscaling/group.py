"""An Auto Scaling group that keeps itself at its size."""

from typing import Any

from local.autoscaling import lifecycle, refresh, traffic, warm_pool
from local.autoscaling.activities import Activity, at, now
from local.autoscaling.capacity import counted, imbalance, surplus, to_terminate, zones_by_need
from local.autoscaling.errors import ValidationError
from local.autoscaling.hooks import LifecycleHook
from local.autoscaling.source import LaunchSource
from local.autoscaling.waits import LAUNCH
from local.world import world

# AWS documents neither time: how soon a refused launch is tried again, and how soon a group in uneven zones is evened.
RETRY_AFTER = 60.0
REBALANCE_AFTER = 300.0


class Group(LaunchSource):
    """A group; `instance_states` are its members, `warm_members` those of its warm pool.

    `surge` is how far an instance refresh or a rebalancing lets it grow beyond the desired capacity. `suspensions` are
    {process: reason}, `notifications` {topic: kinds}; `balanced` are the instances that its target groups have,
    `unbalanced` those that they never will.
    """

    started = False

    def __init__(self, *, hooks: dict[str, LifecycleHook], **configuration: Any) -> None:
        self.hooks = hooks
        self.activities: list[Activity] = []
        self.warm_members: list[Any] = []
        self.refreshes: list[refresh.Refresh] = []
        self.suspensions: dict[str, str] = {}
        self.notifications: dict[str, list[str]] = {}
        self.lattice_arns: list[str] = []
        self.balanced: set[str] = set()
        self.unbalanced: set[str] = set()
        self.surge = 0
        self._reconciling = self._again = self._rebalance_due = False
        self._retry: Any = None
        super().__init__(**configuration)
        self.created_time = now()

    def start(self) -> None:
        """Begins to launch: the group is known by now, and so are its hooks."""
        self.started = True
        self.reconcile()

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Sets the size and makes for it, at once even where the last launch was refused."""
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        if self._retry:
            self._retry.cancel()
            self._retry = None
        self.reconcile()

    def reconcile(self) -> None:
        """Launches and terminates until the group is at its size; safe to call from anything that it sets off."""
        self._again = True
        if self._reconciling or not self.started:
            return
        self._reconciling = True
        try:
            while self._again:
                self._again = False
                self._grow()
                self._shrink()
                warm_pool.fill(self)
                refresh.proceed(self)
                self._even_out()
        finally:
            self._reconciling = False
        backend = self.autoscaling_backend
        if self.name in backend.autoscaling_groups:
            backend.update_attached_elbs(self.name)
            backend.update_attached_target_groups(self.name)

    def suspended(self, *processes: str) -> bool:
        return any(process in self.suspensions for process in processes)

    @property
    def suspended_processes(self) -> list[dict[str, str]]:
        return [{"ProcessName": name, "SuspensionReason": reason} for name, reason in self.suspensions.items()]

    @suspended_processes.setter
    def suspended_processes(self, _: list[str]) -> None:
        """moto's constructor begins with none."""

    @property
    def traffic_sources(self) -> list[dict[str, str]]:
        return traffic.sources(self)

    def member(self, instance_id: str) -> Any | None:
        return next((m for m in [*self.instance_states, *self.warm_members] if m.instance_id == instance_id), None)

    def active_instances(self) -> list[Any]:
        """What load balancers get: an instance is registered once it is in service."""
        return [m for m in self.instance_states if m.lifecycle_state == "InService"]

    def places(self) -> list[tuple[str, str | None]]:
        """(zone, subnet) in the order in which the next instance is tried; in a zone the emptiest subnet first."""
        zones = zones_by_need(self.availability_zones, self.instance_states)
        if not self.vpc_zone_identifier:
            return [(zone, None) for zone in zones]
        ids = [subnet.strip() for subnet in self.vpc_zone_identifier.split(",")]
        zone_of = {subnet: self.ec2_backend.get_subnet(subnet).availability_zone for subnet in ids}
        used = [member.instance.subnet_id for member in counted(self.instance_states)]
        return [(zone, subnet) for zone in zones for subnet in sorted(ids, key=used.count) if zone_of[subnet] == zone]

    @property
    def warm_pool_size(self) -> int | None:
        return len(self.warm_members) if self.warm_pool else None

    def _surplus(self) -> dict[str, int]:
        return surplus(self.instance_states, self.targets(self.desired_capacity + self.surge))

    def _grow(self) -> None:
        while market := next((market for market, units in self._surplus().items() if units < 0), None):
            if self._retry or self.suspended("Launch"):
                return
            size, lacking = len(counted(self.instance_states)), -min(self._surplus().values())
            cause = at(
                "an instance was started in response to a difference between desired and actual capacity, "
                f"increasing the capacity from {size} to {size + lacking}."
            )
            if warm := warm_pool.ready(self):
                lifecycle.draw(self, warm, cause)
            elif lifecycle.launch(self, LAUNCH, cause, market) is None:
                self._retry = world.later(RETRY_AFTER, self._try_again)

    def _shrink(self) -> None:
        while max((beyond := self._surplus()).values()) > 0 and not self.suspended("Terminate"):
            member = to_terminate(self.instance_states, self.termination_policies, self.launch_source, beyond)
            if member is None:
                return
            size = len(counted(self.instance_states))
            cause = at(
                "an instance was taken out of service in response to a difference between desired and actual "
                f"capacity, shrinking the capacity from {size} to {size - max(beyond.values())}. "
            ) + at(f"instance {member.instance_id} was selected for termination.")
            pool = self.warm_pool
            reuse = bool(pool and pool.reuses and pool.status is None and len(self.warm_members) < pool.wanted(self))
            lifecycle.terminate(self, member, cause, reuse=reuse)

    def _try_again(self) -> None:
        self._retry = None
        self.reconcile()

    def _even_out(self) -> None:
        """Zones are evened by launching in the emptiest before terminating in the fullest (user guide, AZRebalance)."""
        if refresh.active(self) or self.suspended("AZRebalance", "Launch", "Terminate"):
            return
        members = counted(self.instance_states)
        if not all(m.lifecycle_state == "InService" for m in members):
            return
        if self.surge:
            self.surge, self._again = 0, True
        elif members and imbalance(self.availability_zones, members) and not self._rebalance_due:
            self._rebalance_due = True
            world.later(REBALANCE_AFTER, self._rebalance)

    def _rebalance(self) -> None:
        self._rebalance_due = False
        members = counted(self.instance_states)
        movable = not refresh.active(self) and not self.suspended("AZRebalance", "Launch", "Terminate")
        if self.started and movable and members and imbalance(self.availability_zones, members):
            self.surge = 1
            self.reconcile()

    def check_size(self, desired: int, minimum: int, maximum: int) -> None:
        """Raises ValidationError, in AWS's words, where the three sizes do not fit each other."""
        if minimum > maximum:
            raise ValidationError(f"Max bound, {maximum}, must be greater than or equal to min bound, {minimum}")
        if not minimum <= desired <= maximum:
            raise ValidationError(
                f"Desired capacity:{desired} must be between the specified min size:{minimum} and max size:{maximum}"
            )
