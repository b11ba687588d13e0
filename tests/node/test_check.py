"""`check` and `status`: what a health probe and people are told."""

import json
import subprocess

from tests.node.machine import Machine
from tests.node.networks import N3, N6, linked, n3, n6


def test_check_has_a_line_for_each_fault(machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    assert machine.agent("check").stdout == ""
    machine.ip("link", "set", "ens6", "mtu", "1500")
    (machine.cni / "nodenet-n3.conflist").unlink()
    ended = machine.agent("check", check=False)
    assert ended.returncode == 1
    assert len(ended.stdout.splitlines()) == 2
    assert "mtu 9001" in ended.stdout
    assert "nodenet-n3.conflist" in ended.stdout


def test_a_link_that_host_device_has_moved_into_a_pod_is_no_fault(machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(linked(N3, plugin="host-device"))
    machine.agent("up", "--timeout", "2")
    before = machine.file("n3")
    pod = f"{machine.name}-pod"
    subprocess.run(["ip", "netns", "add", pod], check=True)
    try:
        machine.ip("link", "set", "ens6", "netns", pod)
        machine.agent("check")
        machine.agent("up", "--timeout", "0")
        assert machine.file("n3") == before
        status = json.loads(machine.agent("status", "--json").stdout)
        assert status["networks"][0]["link"] is None
    finally:
        subprocess.run(["ip", "netns", "del", pod], check=True)


def test_a_host_device_link_that_has_not_come_yet_is_a_fault(machine: Machine) -> None:
    machine.tell(n3())
    machine.configure(linked(N3, plugin="host-device"))
    assert "n3: no link with 0a:00:00:00:00:03" in machine.agent("check", check=False).stdout


def test_the_status_shows_each_networks_ranges(machine: Machine) -> None:
    machine.plug("ens7", n6())
    machine.configure(N6)
    machine.agent("up", "--timeout", "2")
    status = json.loads(machine.agent("status", "--json").stdout)
    assert status["networks"] == [
        {
            "name": "n6",
            "link": "ens7",
            "interface": "eni-00000002",
            "mac": "0a:00:00:00:00:02",
            "ranges": ["10.0.6.33-10.0.6.34", "10.0.6.36-10.0.6.36"],
            "table": 2002,
        }
    ]
    assert status["faults"] == []
