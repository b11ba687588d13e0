"""One API server for each test, by two ways of asking it: lightkube, and requests as they are."""

from collections.abc import Iterator

import pytest
from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace

from tests.kubernetes import control_plane
from tests.kubernetes.requests import Requests


@pytest.fixture
def kubernetes(request: pytest.FixtureRequest) -> Iterator[Client]:
    """An administrator's client."""
    client = control_plane.client(None if control_plane.REAL else request.getfixturevalue("region"))
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
