"""The calls on target groups and traffic sources of a group."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.autoscaling import traffic
from local.autoscaling.group import Group
from local.autoscaling.membership_calls import MembershipCalls


class TrafficCalls(MembershipCalls):
    """Attach..., Detach..., DescribeLoadBalancerTargetGroups and those of traffic sources."""

    def update_attached_target_groups(self, group_name: str) -> None:
        traffic.balance(self, self.autoscaling_groups[group_name])

    def attach_load_balancer_target_groups(self, group_name: str, target_group_arns: list[str]) -> None:
        traffic.attach(self, self.autoscaling_groups[group_name], target_group_arns)

    def detach_load_balancer_target_groups(self, group_name: str, target_group_arns: list[str]) -> None:
        traffic.detach(self, self.autoscaling_groups[group_name], target_group_arns)

    def target_group_states(self, group_name: str) -> list[dict[str, str]]:
        group = self.autoscaling_groups[group_name]
        return [
            {"LoadBalancerTargetGroupARN": arn, "State": traffic.state(self, group, arn)}
            for arn in group.target_group_arns
        ]

    def attach_traffic_sources(self, group_name: str, given: Iterable[Mapping[str, str]]) -> None:
        group, found = self.autoscaling_groups[group_name], traffic.split(given)
        traffic.attach(self, group, found["elbv2"])
        group.lattice_arns = list(dict.fromkeys([*group.lattice_arns, *found["vpc-lattice"]]))
        if found["elb"]:
            self.attach_load_balancers(group_name, found["elb"])

    def detach_traffic_sources(self, group_name: str, given: Iterable[Mapping[str, str]]) -> None:
        group, found = self.autoscaling_groups[group_name], traffic.split(given)
        traffic.detach(self, group, found["elbv2"])
        group.lattice_arns = [arn for arn in group.lattice_arns if arn not in found["vpc-lattice"]]
        if found["elb"]:
            self.detach_load_balancers(group_name, found["elb"])

    def traffic_source_states(self, group_name: str, kind: str | None) -> list[dict[str, Any]]:
        group: Group = self.autoscaling_groups[group_name]
        return [
            {**one, "TrafficSource": one["Identifier"], "State": traffic.state(self, group, one["Identifier"])}
            for one in traffic.sources(group)
            if kind in (None, one["Type"])
        ]
