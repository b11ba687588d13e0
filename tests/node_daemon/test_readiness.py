"""What a node must have before pods may come."""

import json
from pathlib import Path

import pytest

from node.agent import readiness
from node.agent.places import Places
from node.agent.readiness import faults
from tests.node_daemon.things import N3, N6


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A node where all is there: two networks' CNI files, their plugins, and Multus."""
    found = Places(cni=tmp_path / "multus", runtime_cni=tmp_path / "runtime")
    for folder in (found.cni, found.runtime_cni, tmp_path / "bin"):
        folder.mkdir()
    (found.runtime_cni / "00-multus.conf").write_text('{"type": "multus-shim"}')
    floating = {"type": "ipvlan", "ipam": {"type": "static"}}
    prefix = {"type": "host-device", "ipam": {"type": "host-local"}}
    for name, first in (("n3", floating), ("n6", prefix)):
        found.cni_file(name).write_text(json.dumps({"name": name, "plugins": [first, {"type": "sbr"}]}))
    for plugin in ("ipvlan", "host-device", "host-local", "static", "sbr"):
        path = tmp_path / "bin" / plugin
        path.write_text("")
        path.chmod(0o755)
    return found


def lacking(places: Places) -> list[str]:
    return faults([N3, N6], places, places.cni.parent / "bin")


def test_nothing_is_missing_where_all_is_there(places: Places) -> None:
    assert lacking(places) == []


def test_fault_20_a_node_without_multus_takes_no_pods(places: Places) -> None:
    """The thin entrypoint may write a list too (multus-cni, cmd/thin_entrypoint/main.go)."""
    file = places.runtime_cni / "00-multus.conf"
    file.rename(places.runtime_cni / "00-multus.conflist")
    assert lacking(places) == []
    (places.runtime_cni / "00-multus.conflist").write_text("{ half")
    (fault,) = lacking(places)
    assert fault.startswith("Multus is not in place: neither 00-multus.conf nor 00-multus.conflist in ")


@pytest.mark.parametrize(
    ("plugin", "users"),
    [("static", "n3"), ("host-local", "n6"), ("sbr", "n3, n6"), ("ipvlan", "n3"), ("host-device", "n6")],
)
def test_fault_20_a_node_without_a_plugin_that_a_network_uses_takes_no_pods(
    places: Places, plugin: str, users: str
) -> None:
    path = places.cni.parent / "bin" / plugin
    path.chmod(0o644)
    assert lacking(places) == [f"network {users}: plugin {plugin} is not in {path.parent}"]
    path.unlink()
    assert lacking(places) == [f"network {users}: plugin {plugin} is not in {path.parent}"]


def test_fault_20_a_node_without_a_networks_cni_file_takes_no_pods(places: Places) -> None:
    places.cni_file("n3").unlink()
    assert lacking(places) == [f"network n3: no CNI file {places.cni_file('n3')}"]


def test_a_plugin_that_no_network_uses_is_not_asked_for(places: Places) -> None:
    bin_ = places.cni.parent / "bin"
    (bin_ / "host-device").unlink()
    assert faults([N3], places, bin_) == []


def test_the_default_folder_is_where_the_vpc_cni_copies_plugins_to() -> None:
    """amazon-vpc-cni-k8s, config/master/aws-k8s-cni.yaml: hostPath of cni-bin-dir."""
    assert Path("/opt/cni/bin") == readiness.PLUGINS
