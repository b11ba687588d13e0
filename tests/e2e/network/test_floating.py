"""An address that belongs to a pod is where EC2 has it: nowhere, on one node, and then on the other."""

from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from tests.e2e.network.pod import Pod
from tests.e2e.network.recording import BEYOND, STAYING
from tests.e2e.network.world import World

FAMILIES = (4, 6)


@pytest.fixture(scope="module")
def asked(world: World) -> dict[str, object]:
    """What the pod's annotation asks for, wherever the pod is."""
    lengths = {family: world.recording.block("a1", "n9", family).prefixlen for family in FAMILIES}
    return {"name": "n9", "ips": [f"{world.recording.floating(family)}/{lengths[family]}" for family in FAMILIES]}


@pytest.fixture(scope="module")
def before(world: World, asked: dict[str, object]) -> Iterator[Pod]:
    pod = world.nodes["a1"].run_pod("floating-0", asked)
    yield pod
    world.nodes["a1"].remove_pod(pod)


@pytest.fixture(scope="module")
def after(world: World, asked: dict[str, object]) -> Iterator[Pod]:
    """The next pod of the same name in its StatefulSet, on another node."""
    pod = world.nodes["a2"].run_pod("floating-0-again", asked)
    yield pod
    world.nodes["a2"].remove_pod(pod)


@pytest.mark.parametrize("family", FAMILIES)
def test_nobody_answers_until_the_address_is_claimed(world: World, before: Pod, family: int) -> None:
    world.show("launched")
    floating, host = world.recording.floating(family), BEYOND[family]
    assert before.address("n9", family) == floating
    with world.fabric.watch() as seen:
        assert not world.reaches_from_beyond(floating, seconds=1)
        assert not before.ping(host, floating, seconds=1)
    assert seen.reasons(host, floating) == {f"nobody has {floating}"}
    assert seen.reasons(floating, host) == {f"source {floating} is not registered on {world.port('a1', 'n9')}"}


@pytest.mark.parametrize("family", FAMILIES)
def test_once_claimed_it_answers_on_its_node(world: World, before: Pod, family: int) -> None:
    world.show("claimed")
    floating, host = world.recording.floating(family), BEYOND[family]
    with world.fabric.watch() as seen:
        assert world.reaches_from_beyond(floating), seen
    assert seen.way(host, floating) == {("beyond", world.port("a1", "n9"))}
    assert seen.way(floating, host) == {(world.port("a1", "n9"), "beyond")}


@pytest.mark.parametrize("family", FAMILIES)
def test_claimed_by_another_node_it_answers_there_and_no_more_from_the_old(
    world: World, before: Pod, after: Pod, family: int
) -> None:
    world.show("moved")
    floating, host = world.recording.floating(family), BEYOND[family]
    with world.fabric.watch() as seen:
        assert world.reaches_from_beyond(floating), seen
        assert not before.ping(host, floating, seconds=1)
    assert seen.way(host, floating) == {("beyond", world.port("a2", "n9"))}
    assert seen.reasons(floating, host) == {f"source {floating} is not registered on {world.port('a1', 'n9')}"}


def test_one_family_may_float_while_the_node_gives_the_other(world: World) -> None:
    world.show("claimed")
    node = world.nodes["b1"]
    pod = node.run_pod("mixed", {"name": "dp", "ips": [f"{STAYING}/24"]})
    try:
        (four,), (six,) = pod.addresses("dp"), pod.addresses("dp", 6)
        (held,) = world.recording.ranges("b1", "dp", 6)
        assert four == STAYING
        assert ip_address(six) in held
        for address, host in ((four, BEYOND[4]), (six, BEYOND[6])):
            with world.fabric.watch() as seen:
                assert world.reaches_from_beyond(address), seen
            assert seen.way(host, address) == {("beyond", world.port("b1", "dp"))}
    finally:
        node.remove_pod(pod)
