"""A large cluster is read page by page, and only what is looked at is kept: its pods are gigabytes as they come."""

import json
import tracemalloc
from types import SimpleNamespace
from typing import Any, cast

import httpx2
from lightkube import Client, KubeConfig
from lightkube.config.models import Cluster, User

from nodenet.kubernetes.cluster_reading import ClusterReading
from nodenet.kubernetes.connection import Connection

PODS = 20_000
POD = {
    "metadata": {"name": "p", "annotations": {"a": "b" * 200}, "managedFields": [{"fieldsV1": {"f": {}}}] * 40},
    "spec": {"nodeName": "n", "containers": [{"name": "c", "env": [{"name": "E", "value": "v"}] * 20}] * 2},
    "status": {"phase": "Running", "podIP": "10.0.0.9", "conditions": [{"type": "Ready", "status": "True"}] * 5},
}
ITEMS = ",".join([json.dumps(POD)] * 500)


def page(request: httpx2.Request) -> httpx2.Response:
    following = int(request.url.params.get("continue", "0")) + 500
    about = {"continue": str(following)} if following < PODS else {}
    return httpx2.Response(200, text=f'{{"metadata": {json.dumps(about)}, "items": [{ITEMS}]}}')


def test_twenty_thousand_pods_are_read_in_a_few_megabytes() -> None:
    config: Any = KubeConfig.from_one(cluster=Cluster(server="http://prod"), user=User())
    client = Client(config, transport=httpx2.MockTransport(page))
    reading = ClusterReading(cast("Connection", SimpleNamespace(client=client, calls={})))
    tracemalloc.start()
    assert len(reading.pods()) == PODS
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6
