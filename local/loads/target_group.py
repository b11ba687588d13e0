"""A target group: who is registered, who drains, who is healthy.

Sources: API reference, RegisterTargets, DeregisterTargets, TargetHealth, CreateTargetGroup (intervals, thresholds);
Application Load Balancers guide, "Health checks" (a new target must pass one check, later ones the threshold of
consecutive results) and "Deregistration delay" (draining is shown until the delay is over).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.elbv2 import exceptions
from moto.elbv2.models import FakeTargetGroup

from local.loads import health
from local.world import world

ALL_ZONES = "all"


@dataclass(eq=False)
class Target:
    """A registration. `zone` is what RegisterTargets named, or was found for an address of the VPC."""

    id: str
    port: int
    zone: str | None = None
    state: str = "initial"
    reason: str | None = "Elb.RegistrationInProgress"
    passed: int = 0
    failed: int = 0

    def take(self, reason: str | None, healthy_after: int, unhealthy_after: int) -> None:
        """The result of one health check: None for one that was passed."""
        if reason is None:
            self.passed, self.failed = self.passed + 1, 0
            if self.passed >= (1 if self.state == "initial" else healthy_after):
                self.state, self.reason = "healthy", None
        else:
            self.passed, self.failed = 0, self.failed + 1
            if self.failed >= unhealthy_after:
                self.state, self.reason = "unhealthy", reason
            elif self.state == "initial":
                self.reason = "Elb.InitialHealthChecking"


class TargetGroup(FakeTargetGroup):
    """moto's target group, made by its backend, with targets of its own."""

    def begin(self, backend: Any) -> None:
        self.backend = backend
        self.registered: dict[tuple[str, int], Target] = {}
        self._checking = False

    @property
    def load_balancer_arns(self) -> list[str]:
        """The balancers whose listeners and rules forward to it now."""
        backend = getattr(self, "backend", None)
        return [one.arn for one in backend.balancers_of(self.arn)] if backend else []

    @load_balancer_arns.setter
    def load_balancer_arns(self, _: list[str]) -> None:
        """moto only ever adds to it."""

    def register(self, targets: list[dict[str, Any]]) -> None:
        """Registers each target, or none: InvalidTarget, ValidationError."""
        for target in [self._checked(each) for each in targets]:
            known = self.registered.get((target.id, target.port))
            if known is None or known.state == "draining":
                self.registered.pop((target.id, target.port), None)
                self.registered[target.id, target.port] = target
        self._check_later()

    def deregister(self, targets: list[dict[str, Any]]) -> None:
        """Those that are not there are passed over (API reference, DeregisterTargets)."""
        for target in targets:
            if known := self.registered.get((target["Id"], self._port(target))):
                self._drain(known)

    def deregister_instance(self, instance_id: str) -> None:
        """A terminated instance goes by itself (user guide, "Register targets")."""
        for target in list(self.registered.values()):
            if target.id == instance_id:
                self._drain(target)

    def health_of(self, asked: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """TargetHealthDescriptions of the targets `asked` for, or of all that are registered or drain."""
        keys = [(one["Id"], self._port(one)) for one in asked] or list(self.registered)
        return [self._described(*key) for key in keys]

    def _described(self, target_id: str, port: int) -> dict[str, Any]:
        target = self.registered.get((target_id, port))
        state, reason, text = self._state(target) if target else ("unused", "Target.NotRegistered", None)
        shown = {"Id": target_id, "Port": port} | ({"AvailabilityZone": target.zone} if target and target.zone else {})
        told = {"Reason": reason, "Description": text or health.DESCRIPTIONS.get(reason or "")} if reason else {}
        check = self.health_check_port
        return {
            "Target": shown,
            "HealthCheckPort": str(port) if check in (None, "traffic-port") else str(check),
            "TargetHealth": {"State": state, **told},
        }

    def _state(self, target: Target) -> tuple[str, str | None, str | None]:
        if target.state == "draining":
            return "draining", target.reason, None
        if unused := self._unused(target):
            return "unused", *unused
        return target.state, target.reason, None

    def _unused(self, target: Target) -> tuple[str, str | None] | None:
        """Why a target gets neither traffic nor checks: (reason, description)."""
        balancers = self.backend.balancers_of(self.arn)
        if not balancers:
            return "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
        instance = self.ec2_backend.get_instance_by_id(target.id) if self.target_type == "instance" else None
        if instance is not None and instance.state == "stopped":
            return "Target.InvalidState", None
        zone = instance.availability_zone if instance is not None else target.zone
        enabled = {each.zone_name for one in balancers for each in one.availability_zones}
        if zone not in (None, ALL_ZONES) and zone not in enabled:
            return "Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer"
        return None

    def _drain(self, target: Target) -> None:
        if target.state == "draining":
            return
        target.state, target.reason = "draining", "Target.DeregistrationInProgress"
        delay = float(self.attributes.get("deregistration_delay.timeout_seconds") or 0)
        if delay > 0:
            world.later(delay, lambda: self._forget(target))
        else:
            self._forget(target)

    def _forget(self, target: Target) -> None:
        if self.registered.get((target.id, target.port)) is target:
            del self.registered[target.id, target.port]

    def _check_later(self) -> None:
        """Health checks run while anybody is registered, one for each interval."""
        if not self._checking and any(one.state != "draining" for one in self.registered.values()):
            self._checking = True
            world.later(float(self.health_check_interval_seconds), self._check)

    def _check(self) -> None:
        self._checking = False
        if self.backend.target_groups.get(self.arn) is not self:
            return
        healthy_after, unhealthy_after = int(self.healthy_threshold_count), int(self.unhealthy_threshold_count)
        checked = [one for one in self.registered.values() if one.state != "draining" and not self._unused(one)]
        failing = self._failing(checked)
        for target in checked:
            target.take(failing.get((target.id, target.port)), healthy_after, unhealthy_after)
        self._check_later()

    def _failing(self, targets: list[Target]) -> Mapping[tuple[str, int], str]:
        if self.target_type == "instance":
            found = {(one.id, one.port): health.of_instance(self.ec2_backend, one.id) for one in targets}
            return {key: reason for key, reason in found.items() if reason}
        addresses = {(health.parsed(one.id), one.port): one for one in targets}
        known = {key for key in addresses if key[0] is not None}
        failing = health.of_addresses(self.ec2_backend, known, self.vpc_id)  # type: ignore[arg-type]
        return {(str(address), port): reason for (address, port), reason in failing.items()}

    def _port(self, target: Mapping[str, Any]) -> int:
        return int(target.get("Port") or self.port)

    def _checked(self, given: Mapping[str, Any]) -> Target:
        target = Target(given["Id"], self._port(given), given.get("AvailabilityZone"))
        if self.target_type == "instance":
            instance = self.ec2_backend.get_instance_by_id(target.id)
            if instance is None or instance.vpc_id != self.vpc_id:
                raise exceptions.InvalidTargetError
            if instance.state != "running":
                raise exceptions.TargetNotRunning(instance_id=target.id)
        elif self.target_type == "ip":
            self._place(target)
        return target

    def _place(self, target: Target) -> None:
        address = health.parsed(target.id)
        if address is None:
            raise exceptions.ValidationError(f"The IP address '{target.id}' is not a valid IPv4 or IPv6 address")
        if health.in_vpc(self.ec2_backend, self.vpc_id, address):
            target.zone = target.zone or health.zone_of(self.ec2_backend, self.vpc_id, address)
            return
        if address.version != 4 or not any(address in block for block in health.BEYOND_A_VPC):
            raise exceptions.ValidationError(
                f"The IP address '{target.id}' is not within the VPC or a private address range"
            )
        if not target.zone:
            raise exceptions.ValidationError(
                f"The IP address '{target.id}' is outside the VPC: you must specify an Availability Zone"
            )
