"""Pods by the CNI files that the agent has written, and by the real plugins that a node has.

The kernel may have no ipvlan: then macvlan stands in for it, which differs in the MAC only, and nothing here asks for
one. ipvlan itself is proved where whole nodes are (tests/e2e/network).
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.network import programs
from tests.node.machine import Machine, eventually
from tests.node.networks import N3, linked, n3
from tests.node.pods import Pod, echo, has_ipvlan, usable


@pytest.fixture(scope="session")
def plugins() -> Path:
    """The folder of the plugins."""
    try:
        return programs.build() / programs.PLUGINS_VERSION
    except programs.NotBuilt as missing:
        pytest.skip(str(missing))


@pytest.fixture
def vpc(machine: Machine) -> Iterator[str]:
    """What is behind n3's link: the subnet's router 10.0.4.1 and fe80:ec2::1, a neighbour, and hosts beyond."""
    name = f"{machine.name}-vpc"
    subprocess.run(["ip", "netns", "add", name], check=True)
    machine.plug("ens6", n3())
    machine.ip("link", "set", "p0300", "netns", name, "name", "vpc0")
    for line in (
        "link set lo up",
        "addr add 10.0.4.1/24 dev vpc0",
        "addr add 10.0.4.200/32 dev vpc0",
        "addr add 2600:1f13:a:4::200/64 dev vpc0 nodad",
        "addr add fe80:ec2::1/64 dev vpc0 nodad",
        "addr add 10.8.0.5/32 dev lo",
        "addr add 192.0.2.9/32 dev lo",
        "addr add 2001:db8::9/128 dev lo",
        "link set vpc0 up",
    ):
        subprocess.run(["ip", "-n", name, *line.split()], check=True)
    with echo(name):
        yield name
    subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.fixture
def pod(machine: Machine, plugins: Path) -> Iterator[Pod]:
    found = Pod(machine, "pod", plugins)
    found.default_network()
    yield found
    found.remove()


def written(machine: Machine, **link: Any) -> dict[str, Any]:
    machine.configure(linked(N3, **link))
    machine.agent("up", "--timeout", "5")
    return usable(machine)


@pytest.mark.parametrize(("plugin", "mode"), [("ipvlan", "l2"), ("ipvlan", "l3"), ("host-device", "l2")])
def test_bound_and_unbound_sockets_leave_by_the_right_link(
    machine: Machine, vpc: str, pod: Pod, plugin: str, mode: str
) -> None:
    """containernetworking/plugins' sbr alone moves all routes of the link to its own table, so that unbound sockets
    leave by eth0 even to the network's own neighbours (plugins/meta/sbr/main.go, doRoutes)."""
    if mode == "l3":
        if not has_ipvlan(machine):
            pytest.skip("this kernel has no ipvlan")
        # Such a pod answers no ARP and no neighbour solicitation, and needs not: the VPC knows where an address is.
        for line in ("10.0.4.32", "2600:1f13:a:4:1::"):
            words = ["ip", "-n", vpc, "neigh", "replace", line, "lladdr", n3()["MacAddress"], "dev", "vpc0"]
            subprocess.run(words, check=True)
    document = written(machine, plugin=plugin, mode=mode)
    pod.chain("ADD", document)
    mine, mine6 = "10.0.4.32", "2600:1f13:a:4:1::"
    with echo(machine.name):
        eventually(lambda: pod.asks("10.0.4.200") == mine)
        assert pod.asks("10.0.4.1") == mine, "the subnet, unbound"
        assert pod.asks("10.8.0.5") == mine, "beyond the subnet by the network's routes, unbound"
        assert pod.asks("10.8.0.5", mine) == mine
        assert pod.asks("192.0.2.9", mine) == mine, "anywhere, bound to the network's address"
        assert pod.asks("10.9.9.9") == "10.9.9.2", "anywhere else, unbound: by eth0"
        assert pod.asks("2600:1f13:a:4::200") == mine6
        assert pod.asks("2001:db8::9", mine6) == mine6
    assert "192.0.2.9 via 10.9.9.9 dev eth0" in pod.ip("route", "get", "192.0.2.9")


def test_the_pods_link_takes_no_default_route_from_the_vpcs_router(machine: Machine, vpc: str, pod: Pod) -> None:
    pod.chain("ADD", written(machine))
    command = ["ip", "netns", "exec", pod.name, "cat", "/proc/sys/net/ipv6/conf/net1/accept_ra"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "0"


def test_host_device_gives_the_link_back_and_the_agent_sets_it_up_again(machine: Machine, vpc: str, pod: Pod) -> None:
    document = written(machine, plugin="host-device")
    pod.chain("ADD", document)
    assert "ens6" not in machine.ip("link")
    machine.agent("check")
    pod.chain("DEL", document)
    assert machine.agent("check", check=False).returncode == 1
    machine.agent("up", "--timeout", "5")
    machine.agent("check")
    again = machine.file("n3")
    assert again["plugins"][0]["hwaddr"] == document["plugins"][0]["hwaddr"]


def test_all_sixteen_addresses_of_a_prefix_are_used_and_no_seventeenth(
    machine: Machine, vpc: str, plugins: Path
) -> None:
    """With the VPC's subnet as `subnet`, host-local leaves none out as network or broadcast address."""
    document = written(machine)
    document["plugins"] = document["plugins"][:1]
    document["plugins"][0]["ipam"]["ranges"].pop()  # IPv6, whose duplicate detection takes its time.
    document["plugins"][0]["ipam"]["routes"].pop()
    pods = [Pod(machine, f"{number:x}", plugins) for number in range(17)]
    try:
        given = [pod.chain("ADD", document)["ips"][0]["address"] for pod in pods[:16]]
        assert sorted(given) == sorted(f"10.0.4.{number}/24" for number in range(32, 48))
        with pytest.raises(AssertionError, match="no IP addresses available in range set"):
            pods[16].chain("ADD", document)
    finally:
        for pod in pods:
            pod.remove()


def test_a_floating_address_comes_from_the_pods_annotation(machine: Machine, vpc: str, pod: Pod) -> None:
    floating = {"plan": "floating", "ranges": ["10.0.4.224-10.0.4.250"]}
    machine.configure({**N3, "ipv4": floating, "ipv6": None})
    machine.agent("up", "--timeout", "5")
    pod.chain("ADD", usable(machine), ips=("10.0.4.230/24",))
    eventually(lambda: pod.asks("10.0.4.200") == "10.0.4.230")
    assert pod.asks("10.8.0.5") == "10.0.4.230"
    assert pod.asks("192.0.2.9", "10.0.4.230") == "10.0.4.230"


def test_a_floating_address_goes_with_one_of_the_nodes_own_family(machine: Machine, vpc: str, pod: Pod) -> None:
    machine.configure({**N3, "ipv4": {"plan": "floating", "ranges": ["10.0.4.224-10.0.4.250"]}})
    machine.agent("up", "--timeout", "5")
    given = pod.chain("ADD", usable(machine), ips=("10.0.4.230/24",))["ips"]
    floating, own = (each["address"].partition("/")[0] for each in given)
    assert floating == "10.0.4.230"
    assert own.startswith("2600:")
    eventually(lambda: pod.asks("10.0.4.200") == "10.0.4.230")


def test_leases_do_not_outlive_a_reboot(machine: Machine, vpc: str) -> None:
    """containernetworking/plugins #697: leases on a disk still hold the addresses of pods from before the boot."""
    machine.configure(N3)
    machine.agent("up", "--timeout", "5")
    assert machine.file("n3")["plugins"][0]["ipam"]["dataDir"].startswith("/run/")
