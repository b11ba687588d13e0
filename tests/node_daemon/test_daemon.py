"""The daemon as the DaemonSet runs it: a process of its own, with a real API server, metadata service and bus."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from local.region import Region
from node.agent.claimer import Claimer
from node.agent.claims import Ledger
from node.agent.claims_file import ClaimsFile
from node.agent.configuration import load
from node.agent.imds import Imds
from node.agent.kubernetes import Kubernetes
from node.agent.pods import floating_ranges
from node.agent.put_events import Event, NotSent
from node.agent.readiness import TAINT
from node.agent.registration import registered
from tests.node_daemon.api_server import NODES, PODS, ApiServer
from tests.node_daemon.field import Field
from tests.node_daemon.things import CREATED, pod

pytestmark = pytest.mark.skipif(not shutil.which("ip"), reason="the daemon looks at links with `ip` (iproute2)")


class Daemon:
    """A daemon on node n1."""

    def __init__(self, field: Field, server: ApiServer, folder: Path, python: Sequence[str]) -> None:
        self.runtime = folder / "net.d"
        self.runtime.mkdir(exist_ok=True)
        self._process = field.command(
            "daemon",
            *("--api", server.url, "--state", str(folder / "claims.json"), "--cni-dir", str(folder / "multus")),
            *("--networkd-dir", str(folder / "networkd"), "--runtime-dir", str(self.runtime)),
            python=python,
            NODE_NAME="n1",
        )

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float, str]:
        """Exit status, the seconds that it took, and what it wrote."""
        began = time.monotonic()
        self._process.send_signal(how)
        _, err = self._process.communicate(timeout=10)
        return self._process.returncode, time.monotonic() - began, err


@pytest.fixture
def daemon(field: Field, server: ApiServer, tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    server.put(
        NODES, {"metadata": {"name": "n1", "uid": "u"}, "spec": {"taints": [{"key": TAINT, "effect": "NoSchedule"}]}}
    )
    made: list[Daemon] = []

    def start(python: Sequence[str] = (sys.executable,)) -> Daemon:
        made.append(Daemon(field, server, tmp_path, python))
        return made[-1]

    yield start
    for each in made:
        if each._process.poll() is None:
            each.end(signal.SIGKILL)


def test_addresses_of_this_nodes_pods_are_claimed_and_released(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon]
) -> None:
    server.put(PODS, pod("early", ("default/n3", "10.0.4.230,10.0.4.2")))
    server.put(PODS, pod("elsewhere", ("default/n3", "10.0.4.231"), node="n2"))
    running = daemon()
    (event,) = field.told(1)
    assert event["detail"] == {
        "cluster": "prod",
        "node": field.instance,
        "network": "n3",
        "addresses": ["10.0.4.230"],
        "pod": "default/early",
        "generation": CREATED,
        "uid": "uid-early",
    }
    server.put(PODS, pod("late"))
    server.put(PODS, pod("late", ("default/n3", "10.0.4.232")))
    server.delete(PODS, "early")
    released, claimed = field.told(2)
    assert (released["detail-type"], released["detail"]["pod"]) == ("Pod Addresses Released", "default/early")
    assert (claimed["detail-type"], claimed["detail"]["pod"]) == ("Pod Addresses Claimed", "default/late")
    server.put(PODS, pod("late", ("default/n3", "10.0.4.232"), phase="Succeeded"))
    (released,) = field.told(1)
    assert (released["detail-type"], released["detail"]["addresses"]) == ("Pod Addresses Released", ["10.0.4.232"])
    assert running.end()[0] == 0


def test_a_burst_of_pods_takes_a_call_for_ten(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon], fresh_region: Region
) -> None:
    for number in range(20):
        server.put(PODS, pod(f"p{number}", ("default/n3", f"10.0.4.{225 + number}")))
    daemon()
    assert len({event["detail"]["pod"] for event in field.told(20)}) == 20
    assert len(fresh_region.control.calls("events", "PutEvents")) == 2


def test_pods_that_go_while_the_daemon_is_dead_are_released_when_it_is_back(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon]
) -> None:
    for number, name in enumerate("abc"):
        server.put(PODS, pod(name, ("default/n3", f"10.0.4.23{number}")))
    first = daemon()
    field.told(3)
    first.end(signal.SIGKILL)
    server.delete(PODS, "b")
    daemon()
    found = [(event["detail-type"].split()[-1], event["detail"]["pod"]) for event in field.told(3)]
    assert found == [("Claimed", "default/a"), ("Released", "default/b"), ("Claimed", "default/c")]


def test_a_bus_that_is_away_is_told_when_it_is_back(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon], fresh_region: Region
) -> None:
    fresh_region.control.fail("events", "PutEvents", code="ThrottlingException", status=400, times=5)
    server.put(PODS, pod("a", ("default/n3", "10.0.4.230")))
    daemon()
    assert field.told(1, seconds=25)


def test_a_claim_that_nobody_fulfilled_is_sent_again(
    field: Field, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, for its clock to be turned: what EC2 shows is read off the metadata."""
    monkeypatch.setattr("node.agent.claimer._LOOK_SECONDS", 0.5)
    monkeypatch.setattr("node.agent.claimer._LOOK_ANYWAY_SECONDS", 0.1)
    known, stop, imds = load(field.config), threading.Event(), Imds((field.imds,))
    sent: list[Event] = []

    class Sent:
        def put(self, events: Sequence[Event]) -> list[NotSent | None]:
            sent.extend(events)
            return [None for _ in events]

    for name, address in (("a", "10.0.4.230"), ("b", "10.0.4.231")):
        server.put(PODS, pod(name, ("default/n3", address)))
    ledger = Ledger(ClaimsFile(field.folder / "claims.json", "n1"))
    claimer = Claimer(ledger, floating_ranges(known.networks), lambda: registered(known.networks, imds), stop)
    threads = [
        threading.Thread(target=claimer.watch, args=(Kubernetes(server.url), "n1"), daemon=True),
        threading.Thread(target=claimer.tell, args=(lambda: (Sent(), "prod", "i-1"),), daemon=True),
    ]
    field.ec2.assign_private_ip_addresses(NetworkInterfaceId=field.eni, PrivateIpAddresses=["10.0.4.230"])
    field.show()
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while len(sent) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    server.cut()
    for thread in threads:
        thread.join(5)
    imds.close()
    assert [event.detail["pod"] for event in sent[:4]] == ["default/a", "default/b", "default/b", "default/b"]


