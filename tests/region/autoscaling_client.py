"""Answers boto3 in process from the local region's Auto Scaling, EKS and EC2: no port, no thread, time by hand."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlparse

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.autoscaling.models import autoscaling_backends
from moto.core.request import Request
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends

import local.autoscaling
import local.ec2
import local.eks
from local.clock import Clock, Timer
from local.eks.timing import Timing, timing
from local.world import ACCOUNT, REGION, Delays, world

MODULES = {"ec2": local.ec2, "autoscaling": local.autoscaling, "eks": local.eks}
LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"


class SteppedClock(Clock):
    """Stands still until `advance` moves it; what falls due runs there, in order of its time."""

    def __init__(self) -> None:
        super().__init__()
        self._moment = 1_790_000_000.0

    def now(self) -> float:
        return self._moment

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        timer = Timer(action)
        heapq.heappush(self._queue, (self._moment + max(seconds, 0), next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        end = self._moment + seconds
        while self._queue and self._queue[0][0] <= end:
            self._moment, _, timer = heapq.heappop(self._queue)
            timer.run()
        self._moment = end


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._content


@dataclass
class Aws:
    """One test's region: three subnets in three zones, a launch template, and the events of the bus."""

    clock: SteppedClock
    responses: dict[str, Any]
    events: list[dict[str, Any]] = field(default_factory=list)
    subnets: list[str] = field(default_factory=list)
    template: str = ""

    @property
    def autoscaling(self) -> Any:
        return _client("autoscaling")

    @property
    def ec2(self) -> Any:
        return _client("ec2")

    @property
    def eks(self) -> Any:
        return _client("eks")

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
    global _current
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    clock = SteppedClock()
    aws = Aws(clock, {})
    monkeypatch.setattr(world, "clock", clock)
    monkeypatch.setattr(world, "delays", Delays())
    monkeypatch.setattr(world, "on_instance_state", [])
    monkeypatch.setattr(world, "publish", _recorder(aws))
    for name, value in vars(Timing()).items():
        monkeypatch.setattr(timing, name, value)
    for backends in (autoscaling_backends, eks_backends, ec2_backends):
        backends.clear()
    aws.responses = {name: module.install() for name, module in MODULES.items()}
    _current = aws
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for number, zone in enumerate("abc"):
        made = aws.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=REGION + zone)
        aws.subnets.append(made["Subnet"]["SubnetId"])
    data = {"ImageId": "ami-12c6146b", "InstanceType": "m5.large"}
    made = aws.ec2.create_launch_template(LaunchTemplateName="workers", LaunchTemplateData=data)
    aws.template = made["LaunchTemplate"]["LaunchTemplateId"]
    aws.events.clear()
    yield aws
    for backends in (autoscaling_backends, eks_backends, ec2_backends):
        backends.clear()


@contextmanager
def refusal(code: str, message: str = "") -> Iterator[None]:
    """What is asked inside must be refused with this code, and this text in the message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert message in error["Message"], error


_current: Aws


def _recorder(aws: Aws) -> Callable[..., None]:
    def publish(source: str, kind: str, detail: Any, resources: Any) -> None:
        aws.events.append({"source": source, "detail-type": kind, "detail": dict(detail), "resources": list(resources)})

    return publish


@cache
def _client(service: str) -> Any:
    session: Any = boto3.Session("test", "test", region_name=REGION)
    made = session.client(service, config=Config(retries={"total_max_attempts": 1}))
    made.meta.events.register("before-send", _answer)
    return made


def _answer(request: Any, **_: Any) -> AWSResponse:
    """Dispatches a request, and then lets happen what is due without any time passing."""
    service = urlparse(request.url).netloc.split(".")[0]
    with world.lock:
        asked = Request.from_primitives(request.method, request.url, request.headers, request.body)
        status, headers, body = _current.responses[service].dispatch(asked)
        raw: Any = _Body(body.encode() if isinstance(body, str) else body)
        _current.clock.advance(0)
    fields: Any = {key: str(value) for key, value in headers.items()}
    return AWSResponse(request.url, int(status), fields, raw)
