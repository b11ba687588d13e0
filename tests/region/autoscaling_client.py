"""Answers boto3 in process from the local region's Auto Scaling, EKS and EC2: no port, a fast clock."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlparse

import boto3
from botocore.awsrequest import AWSResponse
from moto.autoscaling.models import autoscaling_backends
from moto.core.request import Request
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends

import local.autoscaling
import local.ec2
import local.eks
from local.clock import Clock
from local.world import ACCOUNT, REGION, Delays, world

SPEED = 1000.0
SERVICES: dict[str, Any] = {
    "autoscaling": local.autoscaling.install(),
    "eks": local.eks.install(),
    "ec2": local.ec2.install(),
}


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


def _answer(request: Any, **_: Any) -> AWSResponse:
    service = urlparse(request.url).netloc.split(".")[0]
    with world.lock:
        moto_request = Request.from_primitives(request.method, request.url, request.headers, request.body)
        status, headers, body = SERVICES[service].dispatch(moto_request)
    raw: Any = _Raw(body.encode() if isinstance(body, str) else body)
    fields: Any = {key: str(value) for key, value in headers.items()}
    return AWSResponse(request.url, int(status), fields, raw)


@cache
def client(service: str) -> Any:
    """A boto3 client of `service` that asks the models in this process."""
    session = boto3.Session("test", "test", region_name=REGION)
    made: Any = session.client(service, region_name=REGION)  # type: ignore[call-overload]
    made.meta.events.register("before-send", _answer)
    return made


@dataclass
class Aws:
    """A fresh region of one test: three subnets in three zones, a launch template, and the events of the bus."""

    events: list[dict[str, Any]] = field(default_factory=list)
    subnets: list[str] = field(default_factory=list)
    template: str = ""

    autoscaling = property(lambda self: client("autoscaling"))
    ec2 = property(lambda self: client("ec2"))
    eks = property(lambda self: client("eks"))

    def group(self, name: str = "workers", *, size: int = 1, **more: Any) -> str:
        """Creates a group of `size` instances over the three subnets and returns its name."""
        given = {
            "AutoScalingGroupName": name,
            "MinSize": 0,
            "MaxSize": 10,
            "DesiredCapacity": size,
            "LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "$Latest"},
            "VPCZoneIdentifier": ",".join(self.subnets),
        } | more
        if "MixedInstancesPolicy" in more:
            del given["LaunchTemplate"]
        self.autoscaling.create_auto_scaling_group(**given)
        return name

    def describe(self, name: str = "workers") -> dict[str, Any]:
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return dict(found[0])

    def instances(self, name: str = "workers", state: str | None = None) -> list[dict[str, Any]]:
        return [i for i in self.describe(name)["Instances"] if state in (None, i["LifecycleState"])]

    def states(self, name: str = "workers") -> list[str]:
        return sorted(instance["LifecycleState"] for instance in self.instances(name))

    def ec2_state(self, instance_id: str) -> str:
        described = self.ec2.describe_instances(InstanceIds=[instance_id])
        return str(described["Reservations"][0]["Instances"][0]["State"]["Name"])

    def details(self, kind: str) -> list[dict[str, Any]]:
        """The details of the events with this detail-type, in their order."""
        return [event["detail"] for event in self.events if event["detail-type"] == kind]

    def kinds(self) -> list[str]:
        return [event["detail-type"] for event in self.events]


def until(condition: Callable[[], Any], what: str = "", within: float = 3.0) -> Any:
    """Waits in real time until `condition()` is true and returns its value."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.002)
    raise AssertionError(f"not within {within} s: {what or condition}")


@contextmanager
def fresh_region(speed: float = SPEED) -> Iterator[Aws]:
    """A region that is empty but for a VPC; everything of the one before is gone."""
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    before = world.clock, world.delays, world.publish
    world.clock, world.delays = Clock(speed), Delays()
    aws = Aws()
    world.publish = lambda source, kind, detail, resources: aws.events.append(
        {"source": source, "detail-type": kind, "detail": dict(detail), "resources": list(resources)}
    )
    # Another test may have taken the services' places or their callbacks.
    for service in (local.ec2, local.autoscaling, local.eks):
        service.install()
    for backends in (autoscaling_backends, eks_backends, ec2_backends):
        backends.clear()
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for number, zone in enumerate("abc"):
        made = aws.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=REGION + zone)
        aws.subnets.append(made["Subnet"]["SubnetId"])
    data = {"ImageId": "ami-12c6146b", "InstanceType": "m5.large"}
    made = aws.ec2.create_launch_template(LaunchTemplateName="workers", LaunchTemplateData=data)
    aws.template = made["LaunchTemplate"]["LaunchTemplateId"]
    try:
        yield aws
    finally:
        world.clock.close()
        world.clock, world.delays, world.publish = before
