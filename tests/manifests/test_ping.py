"""ping.sh, with two pods as network namespaces on one machine, and a kubectl that runs commands in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.manifests.samples import PORT

SCRIPT = Path(__file__).parents[2] / "node" / "manifests" / "ping.sh"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces take root"),
    pytest.mark.skipif(not shutil.which("busybox"), reason="busybox is not installed: the sample's image is busybox"),
]

# As `tcpsvd` with $TCPREMOTEADDR: one socket for both families, IPv4 callers as ::ffff:10.0.3.33.
ANSWER = f"""
import socket
listener = socket.create_server(("::", {PORT}), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
while True:
    connection, peer = listener.accept()
    connection.sendall(f"[{{peer[0]}}]:{{peer[1]}}\\n".encode())
    connection.close()
"""

KUBECTL = """#!/bin/sh
shift 2 # --namespace core
if [ "$1" = get ]; then echo "{pods}"; exit; fi
pod=$2
shift 3 # exec pod --
exec ip netns exec "{prefix}$pod" busybox "$@"
"""

PREFIX = f"nodenet-ping-{os.getpid()}-"


def run(*command: str) -> None:
    subprocess.run(command, check=True)


@pytest.fixture
def bin_folder(tmp_path: Path) -> Iterator[Path]:
    """Two pods: eth0 in one network, net1 in another, each with its own link between them; PATH with kubectl."""
    namespaces = [f"{PREFIX}{pod}" for pod in ("a", "b")]
    servers = []
    try:
        for namespace in namespaces:
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        for link, prefix4, prefix6 in (("eth0", "10.0.1", "fd00:1::"), ("net1", "10.0.3", "fd00:3::")):
            run(*f"ip -n {namespaces[0]} link add {link} type veth peer {link} netns {namespaces[1]}".split())
            for number, namespace in enumerate(namespaces, 1):
                run(*f"ip -n {namespace} addr add {prefix4}.{number}/24 dev {link}".split())
                run(*f"ip -n {namespace} addr add {prefix6}{number}/64 dev {link} nodad".split())
                run(*f"ip -n {namespace} link set {link} up".split())
        for namespace in namespaces:
            server = subprocess.Popen(
                ["ip", "netns", "exec", namespace, sys.executable, "-c", ANSWER], stdout=subprocess.PIPE, text=True
            )
            servers.append(server)
            assert server.stdout
            assert server.stdout.readline() == "ready\n"
        kubectl = tmp_path / "kubectl"
        kubectl.write_text(KUBECTL.format(pods="a b", prefix=PREFIX))
        # sysfs is the namespace's of whoever mounted it; `ip netns exec` mounts it anew.
        kubectl.chmod(0o755)
        yield tmp_path
    finally:
        for server in servers:
            server.kill()
            server.communicate()
        for namespace in namespaces:
            subprocess.run(["ip", "netns", "del", namespace], check=False)


def ping(bin_folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{bin_folder}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", str(SCRIPT), "answers", "core"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_calls_both_ways_in_both_families_and_shows_the_source_address(bin_folder: Path) -> None:
    done = ping(bin_folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "net1 a 10.0.3.1 -> b 10.0.3.2: ping ok, bound ping ok, seen from 10.0.3.1",
        "net1 a fd00:3::1 -> b fd00:3::2: ping ok, bound ping ok, seen from fd00:3::1",
        "net1 b 10.0.3.2 -> a 10.0.3.1: ping ok, bound ping ok, seen from 10.0.3.2",
        "net1 b fd00:3::2 -> a fd00:3::1: ping ok, bound ping ok, seen from fd00:3::2",
    ]


def test_an_answer_that_came_by_eth0_is_no_proof(bin_folder: Path) -> None:
    """The pod's main table sends the network's peers by eth0: every ping works, and nothing uses the network."""
    for pod, own, other in (("a", 1, 2), ("b", 2, 1)):
        run(*f"ip -n {PREFIX}{pod} route replace 10.0.3.{other}/32 dev eth0 src 10.0.1.{own}".split())
    done = ping(bin_folder)
    assert "net1 a 10.0.3.1 -> b 10.0.3.2: ping ok, bound ping ok, seen from 10.0.1.1" in done.stdout
    assert done.returncode == 1


def test_a_peer_that_does_not_answer_is_a_failure(bin_folder: Path) -> None:
    run(*f"ip -n {PREFIX}b -4 addr flush dev net1".split())
    run(*f"ip -n {PREFIX}b addr add 10.0.3.77/32 dev net1".split())
    done = ping(bin_folder)
    assert "net1 a 10.0.3.1 -> b 10.0.3.77: ping failed, bound ping failed, seen from nobody" in done.stdout
    assert done.returncode == 1


def test_one_pod_alone_is_said(bin_folder: Path) -> None:
    (bin_folder / "kubectl").write_text(KUBECTL.format(pods="a", prefix=PREFIX))
    done = ping(bin_folder)
    assert done.returncode == 1
    assert "answers has 1 running pods in core, two are needed" in done.stderr
