"""A unit and a DaemonSet that were told of different networks, on one node."""

import fcntl
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from node.agent import turn
from tests.node.machine import ROOT, Machine, eventually
from tests.node.networks import N3, N6, linked, n3, n6


def mtu(machine: Machine) -> int:
    return int(machine.seen("link", "show", "dev", "ens6")[0]["mtu"])


@pytest.fixture
def newer(machine: Machine) -> Path:
    """The ConfigMap: n3 otherwise, and n6 besides. The unit's user data has n3 alone, as it was."""
    machine.plug("ens6", n3())
    machine.plug("ens7", n6())
    machine.configure(N3)
    path = machine.folder / "newer.json"
    path.write_text(json.dumps({"cluster": "prod", "networks": [linked(N3, mtu=1500), N6]}))
    return path


@pytest.fixture
def changes(machine: Machine) -> Iterator[list[str]]:
    """All that the kernel tells of links and rules in the node, line by line."""
    found: list[str] = []
    command = ["ip", "netns", "exec", machine.name, "ip", "-o", "monitor", "link", "rule"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        reader = threading.Thread(target=lambda: found.extend(process.stdout or ()), daemon=True)
        reader.start()
        yield found
        process.kill()
        reader.join(5)


def test_the_unit_leaves_the_node_to_the_daemon_and_they_come_to_rest(
    machine: Machine, newer: Path, changes: list[str]
) -> None:
    with machine.following() as unit:
        assert mtu(machine) == 9001, "at boot there is no daemon, and the unit sets up"
        with machine.daemon(newer):
            eventually(lambda: (machine.cni / "nodenet-n6.conflist").exists() and mtu(machine) == 1500)
            files = {path: path.stat().st_mtime_ns for path in machine.cni.iterdir()}
            time.sleep(0.5)
            changes.clear()
            # What each of them would mend if it were alone, and the unit against the daemon.
            machine.ip("link", "set", "ens6", "down")
            eventually(lambda: "UP" in machine.seen("link", "show", "dev", "ens6")[0]["flags"])
            time.sleep(2)
            assert unit.poll() is None
        assert mtu(machine) == 1500
        assert {path: path.stat().st_mtime_ns for path in machine.cni.iterdir()} == files
        assert not [line for line in changes if "mtu 9001" in line and " ens6" in line]
        assert not [line for line in changes if line.startswith("Deleted")]
        assert len(changes) < 15, changes
        # The DaemonSet rolls: the unit does not use the moment.
        machine.ip("link", "set", "ens6", "down")
        time.sleep(1)
        assert mtu(machine) == 1500
        assert (machine.cni / "nodenet-n6.conflist").exists()
        with machine.daemon(newer):
            eventually(lambda: "UP" in machine.seen("link", "show", "dev", "ens6")[0]["flags"])


def test_a_unit_that_starts_beside_the_daemon_is_ready_and_does_nothing(machine: Machine, newer: Path) -> None:
    """systemd would end a unit that does not say that it is ready (systemd.service(5), TimeoutStartSec=)."""
    with machine.daemon(newer):
        eventually((machine.cni / "nodenet-n6.conflist").exists)
        with machine.following() as unit:
            time.sleep(0.5)
            assert unit.poll() is None
            assert mtu(machine) == 1500
            assert (machine.cni / "nodenet-n6.conflist").exists()


def test_of_two_daemons_the_second_waits_and_says_so(machine: Machine, newer: Path) -> None:
    with machine.daemon(newer):
        eventually((machine.cni / "nodenet-n6.conflist").exists)
        command = machine.command("daemon", "--api", "http://127.0.0.1:1", "--node", "n1")
        second = subprocess.Popen(
            ["ip", "netns", "exec", machine.name, *command], stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        time.sleep(1.5)
        assert (mtu(machine), (machine.cni / "nodenet-n6.conflist").exists()) == (1500, True)
        second.terminate()
        _, said = second.communicate(timeout=5)
    assert "another agent is at work on this node" in said
    assert second.returncode == 0


def test_who_waited_begins_only_after_the_lock_was_free_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon goes, and comes again within the while; goes again, and stays away."""
    begun: list[float] = []
    settled: list[float] = []
    came_back = threading.Event()

    def settle(seconds: float) -> None:
        settled.append(seconds)
        if len(settled) == 1:
            fcntl.flock(daemon, fcntl.LOCK_EX)
            came_back.set()

    daemon = turn.lock(tmp_path / "cni")
    fcntl.flock(daemon, fcntl.LOCK_EX)
    events: Any = SimpleNamespace(settle=settle)

    def unit() -> None:
        with turn.taken(tmp_path / "cni", events):
            begun.append(time.monotonic())

    thread = threading.Thread(target=unit)
    thread.start()
    time.sleep(0.1)
    fcntl.flock(daemon, fcntl.LOCK_UN)
    assert came_back.wait(5)
    time.sleep(0.1)
    assert not begun, "it is back"
    gone = time.monotonic()
    fcntl.flock(daemon, fcntl.LOCK_UN)
    thread.join(5)
    os.close(daemon)
    assert begun
    assert begun[0] > gone
    assert settled == [60.0, 60.0]


def test_whoever_waits_is_ready_for_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        daemon = turn.lock(tmp_path / "cni")
        fcntl.flock(daemon, fcntl.LOCK_EX)
        events: Any = SimpleNamespace(settle=lambda seconds: None)

        def unit() -> None:
            with turn.taken(tmp_path / "cni", events):
                pass

        thread = threading.Thread(target=unit)
        thread.start()
        assert systemd.recv(100).startswith(b"READY=1\n")
        os.close(daemon)
        thread.join(5)
        assert not thread.is_alive()
