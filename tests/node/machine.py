"""A node in a network namespace: links for its interfaces, and a metadata service that answers for them."""

import copy
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
INSTANCE = "i-0123456789abcdef0"
SUBNETS = {
    "subnet-node": ("10.0.0.0/24", ()),
    "subnet-n3": ("10.0.4.0/24", ("2600:1f13:a:4::/64",)),
    "subnet-n6": ("10.0.6.0/24", ()),
}


def eni(number: int, subnet: str, groups: list[str], primary: str, **more: Any) -> dict[str, Any]:
    """An interface as DescribeNetworkInterfaces shows it, attached at device index `number` of card 0.

    `more`: secondaries, ipv4_prefixes, ipv6s, ipv6_prefixes (lists of text), card, mac.
    """
    return {
        "NetworkInterfaceId": f"eni-{number:08x}",
        "MacAddress": more.get("mac", f"0a:00:00:00:00:{number:02x}"),
        "SubnetId": subnet,
        "VpcId": "vpc-1",
        "OwnerId": "111122223333",
        "PrivateIpAddress": primary,
        "PrivateIpAddresses": [{"PrivateIpAddress": each} for each in [primary, *more.get("secondaries", [])]],
        "Ipv4Prefixes": [{"Ipv4Prefix": each} for each in more.get("ipv4_prefixes", [])],
        "Ipv6Addresses": [{"Ipv6Address": each} for each in more.get("ipv6s", [])],
        "Ipv6Prefixes": [{"Ipv6Prefix": each} for each in more.get("ipv6_prefixes", [])],
        "Groups": [{"GroupId": each, "GroupName": each} for each in groups],
        "Attachment": {
            "InstanceId": INSTANCE,
            "DeviceIndex": number,
            "NetworkCardIndex": more.get("card", 0),
            "Status": "attached",
        },
    }


# http.server looks its own address up, which takes seconds where there is no name server.
_METADATA = "import socket; socket.getfqdn = str; import local.imds.__main__ as service; service.main()"

PRIMARY = eni(0, "subnet-node", ["sg-node"], "10.0.0.5")


