"""The calls that change who belongs to a group: attach, detach, standby, protection. None of them asks a hook."""

from collections.abc import Iterable
from dataclasses import replace

from moto.autoscaling.models import ASG_NAME_TAG

from local.autoscaling.activities import Activity, at, log_entry
from local.autoscaling.errors import ValidationError
from local.autoscaling.group import Group
from local.autoscaling.group_calls import GroupCalls
from local.autoscaling.members import Member


class MembershipCalls(GroupCalls):
    """AttachInstances, DetachInstances, EnterStandby, ExitStandby, SetInstanceProtection."""

    def members_of(self, group_name: str, instance_ids: Iterable[str]) -> tuple[Group, list[Member]]:
        """Like `member` for several instances of one group."""
        group = self.autoscaling_groups[group_name]
        found = {m.instance_id: m for m in group.instance_states}
        for instance_id in instance_ids:
            if instance_id not in found:
                raise ValidationError(f"The instance {instance_id} is not part of Auto Scaling group {group_name}.")
        return group, [found[instance_id] for instance_id in instance_ids]

    def attach_instances(self, group_name: str, instance_ids: list[str]) -> None:
        """Takes running instances in, without hooks; raises ValidationError beyond the maximum size."""
        group = self.autoscaling_groups[group_name]
        wanted = group.desired_capacity + len(instance_ids)
        instances = [self.ec2_backend.get_instance(instance_id) for instance_id in instance_ids]
        if wanted > group.max_size:
            raise ValidationError(
                f"Cannot attach {len(instance_ids)} instances: the desired capacity {wanted} would exceed the max size "
                f"{group.max_size} of group {group_name}."
            )
        for instance in instances:
            if instance.state != "running":
                raise ValidationError(f"Invalid Instance ID(s): {instance.id} is not in the running state.")
        for instance in instances:
            self.ec2_backend.create_tags([instance.id], {ASG_NAME_TAG: group.name})
            member = Member(instance, group, attached=True)
            group.instance_states.append(member)
            cause = at(f"an instance was attached in response to a user request, increasing the capacity to {wanted}.")
            log_entry(group, f"Attaching an existing EC2 instance: {instance.id}", cause, member).end("Successful")
        group.set_desired_capacity(wanted)

    def detach_instances(self, group_name: str, instance_ids: list[str], should_decrement: bool) -> list[Activity]:
        """Lets instances go, alive and without hooks."""
        group, members = self.members_of(group_name, instance_ids)
        causes = self._leave(group, members, should_decrement, "detached")
        activities = []
        for member, cause in zip(members, causes, strict=True):
            activities.append(log_entry(group, f"Detaching EC2 instance: {member.instance_id}", cause, member))
            activities[-1].end("Successful")
            group.instance_states.remove(member)
            self.ec2_backend.delete_tags([member.instance_id], {ASG_NAME_TAG: group.name})
        group.reconcile()
        return [begun(activity) for activity in activities]

    def enter_standby_instances(
        self, group_name: str, instance_ids: list[str], should_decrement: bool
    ) -> list[Activity]:
        """Puts instances aside; they count no more and keep running, without hooks."""
        group, members = self.members_of(group_name, instance_ids)
        for member in members:
            if member.lifecycle_state != "InService":
                raise ValidationError(f"The instance {member.instance_id} is not in InService.")
        causes = self._leave(group, members, should_decrement, "moved to standby")
        activities = []
        for member, cause in zip(members, causes, strict=True):
            member.lifecycle_state = "Standby"
            activities.append(log_entry(group, f"Moving EC2 instance to Standby: {member.instance_id}", cause, member))
            activities[-1].end("Successful")
        group.reconcile()
        return [begun(activity) for activity in activities]

    def exit_standby_instances(self, group_name: str, instance_ids: list[str]) -> list[Activity]:
        """Puts instances back in service; the desired capacity grows by them."""
        group, members = self.members_of(group_name, instance_ids)
        for member in members:
            if member.lifecycle_state != "Standby":
                raise ValidationError(f"The instance {member.instance_id} is not in Standby.")
        activities = []
        for member in members:
            cause = at(
                f"instance {member.instance_id} was moved out of standby in response to a user request, "
                f"increasing the capacity from {group.desired_capacity} to {group.desired_capacity + 1}."
            )
            group.desired_capacity += 1
            member.lifecycle_state = "InService"
            description = f"Moving EC2 instance out of Standby: {member.instance_id}"
            activities.append(log_entry(group, description, cause, member))
            activities[-1].end("Successful")
        group.reconcile()
        return [begun(activity, "PreInService", 30) for activity in activities]

    def set_instance_protection(self, group_name: str, instance_ids: list[str], protected_from_scale_in: bool) -> None:
        _, members = self.members_of(group_name, instance_ids)
        for member in members:
            member.protected_from_scale_in = protected_from_scale_in

    def _leave(self, group: Group, members: list[Member], should_decrement: bool, how: str) -> list[str]:
        causes = [at(f"instance {m.instance_id} was {how} in response to a user request") for m in members]
        change = self.decrement(group, len(members)) if should_decrement else ""
        return [f"{cause}{change}." for cause in causes]

    def decrement(self, group: Group, by: int) -> str:
        """Lowers the desired capacity and says so; ValidationError below the minimum."""
        before = group.desired_capacity
        if before - by < group.min_size:
            raise ValidationError(
                f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement "
                "will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or "
                "lower group's min size."
            )
        group.desired_capacity = before - by
        return f", shrinking the capacity from {before} to {before - by}"


def begun(activity: Activity, status: str = "InProgress", progress: int = 50) -> Activity:
    """An activity as AWS answers it: begun, even where it is over by now."""
    return replace(activity, status_code=status, progress=progress, end_time=None)
