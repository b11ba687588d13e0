"""The API of what is attached to a group: policies, traffic sources, notifications, metrics, processes."""

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from local.autoscaling import processes
from local.autoscaling.group import Group


class SettingsResponse(AutoScalingResponse):
    """Each method is an action of the API, under the name that moto derives from it."""

    def put_scaling_policy(self) -> ActionResult:
        answer = super().put_scaling_policy()
        policy = self.autoscaling_backend.policy(self._get_param("PolicyName"), self._get_param("AutoScalingGroupName"))
        policy.enabled = self._get_bool_param("Enabled", True)
        return answer

    def delete_policy(self) -> ActionResult:
        self.autoscaling_backend.delete_scaling_policy(
            self._get_param("PolicyName"), self._get_param("AutoScalingGroupName")
        )
        return EmptyResult()

    def execute_policy(self) -> ActionResult:
        self.autoscaling_backend.execute_scaling_policy(
            self._get_param("PolicyName"), self._get_param("AutoScalingGroupName")
        )
        return EmptyResult()

    def describe_load_balancer_target_groups(self) -> ActionResult:
        states = self.autoscaling_backend.target_group_states(self._group().name)
        return ActionResult({"LoadBalancerTargetGroups": states})

    def attach_traffic_sources(self) -> ActionResult:
        self.autoscaling_backend.attach_traffic_sources(self._group().name, self._get_param("TrafficSources", []))
        return EmptyResult()

    def detach_traffic_sources(self) -> ActionResult:
        self.autoscaling_backend.detach_traffic_sources(self._group().name, self._get_param("TrafficSources", []))
        return EmptyResult()

    def describe_traffic_sources(self) -> ActionResult:
        states = self.autoscaling_backend.traffic_source_states(
            self._group().name, self._get_param("TrafficSourceType")
        )
        return ActionResult({"TrafficSources": states})

    def put_notification_configuration(self) -> ActionResult:
        processes.notify(self._group(), self._get_param("TopicARN"), self._get_param("NotificationTypes", []))
        return EmptyResult()

    def delete_notification_configuration(self) -> ActionResult:
        self._group().notifications.pop(self._get_param("TopicARN"), None)
        return EmptyResult()

    def describe_notification_configurations(self) -> ActionResult:
        names = self._get_param("AutoScalingGroupNames", [])
        known = self.autoscaling_backend.autoscaling_groups
        groups = [known[name] for name in names] if names else list(known.values())
        return ActionResult({"NotificationConfigurations": [c for g in groups for c in processes.notifications(g)]})

    def describe_auto_scaling_notification_types(self) -> ActionResult:
        return ActionResult({"AutoScalingNotificationTypes": list(processes.NOTIFICATIONS)})

    def enable_metrics_collection(self) -> ActionResult:
        processes.enable_metrics(self._group(), self._get_param("Metrics", []))
        return EmptyResult()

    def disable_metrics_collection(self) -> ActionResult:
        processes.disable_metrics(self._group(), self._get_param("Metrics", []))
        return EmptyResult()

    def describe_metric_collection_types(self) -> ActionResult:
        metrics = [{"Metric": name} for name in processes.METRICS]
        return ActionResult({"Metrics": metrics, "Granularities": [{"Granularity": "1Minute"}]})

    def describe_scaling_process_types(self) -> ActionResult:
        return ActionResult({"Processes": [{"ProcessName": name} for name in processes.PROCESSES]})

    def _group(self) -> Group:
        group: Group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        return group