class Machine:
    """Its namespace has the node's first link `eth0`, and links for the interfaces that `plug` brings."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.cni, self.networkd = folder / "cni", folder / "networkd"
        self.python = sys.executable
        self._enis = [PRIMARY]
        self._metadata: subprocess.Popen[str] | None = None
        self.tell()

    def ip(self, *words: str) -> str:
        return self.run("ip", *words).stdout

    def seen(self, *words: str) -> Any:
        """What `ip -json` answers."""
        return json.loads(self.ip("-json", "-N", "-details", *words) or "[]")

    def run(self, *words: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
        command = ["ip", "netns", "exec", self.name, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **more)
        assert not check or done.returncode == 0, f"{words}: {done.stderr}{done.stdout}"
        return done

    def start(self) -> None:
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.ip("link", "set", "lo", "up")
        self.ip("addr", "add", "169.254.169.254/32", "dev", "lo")
        self.link("eth0", PRIMARY["MacAddress"])
        self.ip("addr", "add", "10.0.0.5/24", "dev", "eth0")
        self.ip("link", "set", "eth0", "up")
        self.ip("route", "add", "default", "via", "10.0.0.1", "proto", "dhcp")
        command = ["ip", "netns", "exec", self.name, sys.executable, "-c", _METADATA]
        command += ["--snapshot", str(self.snapshot), "--instance", INSTANCE]
        self._metadata = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._metadata.stdout
        assert self._metadata.stdout.readline().startswith("http://169.254.169.254")

    def stop(self) -> None:
        if self._metadata:
            self._metadata.kill()
            self._metadata.communicate()
        subprocess.run(["ip", "netns", "del", self.name], check=False)

    @property
    def snapshot(self) -> Path:
        return self.folder / "snapshot.json"

    def tell(self, *enis: dict[str, Any]) -> None:
        """The metadata shows these besides those that it showed."""
        self._enis += copy.deepcopy(enis)
        subnets = [
            {
                "SubnetId": name,
                "CidrBlock": ipv4,
                "Ipv6CidrBlockAssociationSet": [
                    {"Ipv6CidrBlock": block, "Ipv6CidrBlockState": {"State": "associated"}} for block in ipv6
                ],
            }
            for name, (ipv4, ipv6) in SUBNETS.items()
        ]
        placement = {"AvailabilityZone": "us-west-2a"}
        instance = {"InstanceId": INSTANCE, "InstanceType": "m5.xlarge", "Placement": placement}
        shown = {"Reservations": [{"Instances": [instance]}], "NetworkInterfaces": self._enis, "Subnets": subnets}
        fresh = self.folder / "snapshot.new"
        fresh.write_text(json.dumps(shown))
        fresh.replace(self.snapshot)

    def untell(self, *ids: str) -> None:
        """The metadata shows these no more."""
        self._enis = [each for each in self._enis if each["NetworkInterfaceId"] not in ids]
        self.tell()

    def link(self, name: str, mac: str) -> None:
        """A link as a new interface has it: down, and by this name."""
        self.ip("link", "add", name, "address", mac, "type", "veth", "peer", "name", f"p{mac[-2:]}{mac[-5:-3]}")
        self.ip("link", "set", f"p{mac[-2:]}{mac[-5:-3]}", "up")

    def plug(self, name: str, interface: dict[str, Any]) -> None:
        """Attaches an interface: the metadata shows it, and its link is there."""
        self.tell(interface)
        self.link(name, interface["MacAddress"])

    def configure(self, *networks: dict[str, Any]) -> Path:
        path = self.folder / "networks.json"
        path.write_text(json.dumps({"cluster": "prod", "networks": networks}))
        return path

    def agent(self, *words: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
        """Runs the agent: `agent("up", "--timeout", "1")`."""
        return self.run(*self.command(*words), check=check, **more)

    def command(self, *words: str) -> list[str]:
        where = ["--config", str(self.folder / "networks.json"), "--cni-dir", str(self.cni)]
        return [self.python, "-m", "node.agent", *words, *where, "--networkd-dir", str(self.networkd)]

    @contextmanager
    def daemon(self, config: Path) -> Iterator["subprocess.Popen[str]"]:
        """The DaemonSet's agent, told of other networks; what it logs is in the file `daemon.log`. No API server
        answers it."""
        command = self.command("daemon", "--api", "http://127.0.0.1:1", "--node", "n1")
        command[command.index("--config") + 1] = str(config)
        with (self.folder / "daemon.log").open("w") as log:
            command = ["ip", "netns", "exec", self.name, *command]
            with subprocess.Popen(command, stderr=log, text=True, cwd=ROOT) as process:
                try:
                    yield process
                finally:
                    process.kill()

    @contextmanager
    def following(self, *words: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
        """The agent as systemd runs it, from when it has said that it is ready until the block ends."""
        there = self.folder / "notify"
        there.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(there))
            systemd.settimeout(20)
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *self.command("up", "--follow", *words)],
                env={**(environment or os.environ), "NOTIFY_SOCKET": str(there)},
                text=True,
                stderr=subprocess.PIPE,
                cwd=ROOT,
            )
            try:
                while b"READY=1" not in systemd.recv(4096):
                    pass
                yield process
            finally:
                process.kill()
                process.communicate()

    def file(self, network: str) -> dict[str, Any]:
        """The network's CNI file."""
        found: dict[str, Any] = json.loads((self.cni / f"nodenet-{network}.conflist").read_text())
        return found


def eventually(true: Any, seconds: float = 5) -> None:
    """Waits until `true()` is; fails with what it last was."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.02)


def root() -> bool:
    return os.geteuid() == 0
