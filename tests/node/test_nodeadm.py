"""What nodeadm, networkd and DHCP do on an AL2023 node, and how the agent lives with that."""

import os
import subprocess
from pathlib import Path

import pytest

from node.agent.places import Places
from tests.node.machine import ROOT, Machine, eventually
from tests.node.networks import N3, linked, n3


def nodeadm(machine: Machine, link: str) -> None:
    """What nodeadm's udev-net-manager and networkd make of an interface that is seen before nodeadm has run: its file,
    an address and a default route by DHCP, and a table with a rule (amazon-eks-ami, nodeadm/cmd/nodeadm-internal/udev,
    eks-managed.network.tpl)."""
    machine.networkd.mkdir(exist_ok=True)
    theirs = f"[Match]\nPermanentMACAddress={n3()['MacAddress']}\n\n[Network]\nDHCP=yes\n"
    (machine.networkd / f"70-eks-{link}.network").write_text(theirs)
    machine.ip("link", "set", link, "up")
    machine.ip("addr", "add", "10.0.4.9/24", "dev", link)
    machine.ip("addr", "add", "2600:1f13:a:4::9/128", "dev", link, "nodad")
    machine.ip("route", "add", "default", "via", "10.0.4.1", "dev", link, "proto", "dhcp", "metric", "515")
    machine.ip("route", "add", "10.0.0.2", "via", "10.0.4.1", "dev", link, "proto", "dhcp", "metric", "515")
    machine.ip("-6", "route", "add", "default", "via", "fe80::1", "dev", link, "proto", "ra", "metric", "515")
    machine.ip("route", "add", "default", "via", "10.0.4.1", "dev", link, "table", "10003", "proto", "static")
    machine.ip("rule", "add", "from", "10.0.4.9", "lookup", "10003", "priority", "32765", "protocol", "static")


def test_what_nodeadm_and_dhcp_have_made_of_the_link_is_taken_off_it(machine: Machine) -> None:
    machine.plug("ens6", n3())
    nodeadm(machine, "ens6")
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    addresses = machine.seen("addr", "show", "dev", "ens6")[0]["addr_info"]
    assert [each["scope"] for each in addresses if each["local"][:5] != "fe80:"] == []
    assert "ens6" not in machine.ip("route", "show")
    assert "default" not in machine.ip("-6", "route", "show")
    assert "10003" not in machine.ip("rule")
    assert "10003" not in machine.ip("route", "show", "table", "all")
    assert "default via 10.0.0.1 dev eth0" in machine.ip("route", "show"), "the node's own way out stays"


def test_networkd_is_told_before_nodeadms_own_file_and_only_until_the_reboot(machine: Machine) -> None:
    """networkd takes the first file by name (systemd.network(5)). A file under /etc would still be there at the next
    boot, and nodeadm's boot hook wait a minute for a link that it had known as networkd's to be configured."""
    machine.plug("ens6", n3())
    nodeadm(machine, "ens6")
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    ours, theirs = sorted(machine.networkd.iterdir())
    assert theirs.name == "70-eks-ens6.network"
    assert ours.name < theirs.name
    assert "MACAddress=0a:00:00:00:00:03" in ours.read_text()
    assert "Unmanaged=yes" in ours.read_text()
    assert str(Places().networkd).startswith("/run/")


def test_networkd_reads_its_files_again_when_one_has_changed(machine: Machine, tmp_path: Path) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    called = tmp_path / "called"
    networkctl = tmp_path / "networkctl"
    networkctl.write_text(f"#!/bin/sh\necho $@ >>{called}\n")
    networkctl.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for _ in range(2):
        machine.agent("up", "--timeout", "2", env=environment)
    assert called.read_text() == "reload\n"


def test_a_dhcp_answer_that_comes_after_all_is_overcome(machine: Machine, tmp_path: Path) -> None:
    """networkd lets go of a link some time after it was told."""
    machine.plug("ens6", n3())
    machine.configure(N3)
    networkctl = tmp_path / "networkctl"
    late = "ip addr add 10.0.4.9/24 dev ens6; ip route add default via 10.0.4.1 dev ens6 metric 515"
    networkctl.write_text(f"#!/bin/sh\n(sleep 0.5; {late}) >/dev/null 2>&1 &\n")
    networkctl.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with machine.following(environment=environment):
        eventually(lambda: "10.0.4.9" in machine.ip("addr"))
        eventually(lambda: "10.0.4.9" not in machine.ip("addr"))
        assert "ens6" not in machine.ip("route", "show")


def test_the_name_is_an_alternative_one_since_a_rename_stalls_the_next_boot(machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    assert machine.seen("link", "show", "dev", "n3")[0]["ifname"] == "ens6"


def test_a_rename_that_is_asked_for_is_done_while_others_use_the_link(machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    machine.configure(linked(N3, rename=True))
    machine.agent("up", "--timeout", "2")
    assert machine.seen("link", "show", "dev", "n3")[0]["ifname"] == "n3"
    assert machine.file("n3")["plugins"][0]["master"] == "n3"
    assert "default via 10.0.4.1 dev n3" in machine.ip("route", "show", "table", "2003")
    machine.agent("check")


def test_a_strangers_name_is_not_taken(machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.link("n3", "0a:00:00:00:0a:0a")
    machine.configure(N3)
    machine.agent("up", "--timeout", "2")
    assert machine.file("n3")["plugins"][0]["master"] == "ens6"
    machine.agent("check")


def test_the_unit_starts_after_nodeadms_boot_hook_and_before_the_kubelet() -> None:
    """User-data scripts run at the first boot only, and the kubelet is started by nodeadm-run (amazon-eks-ami,
    templates/al2023/runtime/rootfs/etc/systemd/system)."""
    lines = (ROOT / "node" / "nodenet-agent.service").read_text().splitlines()
    before = next(line for line in lines if line.startswith("Before="))
    assert {"nodeadm-run.service", "kubelet.service"} <= set(before.removeprefix("Before=").split())
    after = next(line for line in lines if line.startswith("After="))
    assert "nodeadm-boot-hook.service" in after
    assert "WantedBy=multi-user.target" in lines


@pytest.mark.skipif(not Path("/usr/bin/systemd-analyze").exists(), reason="no systemd-analyze here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "nodenet-agent.service"
    text = (ROOT / "node" / "nodenet-agent.service").read_text()
    unit.write_text(text.replace("/usr/local/bin/nodenet-agent", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "nodenet-agent" not in done.stderr, done.stderr
