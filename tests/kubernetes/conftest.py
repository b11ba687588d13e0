"""One API server for each test, by two ways of asking it: lightkube, and requests as they are."""

from collections.abc import Iterator

import pytest
from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace

from local.region import Region
from tests.kubernetes import control_plane
from tests.kubernetes.requests import Requests


@pytest.fixture
def kubernetes(request: pytest.FixtureRequest) -> Iterator[Client]:
    """An administrator's client; the local cluster has no controllers, whatever tests before asked the region for."""
    region: Region | None = None
    if not control_plane.REAL:
        region = request.getfixturevalue("region")
        region.control.kubernetes(controllers=False)
    client = control_plane.client(region)
    yield client
    client.close()


@pytest.fixture
def ask(kubernetes: Client) -> Requests:
    """The same administrator, request by request."""
    return Requests(kubernetes)


@pytest.fixture
def namespace(kubernetes: Client) -> Iterator[str]:
    """The name of a namespace of the test's own."""
    made = kubernetes.create(Namespace(metadata=ObjectMeta(generateName="test-")))
    assert made.metadata
    assert made.metadata.name
    yield made.metadata.name
    kubernetes.delete(Namespace, made.metadata.name)
