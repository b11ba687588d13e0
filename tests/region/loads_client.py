"""A load balancer, its target groups, and how the tests of Elastic Load Balancing ask them."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.in_process import SteppedClock, client
from tests.region.autoscaling_client import Aws


@dataclass
class Loads:
    """A balancer over two of the region's three zones; checks come every ten seconds, draining takes a minute."""

    aws: Aws
    balancer: str
    vpc: str

    @property
    def elbv2(self) -> Any:
        return client("elbv2")

    @property
    def clock(self) -> SteppedClock:
        return self.aws.clock

    def target_group(self, name: str = "web", kind: str = "instance", *, used: bool = True, **more: Any) -> str:
        """The ARN of a new target group; with `used`, of one that a listener of the balancer forwards to."""
        settings = {"Protocol": "TCP", "Port": 80, "HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 3}
        settings |= {"HealthyThresholdCount": 3, "HealthCheckTimeoutSeconds": 5}
        made = self.elbv2.create_target_group(Name=name, VpcId=self.vpc, TargetType=kind, **settings | more)
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}]
        self.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=delay)
        if used:
            port = 1000 + len(self.elbv2.describe_listeners(LoadBalancerArn=self.balancer)["Listeners"])
            forward = [{"Type": "forward", "TargetGroupArn": arn}]
            self.elbv2.create_listener(LoadBalancerArn=self.balancer, Protocol="TCP", Port=port, DefaultActions=forward)
        return str(arn)

    def register(self, group: str, *ids: str, **more: Any) -> None:
        self.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": one, **more} for one in ids])

    def deregister(self, group: str, *ids: str) -> None:
        self.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": one} for one in ids])

    def health(self, group: str, *ids: str) -> dict[str, tuple[str, str]]:
        """{target: (state, reason)}, of all or of those asked for."""
        asked = {"Targets": [{"Id": one} for one in ids]} if ids else {}
        found = self.elbv2.describe_target_health(TargetGroupArn=group, **asked)["TargetHealthDescriptions"]
        return {
            one["Target"]["Id"]: (one["TargetHealth"]["State"], one["TargetHealth"].get("Reason", "")) for one in found
        }

    def instance(self, zone: int = 0) -> str:
        """A running instance in one of the three zones."""
        made = self.aws.ec2.run_instances(
            ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=self.aws.subnets[zone], InstanceType="m5.large"
        )
        return str(made["Instances"][0]["InstanceId"])


@pytest.fixture(name="loads")
def loads_region(aws: Aws) -> Loads:
    (subnet, *_) = aws.ec2.describe_subnets(SubnetIds=aws.subnets[:1])["Subnets"]
    made = client("elbv2").create_load_balancer(Name="front", Type="network", Subnets=aws.subnets[:2])
    return Loads(aws, made["LoadBalancers"][0]["LoadBalancerArn"], subnet["VpcId"])
