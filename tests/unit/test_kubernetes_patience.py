"""How long a client waits before it asks an API server again, and how often it does."""

from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from lightkube import Client, KubeConfig
from lightkube.config.models import Cluster, User

from nodenet.errors import HeldError
from nodenet.kubernetes.cluster_reading import ClusterReading
from nodenet.kubernetes.connection import Connection, _wait


@pytest.mark.parametrize(
    ("asked", "attempt", "seconds"),
    [("2", 1, 2), ("3600", 1, 5), ("", 1, 0.4), ("", 3, 1.6), ("", 9, 5), ("soon", 1, 0.4)],
)
def test_it_waits_as_long_as_it_is_asked_to_and_never_long(asked: str, attempt: int, seconds: float) -> None:
    """RFC 9110, section 10.2.3: Retry-After is a number of seconds, or a date."""
    response = httpx2.Response(429, headers={"Retry-After": asked} if asked else None)
    assert _wait(response, attempt) == pytest.approx(seconds)


def test_a_list_that_the_server_forgets_each_time_is_asked_for_three_times() -> None:
    asked = []

    def forgotten(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return httpx2.Response(410, json={"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"})

    config: Any = KubeConfig.from_one(cluster=Cluster(server="http://prod"), user=User())
    client = Client(config, transport=httpx2.MockTransport(forgotten))
    reading = ClusterReading(cast("Connection", SimpleNamespace(client=client, calls={})))
    with pytest.raises(HeldError, match="410 Expired: too old"):
        reading.nodes()
    assert asked == ["/api/v1/nodes"] * 3
