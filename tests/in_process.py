"""boto3 answered in this process by the local region's EC2, Auto Scaling and EKS: no port, no server."""

import heapq
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.autoscaling.models import autoscaling_backends
from moto.core.request import Request
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.elbv2.models import elbv2_backends

import local.autoscaling
import local.ec2
import local.eks
import local.loads
import local.servicequotas
from local.clock import Clock, Timer
from local.world import ACCOUNT, REGION, World, world

MODULES: dict[str, Any] = {
    "ec2": local.ec2,
    "autoscaling": local.autoscaling,
    "eks": local.eks,
    "elbv2": local.loads,
    "service-quotas": local.servicequotas,
}
BACKENDS = (autoscaling_backends, eks_backends, elbv2_backends, ec2_backends)
# moto reads them when it makes a backend.
os.environ.update(MOTO_ACCOUNT_ID=ACCOUNT, MOTO_EC2_LOAD_DEFAULT_AMIS="false", MOTO_IAM_LOAD_MANAGED_POLICIES="false")

type Answer = Callable[..., AWSResponse]


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


@contextmanager
def empty_region(clock: Clock, publish: Callable[..., None] | None = None) -> Iterator[None]:
    """As `begin`; gone at the end, and the world as it was."""
    before = dict(vars(world))
    begin(clock, publish)
    try:
        yield
    finally:
        _forget()
        vars(world).update(before)


def begin(clock: Clock, publish: Callable[..., None] | None = None) -> None:
    """A region without resources, delays or listeners, on `clock`."""
    vars(world).update(vars(World(clock=clock, lock=world.lock)))
    if publish:
        world.publish = publish
    _forget()
    _responses.update({name: module.install() for name, module in MODULES.items()})


@cache
def client(service: str) -> Any:
    """The region's client: to make one costs more than all that a test asks of it."""
    return connect(service, lambda request, **_: ask(service, request))


def connect(service: str, answer: Answer) -> Any:
    """A client of its own whose requests are answered by `answer(request, event_name=...)`."""
    session: Any = boto3.Session("test", "test", region_name=REGION)
    made = session.client(service, config=Config(retries={"total_max_attempts": 1}))
    made.meta.events.register("before-send", answer)
    return made


def ask(service: str, request: Any) -> AWSResponse:
    """The region's answer; on a stepped clock with all that happens without any time passing."""
    with world.lock:
        asked = Request.from_primitives(request.method, request.url, request.headers, request.body)
        status, headers, body = _responses[service].dispatch(asked)
        if isinstance(world.clock, SteppedClock):
            world.clock.advance(0)
    return response(request.url, int(status), headers, body)


def response(url: str, status: int, headers: Mapping[str, Any], body: str | bytes) -> AWSResponse:
    """What botocore takes for an answer off the wire."""
    raw: Any = _Body(body.encode() if isinstance(body, str) else body)
    fields = HTTPHeaders()
    for name, value in headers.items():
        fields[name] = str(value)
    return AWSResponse(url, status, fields, raw)


def recorder(events: list[dict[str, Any]]) -> Callable[..., None]:
    """A `World.publish` that keeps what is published, in its order."""

    def publish(source: str, kind: str, detail: Any, resources: Any) -> None:
        events.append({"source": source, "detail-type": kind, "detail": dict(detail), "resources": list(resources)})

    return publish


@contextmanager
def refusal(code: str, message: str = "") -> Iterator[None]:
    """What is asked inside must be refused with this code, and this text in the message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert message in error["Message"], error


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._content


_responses: dict[str, Any] = {}


def _forget() -> None:
    for backends in BACKENDS:
        backends.clear()
