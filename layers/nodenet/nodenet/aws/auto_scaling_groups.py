"""Auto Scaling groups, as the steps of a migration make, furnish and delete them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, group_gone, translated
from nodenet.aws.scaling_groups import ScalingGroups

type Shape = Mapping[str, Any]

_ALREADY: Final = "AlreadyExists"
_OF_ANSWERS: Final = ("GlobalTimeout", "AutoScalingGroupName")
"""Fields of a hook's description that no request has, or has elsewhere."""

_BUSY: Final = ("ResourceInUse", "ScalingActivityInProgress")


class AutoScalingGroups(ScalingGroups):
    """One method, one API call, but for the pages of a Describe and `left`, which makes three. Raises the exceptions
    of nodenet.errors."""

    def groups(self, names: Collection[str]) -> Mapping[str, Shape]:
        """AutoScalingGroup (Auto Scaling API Reference) by name; those that there are."""
        return {item["AutoScalingGroupName"]: item for item in self._groups(names)}

    def hooks(self, name: str) -> Sequence[Shape]:
        """LifecycleHook of each of the group's hooks; none where the group is gone."""
        with translated():
            try:
                answer: Any = self._client.describe_lifecycle_hooks(AutoScalingGroupName=name)
            except ClientError as error:
                if group_gone(error):
                    return []
                raise
        return [
            {key: value for key, value in each.items() if key not in _OF_ANSWERS} for each in answer["LifecycleHooks"]
        ]

    def left(self, name: str) -> Sequence[str]:
        """Scaling policies, scheduled actions and notifications of a group, named for people."""
        policies = self._client.get_paginator("describe_policies").paginate(AutoScalingGroupName=name)
        actions = self._client.get_paginator("describe_scheduled_actions").paginate(AutoScalingGroupName=name)
        topics = self._client.get_paginator("describe_notification_configurations").paginate(
            AutoScalingGroupNames=[name]
        )
        with translated():
            found = [
                *(f"scaling policy {each['PolicyName']}" for page in policies for each in page["ScalingPolicies"]),
                *(
                    f"scheduled action {each['ScheduledActionName']}"
                    for page in actions
                    for each in page["ScheduledUpdateGroupActions"]
                ),
                *(
                    f"notifications to {each['TopicARN']}"
                    for page in topics
                    for each in page["NotificationConfigurations"]
                ),
            ]
        return list(dict.fromkeys(found))

    def trouble(self, name: str) -> str:
        """Why its last scaling activity failed; empty where it did not."""
        with translated():
            answer = self._client.describe_scaling_activities(AutoScalingGroupName=name, MaxRecords=1)
        last = next(iter(answer["Activities"]), None)
        return str(last.get("StatusMessage", "")) if last and last["StatusCode"] == "Failed" else ""

    def create(self, request: Shape) -> None:
        """Nothing where a group of the name is there already."""
        with translated():
            try:
                self._client.create_auto_scaling_group(**request)
            except ClientError as error:
                if code_of(error) != _ALREADY:
                    raise

    def change(self, name: str, change: Shape) -> None:
        """UpdateAutoScalingGroup."""
        with translated():
            self._client.update_auto_scaling_group(AutoScalingGroupName=name, **change)

    def tag(self, tags: Sequence[Shape]) -> None:
        with translated():
            self._client.create_or_update_tags(Tags=[*tags])  # type: ignore[list-item]

    def put_hook(self, hook: Shape) -> None:
        with translated():
            self._client.put_lifecycle_hook(**hook)

    def attach(self, name: str, traffic: Sequence[Shape]) -> None:
        with translated():
            self._client.attach_traffic_sources(AutoScalingGroupName=name, TrafficSources=[*traffic])  # type: ignore[list-item]

    def suspend_all(self, name: str, processes: Sequence[str]) -> None:
        with translated():
            self._client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=list(processes))

    def collect(self, name: str, metrics: Sequence[str]) -> None:
        """EnableMetricsCollection, each minute, which is the only granularity there is."""
        with translated():
            self._client.enable_metrics_collection(
                AutoScalingGroupName=name, Metrics=list(metrics), Granularity="1Minute"
            )

    def terminate(self, name: str, instance: str, *, decrement: bool) -> None:
        """Nothing where the group does not have it any more: there is no code of its own for that. The group is named,
        so that it is clear whose tags give the permission."""
        with translated():
            try:
                self._client.terminate_instance_in_auto_scaling_group(
                    AutoScalingGroupName=name, InstanceIds=[instance], ShouldDecrementDesiredCapacity=decrement
                )
            except ClientError as error:
                if not group_gone(error):
                    raise

    def drop_warm_pool(self, name: str) -> None:
        with translated():
            self._client.delete_warm_pool(AutoScalingGroupName=name)

    def delete(self, name: str) -> bool:
        """False while it has instances, or activities are under way; True too where there is none."""
        with translated():
            try:
                self._client.delete_auto_scaling_group(AutoScalingGroupName=name)
            except ClientError as error:
                if code_of(error) in _BUSY:
                    return False
                if not group_gone(error):
                    raise
        return True
