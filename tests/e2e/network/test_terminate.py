"""After a node is terminated, nothing of it is left in the VPC."""

from tests.e2e.network.world import World

NETWORKS = ("n3", "n6")


def test_after_terminate_the_fabric_has_no_route_left(world: World) -> None:
    world.show("launched")
    if "b2" not in world.nodes:
        world.reboot("b2").start()
    gone, left = world.nodes["b2"], world.nodes["a1"]
    pods = world.run_pods({"b2": "there", "a1": "here"}, *NETWORKS)
    there, here = pods["b2"], pods["a1"]
    pairs = {here.address(network, family): there.address(network, family) for network in NETWORKS for family in (4, 6)}
    try:
        assert all(here.ping(address, source) for source, address in pairs.items())
        world.show("terminated")
        assert not set(gone.links) & set(world.fabric.vpc.ports)
        with world.fabric.watch() as seen:
            assert not any(here.ping(address, source, seconds=1) for source, address in pairs.items())
        for source, address in pairs.items():
            assert seen.reasons(source, address) == {f"nobody has {address}"}
    finally:
        left.remove_pod(here)
