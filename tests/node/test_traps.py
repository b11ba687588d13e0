"""What others do on an AL2023 node, or expect of it, and how the agent lives with that."""

from pathlib import Path

import pytest

from node.agent.configuration import parse
from node.agent.imds import Interface
from node.agent.kernel import Link, State
from node.agent.matching import Wired
from node.agent.places import Places
from node.agent.plan import decide
from node.build import BOOT
from tests.node.machine import ROOT, Machine, eni
from tests.node.networks import N3, N6, n3, n6


def setting(machine: Machine, name: str) -> str:
    return machine.run("cat", f"/proc/sys/net/{name}").stdout.strip()


def test_fault_23_a_link_that_comes_after_the_boot_is_brought_up_whatever_its_name(machine: Machine) -> None:
    """awslabs/amazon-eks-ami #2180: the link of an interface that is attached later stays down."""
    machine.plug("weird0", n3())
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    assert "UP" in machine.seen("link", "show", "dev", "weird0")[0]["flags"]
    assert machine.file("n3")["plugins"][0]["master"] == "weird0"


def test_fault_23_nothing_in_the_agent_sleeps() -> None:
    """The peers' scripts sleep 30 seconds; the agent waits for events, and for IMDS no longer than it must."""
    assert [name for name in BOOT if "sleep" in (ROOT / "node" / "agent" / f"{name}.py").read_text()] == []


def test_fault_18_of_two_interfaces_in_one_subnet_each_is_its_networks(machine: Machine) -> None:
    machine.plug("ens5", n3(4))
    machine.plug("ens6", eni(3, "subnet-n3", ["sg-n3", "sg-more"], "10.0.4.10", ipv4_prefixes=["10.0.4.64/28"]))
    other = {**N3, "name": "n4", "securityGroups": ["sg-more", "sg-n3"], "ipv6": None}
    machine.configure(N3, other)
    machine.agent("up", "--timeout", "2")
    assert machine.file("n3")["plugins"][0]["master"] == "ens5"
    assert machine.file("n4")["plugins"][0]["master"] == "ens6"


def test_other_interfaces_are_never_touched(machine: Machine) -> None:
    """The VPC CNI's are in the node's subnet with the node's groups; its rules are at 512, 1024, 1535 and 1536."""
    machine.plug("eth1", eni(1, "subnet-node", ["sg-node"], "10.0.0.20", secondaries=["10.0.0.21"]))
    machine.ip("link", "set", "eth1", "up")
    machine.ip("route", "add", "10.0.0.1", "dev", "eth1", "table", "2")
    machine.ip("route", "add", "default", "via", "10.0.0.1", "dev", "eth1", "table", "2")
    for rule in ("from all to 10.0.0.21 lookup main priority 512", "from 10.0.0.21 lookup 2 priority 1536"):
        machine.ip("rule", "add", *rule.split())
    machine.plug("ens6", n3())
    machine.configure(N3)
    words = ("addr show dev eth1", "route show table 2", "route show table main", "addr show dev eth0")
    before = [machine.ip("-4", *each.split()) for each in words]
    machine.agent("up", "--timeout", "2")
    assert [machine.ip("-4", *each.split()) for each in words] == before
    assert "512:\tfrom all to 10.0.0.21 lookup main" in machine.ip("rule")
    assert "1536:\tfrom 10.0.0.21 lookup 2" in machine.ip("rule")


def test_reverse_paths_are_loose_on_that_link_only(machine: Machine) -> None:
    """In force is the larger of `all` and the link's (kernel, ip-sysctl.rst)."""
    machine.plug("ens6", n3())
    machine.configure(N3)
    before = setting(machine, "ipv4/conf/all/rp_filter"), setting(machine, "ipv4/conf/eth0/rp_filter")
    machine.agent("up", "--timeout", "2")
    assert setting(machine, "ipv4/conf/ens6/rp_filter") == "2"
    assert (setting(machine, "ipv4/conf/all/rp_filter"), setting(machine, "ipv4/conf/eth0/rp_filter")) == before


