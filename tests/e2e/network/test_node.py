"""A node from power on: what other programs do to its links is overcome, and nothing makes it Ready too early."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local.vpc.namespaces import CommandFailed
from tests.e2e.network.cni import RUNTIME_DIRECTORY
from tests.e2e.network.node import MULTUS_DIRECTORY, Node
from tests.e2e.network.world import World

NETWORKS = ("n3", "n6", "n9", "n4", "dp")
STATE = ("rule", "-6 rule", "route show table all", "-6 route show table all")


@dataclass(frozen=True)
class Boot:
    """A node on which the agent has run once; what else has, `ready` tells."""

    node: Node
    default_route: str
    waited: bool


@pytest.fixture(scope="module")
def boot(world: World) -> Boot:
    """DHCP was there before the agent, and the metadata show one interface only after some time."""
    world.show("launched")
    node = world.reboot("b2")
    node.boot()
    default_route = node.machine.run("ip", "route", "show", "default")
    node.dhcp("n3")
    node.dhcp("n6")
    assert node.machine.run("ip", "route", "show", "default") != default_route
    node.hide(world.port("b2", "n9"))
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(node.agent, "up")
        try:
            running.result(2)
            waited = False
        except TimeoutError:
            waited = True
        node.show("launched")
        running.result(60)
    return Boot(node, default_route, waited)


@pytest.fixture(scope="module")
def ready(boot: Boot) -> Node:
    """The same node, once the VPC CNI and Multus are up."""
    boot.node.vpc_cni()
    boot.node.multus()
    return boot.node


def networking(node: Node) -> str:
    """Rules, routes and CNI files, as far as they are the agent's; with the networks' names for the links'."""
    told = "\n".join(node.machine.files(MULTUS_DIRECTORY).values())
    for command in STATE:
        shown = node.machine.run("ip", *command.split()).splitlines(keepends=True)
        told += "".join(line for line in shown if "proto 110" in line)
    for network in NETWORKS:
        told = re.sub(rf"\b{node.link(network)}\b", network, told)
    return "\n".join(sorted(told.splitlines()))


def test_a_node_whose_vpc_cni_is_not_up_stays_not_ready(boot: Boot) -> None:
    assert len(boot.node.machine.files(MULTUS_DIRECTORY)) == len(NETWORKS)
    assert boot.node.machine.files(RUNTIME_DIRECTORY) == {}
    assert not boot.node.ready
    boot.node.vpc_cni()
    assert boot.node.ready


def test_an_interface_that_the_metadata_show_late_is_waited_for(boot: Boot) -> None:
    assert boot.waited
    assert any("n9" in name for name in boot.node.machine.files(MULTUS_DIRECTORY))


def test_what_dhcp_left_on_a_link_is_overcome(boot: Boot) -> None:
    assert boot.node.machine.run("ip", "route", "show", "default") == boot.default_route
    for network in ("n3", "n6"):
        shown = boot.node.machine.run("ip", "-json", "-4", "address", "show", "dev", boot.node.link(network))
        assert [each for each in json.loads(shown) if each] == []


def test_run_again_the_agent_has_nothing_to_do(boot: Boot) -> None:
    before = networking(boot.node)
    assert before.count("proto 110") > len(NETWORKS)
    assert json.loads(boot.node.agent("up", "--json"))["steps"] == []
    assert networking(boot.node) == before


def test_a_pod_of_such_a_node_is_reached_by_its_network(world: World, ready: Node) -> None:
    pods = world.run_pods({"b2": "here", "b1": "there"}, "n3")
    here, there = pods["b2"], pods["b1"]
    try:
        with world.fabric.watch() as seen:
            assert here.ping(there.address("n3")), seen
        way = seen.way(here.address("n3"), there.address("n3"))
        assert way == {(world.port("b2", "n3"), world.port("b1", "n3"))}
    finally:
        ready.remove_pod(here)
        world.nodes["b1"].remove_pod(there)


def test_a_link_that_a_pod_has_is_no_fault(ready: Node) -> None:
    link = ready.link("dp")
    pod = ready.run_pod("fast-path", "dp")
    try:
        assert link not in ready.machine.run("ip", "-brief", "link")
        ready.agent("check")
    finally:
        ready.remove_pod(pod)
    assert link in ready.machine.run("ip", "-brief", "link")


def test_the_health_probe_tells_of_a_link_that_is_down_and_the_agent_mends_it(boot: Boot) -> None:
    boot.node.machine.ip(f"link set {boot.node.link('n6')} down")
    with pytest.raises(CommandFailed, match=boot.node.link("n6")):
        boot.node.agent("check")
    boot.node.agent("up")
    boot.node.agent("check")


def test_after_a_reboot_all_is_the_same_though_the_links_are_called_otherwise(world: World, boot: Boot) -> None:
    before, link = networking(boot.node), boot.node.link("n3")
    again = world.reboot("b2", boots=2)
    again.start()
    assert again.link("n3") != link
    assert networking(again) == before
