"""The calls that end instances of groups, and what EC2 tells about them."""

from local.autoscaling import lifecycle, processes
from local.autoscaling.activities import Activity, at
from local.autoscaling.errors import ValidationError
from local.autoscaling.group import Group
from local.autoscaling.members import Member
from local.autoscaling.membership_calls import begun
from local.autoscaling.schedule_calls import ScheduleCalls
from local.autoscaling.waits import TERMINATE
from local.world import world

# AWS documents no time within which an unhealthy instance is found: the checks are periodic (user guide, "Health checks
# for instances in an Auto Scaling group").
HEALTH_CHECK = 5.0


class InstanceCalls(ScheduleCalls):
    """TerminateInstanceInAutoScalingGroup, SetInstanceHealth, and EC2's word on every change."""

    def member(self, instance_id: str) -> tuple[Group, Member]:
        """The group and the member of an instance; ValidationError where no group manages it."""
        for group in self.autoscaling_groups.values():
            if found := group.member(instance_id):
                return group, found
        raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")

    def describe_auto_scaling_instances(self, instance_ids: list[str]) -> list[Member]:
        everything = [m for g in self.autoscaling_groups.values() for m in [*g.instance_states, *g.warm_members]]
        return [m for m in everything if not instance_ids or m.instance_id in instance_ids]

    def terminate_instance(self, instance_id: str, should_decrement: bool) -> Activity:
        """Takes one instance out through its terminate hooks; a replacement starts at once unless decremented.

        Raises ValidationError for one in a warm pool and where the group is at its minimum.
        """
        group, member = self.member(instance_id)
        if member in group.warm_members:
            raise ValidationError(
                f"The instance {instance_id} is in a warm pool and cannot be terminated by this call."
            )
        cause = at(f"instance {instance_id} was taken out of service in response to a user request")
        if should_decrement and member.transition is not TERMINATE:
            cause += self.decrement(group, 1)
        activity = lifecycle.terminate(group, member, cause + ".")
        group.reconcile()
        return begun(activity, "InProgress", 0)

    def set_instance_health(self, instance_id: str, health_status: str) -> None:
        """Marks an instance; an unhealthy one in service is replaced a little later, unless that is suspended."""
        if health_status not in ("Healthy", "Unhealthy"):
            raise ValidationError("Valid instance health states are: [Healthy, Unhealthy]")
        group, member = self.member(instance_id)
        member.health_status = health_status
        world.later(HEALTH_CHECK, lambda: self._replace_unhealthy(group, member))

    def instance_changed(self, instance_id: str, state: str) -> None:
        """EC2 says that an instance has come to `state`."""
        for group in list(self.autoscaling_groups.values()):
            if member := group.member(instance_id):
                if state not in ("pending", "running"):
                    world.later(HEALTH_CHECK, lambda group=group, member=member: self._check_ec2(group, member))  # type: ignore[misc]
                lifecycle.advance(group, member)

    def notify_terminate_instances(self, instance_ids: list[str]) -> None:
        """moto's EC2 calls this after TerminateInstances."""
        for instance_id in instance_ids:
            self.instance_changed(instance_id, "terminated")

    def suspend_processes(self, group_name: str, scaling_processes: list[str]) -> None:
        processes.suspend(self.autoscaling_groups[group_name], scaling_processes)

    def resume_processes(self, group_name: str, scaling_processes: list[str]) -> None:
        """What was held back is made up for (user guide, "Suspend and resume Amazon EC2 Auto Scaling processes")."""
        group = self.autoscaling_groups[group_name]
        processes.resume(group, scaling_processes)
        for member in list(group.instance_states):
            self._replace_unhealthy(group, member)
        group.set_desired_capacity(group.desired_capacity)

    def _check_ec2(self, group: Group, member: Member) -> None:
        if group.member(member.instance_id) is member and member.state not in ("pending", "running"):
            lifecycle.lost(group, member)

    def _replace_unhealthy(self, group: Group, member: Member) -> None:
        if self.autoscaling_groups.get(group.name) is not group:
            return
        replaced = not group.suspended("HealthCheck", "ReplaceUnhealthy", "Terminate")
        if member.health_status == "Unhealthy" and member.lifecycle_state == "InService" and replaced:
            lifecycle.terminate(
                group, member, at("an instance was taken out of service in response to a user health-check.")
            )
            group.reconcile()
