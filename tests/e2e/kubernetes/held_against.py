"""A pytest plugin: the tests in tests/kubernetes, which describe the local region's API server, asked of a real one.

    NODENET_CONTROL_PLANE=real pytest -p tests.e2e.kubernetes.held_against tests/kubernetes/test_api_writes.py

After each test with nodes the control plane is emptied. Its time is real time, where the stand-in's goes twenty times
as fast, and a Node that was just made is tainted not-ready until kube-controller-manager has seen it (admission
controller TaintNodesByCondition): so both are waited for longer.
"""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from lightkube.resources.core_v1 import Node

from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.outside.asking import Asking
from local.kubernetes.outside.provisioner import Provisioner
from local.kubernetes.outside.store import OutsideStore
from local.kubernetes.resources import RESOURCES
from local.kubernetes.store import Store
from tests.e2e.kubernetes.emptying import Emptying
from tests.e2e.kubernetes.waiting import until
from tests.kubernetes import control_plane, workload_stage

_PATIENCE = 120.0


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Before the tests' modules take these by name."""
    assert control_plane.REAL, "NODENET_CONTROL_PLANE is not set"
    workload_stage.eventually.__defaults__ = ("", _PATIENCE)
    make = workload_stage.Stage.node

    def node_is_in(stage: workload_stage.Stage, name: str, *given: Any, **more: Any) -> Any:
        made = make(stage, name, *given, **more)
        until(lambda: len(_taints(stage, name)) == len(more.get("taints", ())))
        return made

    workload_stage.Stage.node = node_is_in  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="session")
def emptying() -> Iterator[Emptying]:
    asking = Asking(control_plane._running().access, "tests")
    yield Emptying(asking)
    asking.close()


@pytest.fixture(scope="session", autouse=True)
def provisioner() -> Iterator[None]:
    """Volumes for claims, which no part of a control plane makes."""
    kinds = {each.kind: each for each in RESOURCES.values()}
    followed = [kinds[each] for each in ("Node", "PersistentVolumeClaim", "StorageClass")]
    store = OutsideStore(control_plane._running().access, "provisioner", followed)
    own = Cluster("provisioner", cast("Store", store))
    store.begin()
    store.watchers.append(lambda event, resource, thing: own.engine.notice(event, resource.kind, thing))
    own.engine.start([Provisioner(own)])
    store.tell()
    yield
    own.engine.close()
    store.close()
    store.asking.close()


@pytest.fixture(autouse=True)
def emptied(request: pytest.FixtureRequest, emptying: Emptying) -> Iterator[None]:
    """Tests without nodes keep to a namespace of their own, and need no more."""
    yield
    if isinstance(request.node.funcargs.get("stage"), workload_stage.Stage):
        emptying.empty()


def _taints(stage: workload_stage.Stage, name: str) -> list[Any]:
    spec = stage.client.get(Node, name).spec
    return list((spec and spec.taints) or ())
