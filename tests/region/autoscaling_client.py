"""An empty region with a VPC and a launch template, and how the tests of Auto Scaling and EKS ask it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.eks.timing import Timing, timing
from local.world import REGION, world
from tests.in_process import SteppedClock, client, empty_region, recorder

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"


@dataclass
class Aws:
    """One test's region: three subnets in three zones, a launch template, and the events of the bus."""

    clock: SteppedClock
    events: list[dict[str, Any]] = field(default_factory=list)
    subnets: list[str] = field(default_factory=list)
    template: str = ""

    @property
    def autoscaling(self) -> Any:
        return client("autoscaling")

    @property
    def ec2(self) -> Any:
        return client("ec2")

    @property
    def eks(self) -> Any:
        return client("eks")

    def wait(self, seconds: float) -> None:
        """Lets simulated time pass."""
        with world.lock:
            self.clock.advance(seconds)

    def group(self, name: str = "workers", *, size: int = 1, **more: Any) -> str:
        """Creates a group of `size` instances over the three subnets and returns its name."""
        given = {"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 10, "DesiredCapacity": size}
        given["VPCZoneIdentifier"] = ",".join(self.subnets)
        if not {"MixedInstancesPolicy", "LaunchConfigurationName", "InstanceId"} & more.keys():
            given["LaunchTemplate"] = {"LaunchTemplateId": self.template, "Version": "$Latest"}
        self.autoscaling.create_auto_scaling_group(**given | more)
        return name

    def resize(self, size: int, name: str = "workers") -> None:
        self.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=size)

    def hook(self, name: str = "wire", transition: str = LAUNCHING, group: str = "workers", **more: Any) -> None:
        self.autoscaling.put_lifecycle_hook(
            AutoScalingGroupName=group, LifecycleHookName=name, LifecycleTransition=transition, **more
        )

    def complete(self, action: dict[str, Any], result: str = "CONTINUE") -> None:
        """Completes the lifecycle action that an event's detail tells of, by its token."""
        names = ("AutoScalingGroupName", "LifecycleHookName", "LifecycleActionToken")
        asked = {name: action[name] for name in names}
        self.autoscaling.complete_lifecycle_action(**asked, LifecycleActionResult=result)

    def describe(self, name: str = "workers") -> dict[str, Any]:
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return dict(found[0])

    def instances(self, name: str = "workers") -> list[dict[str, Any]]:
        return list(self.describe(name)["Instances"])

    def states(self, name: str = "workers") -> list[str]:
        return sorted(instance["LifecycleState"] for instance in self.instances(name))

    def ids(self, name: str = "workers") -> list[str]:
        return [instance["InstanceId"] for instance in self.instances(name)]

    def ec2_state(self, instance_id: str) -> str:
        return str(self.ec2_instance(instance_id)["State"]["Name"])

    def ec2_instance(self, instance_id: str) -> dict[str, Any]:
        described = self.ec2.describe_instances(InstanceIds=[instance_id])
        return dict(described["Reservations"][0]["Instances"][0])

    def details(self, kind: str) -> list[dict[str, Any]]:
        """The details of the events with this detail-type, in their order."""
        return [event["detail"] for event in self.events if event["detail-type"] == kind]

    def launches(self) -> list[dict[str, Any]]:
        return self.details("EC2 Instance-launch Lifecycle Action")

    def terminations(self) -> list[dict[str, Any]]:
        return self.details("EC2 Instance-terminate Lifecycle Action")


@pytest.fixture(name="aws")
def aws_region(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An empty region but for a VPC, without delays."""
    aws = Aws(SteppedClock())
    for name, value in vars(Timing()).items():
        monkeypatch.setattr(timing, name, value)
    with empty_region(aws.clock, recorder(aws.events)):
        vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        for number, zone in enumerate("abc"):
            made = aws.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=REGION + zone)
            aws.subnets.append(made["Subnet"]["SubnetId"])
        data = {"ImageId": "ami-12c6146b", "InstanceType": "m5.large"}
        made = aws.ec2.create_launch_template(LaunchTemplateName="workers", LaunchTemplateData=data)
        aws.template = made["LaunchTemplate"]["LaunchTemplateId"]
        aws.events.clear()
        yield aws
