"""Pods on different nodes reach each other on their networks, by the right interface and from the right address."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

import pytest

from tests.e2e.network.pod import Pod, served
from tests.e2e.network.recording import BEYOND
from tests.e2e.network.world import World

NETWORKS = ("n3", "n6", "n4")
FAMILIES = (4, 6)


@dataclass(frozen=True)
class Pods:
    """A pod with three networks on each node, by the node's role."""

    by_role: dict[str, Pod]

    def __getitem__(self, role: str) -> Pod:
        return self.by_role[role]


@pytest.fixture(scope="module")
def pods(world: World) -> Iterator[Pods]:
    made = world.run_pods({role: f"upf-{role}" for role in ("a1", "a2", "b1")}, *NETWORKS)
    yield Pods(made)
    for role, pod in made.items():
        world.nodes[role].remove_pod(pod)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("there", ["a2", "b1"], ids=["same-zone", "other-zone"])
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "unbound"])
def test_pods_on_two_nodes_talk_by_their_network(
    world: World, pods: Pods, there: str, network: str, family: int, bound: bool
) -> None:
    mine, theirs = pods["a1"].address(network, family), pods[there].address(network, family)
    with world.fabric.watch() as seen, pods[there].serving():
        assert pods["a1"].ping(theirs, mine if bound else ""), seen
        assert pods["a1"].connect(theirs, mine if bound else "") == mine
    assert seen.way(mine, theirs) == {(world.port("a1", network), world.port(there, network))}
    assert seen.way(theirs, mine) == {(world.port(there, network), world.port("a1", network))}


@pytest.fixture(scope="module")
def beside(world: World) -> Iterator[Pod]:
    """A second pod on one of the nodes."""
    pod = world.nodes["a2"].run_pod("beside", *NETWORKS)
    yield pod
    world.nodes["a2"].remove_pod(pod)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "unbound"])
def test_pods_on_one_node_talk_by_their_network_and_the_vpc_does_not_hear_of_it(
    world: World, pods: Pods, beside: Pod, network: str, family: int, bound: bool
) -> None:
    mine, theirs = beside.address(network, family), pods["a2"].address(network, family)
    with world.fabric.watch() as seen, pods["a2"].serving():
        assert beside.connect(theirs, mine if bound else "") == mine
    assert not seen.way(mine, theirs) | seen.way(theirs, mine)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("network", NETWORKS)
def test_an_address_comes_from_what_ec2_registered_for_that_node(
    world: World, pods: Pods, network: str, family: int
) -> None:
    for role in ("a1", "a2", "b1"):
        (held,) = world.recording.ranges(role, network, family)
        assert ip_address(pods[role].address(network, family)) in held


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "unbound"])
def test_a_host_beyond_the_gateway_answers_on_the_network_that_has_the_route(
    world: World, pods: Pods, family: int, bound: bool
) -> None:
    mine, host = pods["b1"].address("n3", family), BEYOND[family]
    with world.fabric.watch() as seen, served(world.host):
        assert pods["b1"].ping(host, mine if bound else ""), seen
        assert pods["b1"].connect(host, mine if bound else "") == mine
    assert seen.way(mine, host) == {(world.port("b1", "n3"), "beyond")}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_host_beyond_the_gateway_answers_any_network_to_a_bound_socket(world: World, pods: Pods, family: int) -> None:
    mine, host = pods["a1"].address("n6", family), BEYOND[family]
    with world.fabric.watch() as seen, served(world.host):
        assert pods["a1"].connect(host, mine) == mine
    assert seen.way(mine, host) == {(world.port("a1", "n6"), "beyond")}


def test_no_network_becomes_the_pods_default(pods: Pods) -> None:
    assert {line.split()[4] for line in pods["a1"].routes("default")} == {"eth0"}
    assert pods["a1"].routes("default", family=6) == []


def test_what_no_network_claims_leaves_by_eth0(world: World, pods: Pods) -> None:
    mine, node = pods["a1"].address(), world.recording.interfaces("b1")[0]["PrivateIpAddress"]
    with world.fabric.watch() as seen:
        assert pods["a1"].ping(node), seen
    assert seen.way(mine, node) == {(world.port("a1", "nodes"), world.port("b1", "nodes"))}


@pytest.mark.parametrize("family", FAMILIES)
def test_an_address_outside_the_range_gets_nothing_and_the_fabric_says_why(
    world: World, pods: Pods, family: int
) -> None:
    block = world.recording.block("a1", "n3", family)
    stranger, link, theirs = str(block[200]), pods["a1"].links["n3"], pods["a2"].address("n3", family)
    pods["a1"].netns.ip(f"addr add {stranger}/{block.prefixlen} dev {link}{' nodad' if family == 6 else ''}")
    try:
        with world.fabric.watch() as seen:
            assert not pods["a1"].ping(theirs, stranger, seconds=1)
        assert not seen.way(stranger, theirs)
        assert seen.reasons(stranger, theirs) == {f"source {stranger} is not registered on {world.port('a1', 'n3')}"}
    finally:
        pods["a1"].netns.ip(f"addr del {stranger}/{block.prefixlen} dev {link}")


def test_without_the_source_check_an_address_outside_gets_out_and_no_answer_comes_back(
    world: World, pods: Pods
) -> None:
    stranger, theirs = str(world.recording.block("a1", "n6", 4)[250]), pods["a2"].address("n6")
    pods["a1"].netns.ip(f"addr add {stranger}/24 dev {pods['a1'].links['n6']}")
    try:
        with world.fabric.watch() as seen:
            assert not pods["a1"].ping(theirs, stranger, seconds=1)
        assert seen.way(stranger, theirs) == {(world.port("a1", "n6"), world.port("a2", "n6"))}
        assert not seen.way(theirs, stranger)
    finally:
        pods["a1"].netns.ip(f"addr del {stranger}/24 dev {pods['a1'].links['n6']}")


def test_a_mac_of_its_own_gets_nothing_which_is_why_macvlan_is_refused(world: World) -> None:
    node, block = world.nodes["b1"], world.recording.block("b1", "n9", 4)
    address, router = str(block[240]), str(block[1])
    pod = node.machine.pod("macvlan")
    node.machine.ip(f"link add made link {node.link('n9')} type macvlan mode bridge", "link set made netns macvlan")
    pod.ip("link set made up", f"addr add {address}/{block.prefixlen} dev made")
    try:
        with world.fabric.watch() as seen:
            pod.run("ping", "-c1", "-w1", router, check=False)
        (reason,) = seen.reasons(address, router)
        assert reason.endswith(f"is not the MAC of {world.port('b1', 'n9')}")
    finally:
        pod.leave()
        node.machine.run("ip", "netns", "del", "macvlan")
