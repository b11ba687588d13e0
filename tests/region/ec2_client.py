"""boto3's EC2 client, answered in process by the local region's EC2: no port, no thread, time by hand."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.base_backend import BackendDict
from moto.core.request import Request
from moto.ec2.models import ec2_backends

import local.ec2
from local.world import ACCOUNT, REGION, Delays, world

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def client() -> "EC2Client":
    """A client whose requests go straight to our response class, under the region's lock."""
    responses = local.ec2.install()

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        with world.lock:
            status, out_headers, out = responses.dispatch(
                Request.from_primitives(request.method, request.url, headers, body)
            )
        content = out.encode() if isinstance(out, str) else out
        return AWSResponse(request.url, int(status), out_headers, _Body(content))

    made = boto3.client(
        "ec2",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    made.meta.events.register("before-send.ec2.*", answer)  # type: ignore[arg-type]
    return made


class HandClock:
    """A clock that stands still until `advance`, which runs what falls due in its order."""

    def __init__(self) -> None:
        self._now = 1_780_000_000.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now + seconds, next(self._order), action))

    def advance(self, seconds: float) -> None:
        end = self._now + seconds
        while self._due and self._due[0][0] <= end:
            self._now, _, action = heapq.heappop(self._due)
            action()
        self._now = end


@dataclass
class Place:
    """A VPC with a subnet in each of two zones, and a security group."""

    vpc: str
    subnet: str
    other_zone: str
    group: str


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    by_hand = HandClock()
    monkeypatch.setattr(world, "clock", by_hand)
    return by_hand


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the region has published, in order."""
    seen: list[dict[str, Any]] = []

    def publish(source: str, detail_type: str, detail: Any, resources: Any) -> None:
        seen.append({"source": source, "detail-type": detail_type, "detail": detail, "resources": list(resources)})

    monkeypatch.setattr(world, "publish", publish)
    return seen


@pytest.fixture
def place(ec2: "EC2Client") -> Place:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=vpc)["GroupId"]
    return Place(vpc, subnets[0]["SubnetId"], subnets[1]["SubnetId"], group)


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> Iterator["EC2Client"]:
    """A region without interfaces or instances, and without delays."""
    monkeypatch.setattr(ec2_backends, "backend", ec2_backends.backend)
    for name, value in (
        ("MOTO_ACCOUNT_ID", ACCOUNT),
        ("MOTO_EC2_LOAD_DEFAULT_AMIS", "false"),
        ("MOTO_IAM_LOAD_MANAGED_POLICIES", "false"),
    ):
        monkeypatch.setenv(name, value)
    BackendDict.reset()
    monkeypatch.setattr(world, "delays", Delays())
    monkeypatch.setattr(world, "on_instance_state", [])
    yield client()
    BackendDict.reset()


def run(ec2: "EC2Client", subnet: str, instance_type: Any = "m5.large", **more: Any) -> str:
    """The id of one new instance."""
    answer = ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType=instance_type, **more
    )
    return answer["Instances"][0]["InstanceId"]


def interface(ec2: "EC2Client", subnet: str, **more: Any) -> Any:
    """One new interface, as CreateNetworkInterface answers it."""
    return ec2.create_network_interface(SubnetId=subnet, **more)["NetworkInterface"]


def described(ec2: "EC2Client", eni_id: str) -> Any:
    return ec2.describe_network_interfaces(NetworkInterfaceIds=[eni_id])["NetworkInterfaces"][0]


def instance(ec2: "EC2Client", instance_id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


@contextmanager
def refusal(code: str, message: str = "") -> Iterator[None]:
    """What EC2 refuses inside must bear this code, and this text in its message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert message in error["Message"], error