def test_a_node_without_its_links_keeps_the_taint(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon]
) -> None:
    running = daemon()
    (running.runtime / "00-multus.conf").write_text("{}")
    server.wait_for(lambda: server.requests("GET", f"{NODES}/n1"))
    time.sleep(2)
    _, _, err = running.end()
    assert server.objects[NODES]["n1"]["spec"]["taints"]
    assert "not ready: " in err
    assert "no link with" in err


def test_a_node_that_has_all_loses_the_taint_when_multus_comes(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon]
) -> None:
    field.config.write_text(json.dumps({"cluster": "prod", "networks": []}))
    running = daemon()
    server.wait_for(lambda: server.requests("GET", f"{NODES}/n1"))
    time.sleep(1)
    assert server.objects[NODES]["n1"]["spec"]["taints"]
    (running.runtime / "00-multus.conf").write_text('{"type": "multus-shim"}')
    server.wait_for(lambda: not server.objects[NODES]["n1"]["spec"]["taints"])
    assert not server.requests("GET", PODS), "a node without floating addresses follows no pods"
    assert running.end()[0] == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_a_second_whatever_it_waits_for(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon], how: signal.Signals
) -> None:
    running = daemon()
    server.wait_for(lambda: server.watchers)
    status, seconds, _ = running.end(how)
    assert (status, seconds < 1) == (0, True)


def test_a_wrong_configuration_ends_it_at_once_with_every_mistake(
    field: Field, server: ApiServer, daemon: Callable[[], Daemon]
) -> None:
    field.config.write_text('{"networks": [{"name": "N3"}]}')
    process = daemon()._process
    _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "networks[0].subnets" in err


@pytest.fixture
def old_python() -> tuple[str, ...]:
    """The Python that AL2023 ships, 3.9, where this machine has one."""
    command = ("env", "PYENV_VERSION=3.9", "python3.9")
    found = subprocess.run([*command, "-c", ""], capture_output=True, check=False)
    if found.returncode:
        pytest.skip("no Python 3.9 here")
    return command


def test_the_nodes_own_python_runs_it(
    field: Field, server: ApiServer, daemon: Callable[..., Daemon], old_python: tuple[str, ...]
) -> None:
    server.put(PODS, pod("a", ("default/n3", "10.0.4.230")))
    running = daemon(old_python)
    field.told(1)
    server.delete(PODS, "a")
    field.told(1)
    status, seconds, err = running.end()
    assert (status, seconds < 1) == (0, True), err


def test_outside_a_pod_it_says_what_is_missing(field: Field) -> None:
    for environment, said in (({}, "NODE_NAME"), ({"NODE_NAME": "n1"}, "KUBERNETES_SERVICE_HOST")):
        process: subprocess.Popen[str] = field.command("daemon", **environment)
        _, err = process.communicate(timeout=10)
        assert (process.returncode, said in err) == (2, True)
