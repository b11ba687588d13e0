"""A pod in a network namespace, by the real plugins, and who answers it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.node.machine import Machine

_ECHO = """
import socket, sys
found = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
found.bind(("::", 7))
print("ready", flush=True)
while True:
    _, sender = found.recvfrom(100)
    found.sendto(sender[0].removeprefix("::ffff:").encode(), sender)
"""
_ASK = """
import socket, sys
source, target = sys.argv[1:]
found = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET, socket.SOCK_DGRAM)
found.settimeout(3)
if source:
    found.bind((source, 0))
found.sendto(b"who am I", (target, 7))
print(found.recv(100).decode())
"""


class Pod:
    """A namespace with the plugins' work in it. Its eth0 leads to the node's default network, where `10.9.9.9` is."""

    def __init__(self, machine: Machine, name: str, plugins: Path) -> None:
        self.machine = machine
        self.name = f"{machine.name}-{name}"
        self._plugins = plugins
        subprocess.run(["ip", "netns", "add", self.name], check=True)

    def chain(self, command: str, document: dict[str, Any], ips: tuple[str, ...] = ()) -> Any:
        """ADD or DEL by all plugins of the file, as libcni calls them (CNI specification, section 3)."""
        result: Any = None
        order = document["plugins"] if command == "ADD" else reversed(document["plugins"])
        for plugin in order:
            given = {**plugin, "cniVersion": document["cniVersion"], "name": document["name"]}
            if result:
                given["prevResult"] = result
            if plugin.get("capabilities", {}).get("ips"):
                given["runtimeConfig"] = {"ips": list(ips)}
            environment = {
                "CNI_COMMAND": command,
                "CNI_CONTAINERID": self.name,
                "CNI_NETNS": f"/var/run/netns/{self.name}",
                "CNI_IFNAME": "net1",
                "CNI_PATH": str(self._plugins),
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            }
            program = str(self._plugins / plugin["type"])
            done = self.machine.run(program, input=json.dumps(given), env=environment, check=False)
            assert done.returncode == 0, f"{plugin['type']}: {done.stdout}{done.stderr}"
            result = json.loads(done.stdout) if done.stdout.strip() else result
        return result

    def default_network(self) -> None:
        """What the VPC CNI gives each pod: eth0 and the default route."""
        self.machine.ip("link", "add", "pod0", "type", "veth", "peer", "name", "eth0", "netns", self.name)
        self.machine.ip("addr", "add", "10.9.9.9/24", "dev", "pod0")
        self.machine.ip("link", "set", "pod0", "up")
        for line in (
            "link set lo up",
            "addr add 10.9.9.2/24 dev eth0",
            "link set eth0 up",
            "route add default via 10.9.9.9",
        ):
            self.ip(*line.split())

    def ip(self, *words: str) -> str:
        command = ["ip", "-n", self.name, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def asks(self, target: str, source: str = "") -> str:
        """From which address a datagram to the target came, in the target's eyes; of a socket bound to `source`."""
        command = ["ip", "netns", "exec", self.name, sys.executable, "-c", _ASK, source, target]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def remove(self) -> None:
        subprocess.run(["ip", "netns", "del", self.name], check=False)


@contextmanager
def echo(namespace: str) -> Iterator[None]:
    """In the namespace every address answers a datagram with where it came from."""
    command = ["ip", "netns", "exec", namespace, sys.executable, "-c", _ECHO]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            yield
        finally:
            process.kill()


def has_ipvlan(machine: Machine) -> bool:
    """Whether this kernel has it; native kernels of clouds mostly do."""
    made = machine.run("ip", "link", "add", "link", "eth0", "name", "try0", "type", "ipvlan", check=False)
    machine.run("ip", "link", "del", "try0", check=False)
    return made.returncode == 0


def usable(machine: Machine) -> dict[str, Any]:
    """The network's file, where need be with macvlan for ipvlan, and with leases where no other test's are."""
    document = machine.file("n3")
    first = document["plugins"][0]
    if first["type"] == "ipvlan" and not has_ipvlan(machine):
        first.update(type="macvlan", mode="bridge")
    if "dataDir" in first["ipam"]:
        first["ipam"]["dataDir"] = str(machine.folder / "leases")
    return document