def test_the_vpcs_router_is_not_the_nodes_default_by_the_link(machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    assert setting(machine, "ipv6/conf/ens6/accept_ra") == "0"


def test_a_container_has_the_nodes_settings_elsewhere(machine: Machine, tmp_path: Path) -> None:
    """/proc/sys is read-only in a container that is not privileged."""
    for path in ("ipv4/conf/ens6/rp_filter", "ipv6/conf/ens6/accept_ra"):
        (tmp_path / "net" / path).parent.mkdir(parents=True)
        (tmp_path / "net" / path).write_text("1\n")
    machine.plug("ens6", n3())
    machine.configure(N3)
    before = setting(machine, "ipv4/conf/ens6/rp_filter")
    machine.agent("up", "--timeout", "2", "--sysctl-dir", str(tmp_path / "net"))
    assert (tmp_path / "net/ipv4/conf/ens6/rp_filter").read_text() == "2"
    assert (tmp_path / "net/ipv6/conf/ens6/accept_ra").read_text() == "0"
    assert setting(machine, "ipv4/conf/ens6/rp_filter") == before


def test_tables_and_priorities_are_nobody_elses(machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.plug("ens7", n6())
    machine.configure(N3, N6)
    machine.agent("up", "--timeout", "2")
    ours = [rule for rule in machine.seen("rule") if rule.get("protocol") == "110"]
    assert ours
    for rule in ours:
        assert not 2 <= int(rule["table"]) <= 100
        assert 256 <= int(rule["table"]) < 10000
        assert rule["priority"] not in (1, 10, 20, 512, 1024, 1535, 1536, 32765, 32766)


def test_a_table_that_somebody_has_named_is_left_to_them(tmp_path: Path) -> None:
    (tmp_path / "rt_tables").write_text("255\tlocal\n# 1 inr.ruhep\n2003 mine\n")
    (tmp_path / "rt_tables.d").mkdir()
    (tmp_path / "rt_tables.d" / "more.conf").write_text("0x7d4 theirs\n")
    assert Places(rt_tables=tmp_path / "rt_tables").reserved_tables() == {255, 2003, 2004}
    state = State((Link("ens6", "0a:00:00:00:00:03", 2, True, 9001, 9001),), reserved=frozenset({2003}))
    lines = [step.words for step in decide([wired()], state, Places(cni=tmp_path, networkd=tmp_path))]
    assert "ip -4 rule add from 10.0.4.32/28 lookup 6003 priority 2100 protocol 110" in lines


def test_a_link_above_the_interface_is_not_taken_for_it(machine: Machine) -> None:
    """A bridge has the MAC of one of its ports, an ipvlan or a VLAN link that of the link below."""
    machine.ip("link", "add", "abr", "address", n3()["MacAddress"], "type", "bridge")
    machine.plug("ens6", n3())
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    assert machine.file("n3")["plugins"][0]["master"] == "ens6"


def test_multus_reads_the_file_and_the_container_runtime_does_not() -> None:
    """The runtime takes the first file of /etc/cni/net.d, and the node is Ready by it (containerd, go-cni)."""
    assert Places().cni == Path("/etc/cni/multus/net.d")


@pytest.mark.parametrize("vpc_cni", [False, True])
def test_the_runtimes_own_folder_gets_a_file_only_after_the_vpc_cnis(tmp_path: Path, vpc_cni: bool) -> None:
    places = Places(cni=tmp_path, runtime_cni=tmp_path, networkd=tmp_path / "networkd")
    if vpc_cni:
        (tmp_path / "10-aws.conflist").write_text("{}")
    links = (Link("ens6", "0a:00:00:00:00:03", 2, True, 9001, 9001),)
    state = State(links, vpc_cni=places.vpc_cni_ready(), files=places.own_files())
    files = [step.target for step in decide([wired()], state, places) if isinstance(step.target, Path)]
    assert (places.cni_file("n3") in files) == vpc_cni
    assert places.cni_file("a").name > "10-aws.conflist"


def wired() -> Wired:
    network = parse({"cluster": "prod", "networks": [{**N3, "ipv6": None}]}).networks[0]
    interface = Interface(
        "0a:00:00:00:00:03",
        "eni-3",
        0,
        3,
        "subnet-n3",
        frozenset({"sg-n3"}),
        ipv4s=("10.0.4.9",),
        ipv4_prefixes=("10.0.4.32/28",),
        ipv4_block="10.0.4.0/24",
    )
    return Wired("n3", network, interface)
