"""What the daemon's tests share: an API server of their own, and the bus in the local region."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.region import Region
from node.agent.kubernetes import Kubernetes
from tests.node_daemon.api_http import served
from tests.node_daemon.api_server import ApiServer
from tests.node_daemon.field import Field


@pytest.fixture
def server() -> Iterator[ApiServer]:
    """An empty API server that runs; `server.url` is where."""
    api = ApiServer()
    with served(api) as (host, port):
        api.url = f"http://{host}:{port}"
        yield api


@pytest.fixture
def api(server: ApiServer) -> Kubernetes:
    """A client of it."""
    return Kubernetes(server.url)


@pytest.fixture
def queue(fresh_region: Region) -> str:
    """A queue that gets all of bus `nodenet-prod-pods`."""
    events, sqs = fresh_region.client("events"), fresh_region.client("sqs")
    url: str = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="nodenet-prod-pods")
    pattern = json.dumps({"source": ["nodenet.pods"]})
    events.put_rule(Name="all", EventBusName="nodenet-prod-pods", EventPattern=pattern)
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allow]})})
    events.put_targets(Rule="all", EventBusName="nodenet-prod-pods", Targets=[{"Id": "q", "Arn": arn}])
    return url


@pytest.fixture
def field(fresh_region: Region, queue: str, tmp_path: Path) -> Iterator[Field]:
    """A node with its metadata service, in the region with the bus."""
    with Field(fresh_region, queue, tmp_path).serving() as made:
        yield made
