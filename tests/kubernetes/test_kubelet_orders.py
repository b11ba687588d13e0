"""What is ordered of pods through the region's control interface, and what a CNI plug-in is asked. These are the
stand-in's own."""

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Pod

from local.clock import Clock
from local.kubernetes.api import Api
from local.kubernetes.controllers.running import Running
from local.kubernetes.controllers.settings import Settings
from local.kubernetes.controllers.writes import place_of
from local.plane.calls import CallLog
from local.plane.client import Control, ControlError
from local.plane.faults import Faults
from local.world import world
from tests.kubernetes import control_plane
from tests.kubernetes.workload_stage import Stage, eventually, job, pod, ready, says
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401


@pytest.fixture(name="control")
def control_of_the_region(stage: Stage) -> Control:
    if stage.region is None:
        pytest.skip("a real control plane takes no orders")
    return stage.region.control


class TestEndings:
    def test_jobs_by_labels(self, stage: Stage, control: Control) -> None:
        stage.node("n1")
        control.end_pods(name_of(stage), {"job-name": "check"}, exit_code=7, message="tls: no route", run_seconds=2)
        stage.make(job("check", backoffLimit=0), job("other", {"run-seconds": "1"}))
        eventually(lambda: says(stage.get(Job, "check"), "Failed"))
        eventually(lambda: says(stage.get(Job, "other"), "Complete"))
        (failed,) = stage.pods(**{"job-name": "check"})
        ended = failed.status.containerStatuses[0].state.terminated
        assert (ended.exitCode, ended.message) == (7, "tls: no route")

    def test_readiness_of_pods_that_run_and_back(self, stage: Stage, control: Control) -> None:
        stage.node("n1")
        stage.make(pod("one", {"app": "web"}), pod("two", {"app": "db"}))
        eventually(lambda: len(ready(stage.pods())) == 2)
        control.end_pods(name_of(stage), {"app": "web"}, ready=False)
        eventually(lambda: [each.metadata.name for each in ready(stage.pods())] == ["two"])
        control.clear_endings(name_of(stage))
        eventually(lambda: len(ready(stage.pods())) == 2)

    def test_a_cluster_without_controllers_takes_none(self, control: Control) -> None:
        with pytest.raises(ControlError, match="no controllers"):
            control.end_pods("other", {}, ready=False)
        with pytest.raises(ControlError):
            control.kubernetes(controllers=True, pace=3)


class TestReach:
    def test_the_api_server_reaches_a_running_pod(self, stage: Stage, control: Control) -> None:
        stage.node("n1")
        stage.make(pod("one"))
        address = eventually(lambda: ready(stage.pods()))[0].status.podIP
        assert proxied(stage) == {"name": "one", "namespace": stage.namespace, "address": address, "path": "/healthz"}

    @pytest.mark.parametrize("order", [{"cidr": "100.127.0.0/16"}, {"labels": {"app": "web"}}])
    def test_not_one_behind_a_barrier(self, stage: Stage, control: Control, order: dict[str, Any]) -> None:
        stage.node("n1")
        stage.make(pod("one", {"app": "web"}))
        eventually(lambda: ready(stage.pods()))
        control.bar_pods(name_of(stage), cidr="10.9.0.0/16")
        assert proxied(stage)
        control.bar_pods(name_of(stage), **order)
        with pytest.raises(ApiError, match="error trying to reach service: dial tcp") as caught:
            proxied(stage)
        assert caught.value.status.code == 503
        control.clear_barriers(name_of(stage))
        assert proxied(stage)


def name_of(stage: Stage) -> str:
    """The cluster's name: of the one that there is."""
    assert stage.region
    (name,) = stage.region.client("eks").list_clusters()["clusters"]
    return str(name)


def proxied(stage: Stage) -> Any:
    path = f"/api/v1/namespaces/{stage.namespace}/pods/one:8080/proxy/healthz"
    answer = stage.client._client._client.get(path)
    if answer.status_code != 200:
        raise ApiError(response=answer)
    return answer.json()


class Plugin:
    """A CNI plug-in with so many addresses."""

    def __init__(self, free: int) -> None:
        self.changed: list[Any] = []
        self.free = [f"100.64.0.{number}" for number in range(free)]
        self.given: dict[str, str] = {}
        self.threads: set[str] = set()

    def give(self, node_name: str, pod: dict[str, Any]) -> str | None:
        self.threads.add(threading.current_thread().name)
        uid = pod["metadata"]["uid"]
        if uid not in self.given and self.free:
            self.given[uid] = self.free.pop()
        return self.given.get(uid)

    def take_back(self, pod: dict[str, Any]) -> None:
        if address := self.given.pop(pod["metadata"]["uid"], None):
            self.free.append(address)


class TestAddresses:
    @pytest.fixture(autouse=True)
    def cluster(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        # Tests of this process that step their own time may have put their clock there.
        monkeypatch.setattr(world, "clock", Clock(20))
        api = Api(SimpleNamespace(name="here"), "", CallLog(), Faults())
        self.running = Running(api.cluster, api, Settings(retry=10_000))
        self.plugin = Plugin(1)
        self.running.use(self.plugin)
        self.running.start()
        self.make({"kind": "Node", "metadata": {"name": "n1"}, "status": {"allocatable": {"cpu": "4", "pods": "9"}}})
        yield
        self.running.stop()
        world.clock.close()

    def test_a_pod_without_one_waits_until_there_is_one(self) -> None:
        for name in ("one", "two"):
            self.make({**pod(name), "metadata": {"name": name, "namespace": "default"}})
        eventually(lambda: sorted(self.phases().values()) == ["Pending", "Running"])
        time.sleep(0.2)
        assert sorted(self.phases().values()) == ["Pending", "Running"]
        self.plugin.free.append("100.64.0.9")
        for each in self.plugin.changed:
            each("n1")
        eventually(lambda: set(self.phases().values()) == {"Running"})
        assert self.plugin.threads == {"controllers-here"}

    def test_one_comes_back_when_its_pod_has_gone_or_ended(self) -> None:
        ends = {"local.kubernetes/exit-code": "0", "local.kubernetes/run-seconds": "2"}
        for name, notes in (("one", {}), ("two", ends)):
            metadata = {"name": name, "namespace": "default", "annotations": notes}
            self.make({**pod(name, restartPolicy="Never"), "metadata": metadata})
            eventually(lambda: not self.plugin.free)
            if name == "one":
                self.running.store.delete(place_of("Pod", "default", "one"))
            eventually(lambda: self.plugin.free == ["100.64.0.0"])

    def make(self, thing: dict[str, Any]) -> None:
        self.running.store.create(place_of(thing["kind"], thing["metadata"].get("namespace", "")), thing)

    def phases(self) -> dict[str, str]:
        pods = self.running.store.all(place_of("Pod").resource)
        return {each["metadata"]["name"]: each["status"]["phase"] for each in pods}


def test_without_the_switch_nothing_moves(fresh_region: Any) -> None:
    stage = Stage(control_plane.client(fresh_region), fresh_region)
    stage.node("n1")
    stage.make(pod("one"))
    time.sleep(0.3)
    found = stage.get(Pod, "one")
    assert (found.spec.nodeName, found.status.phase) == (None, "Pending")
    stage.client.close()
