"""A pod: a network namespace with what plugins put into it, and what a program in it can reach."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from local.vpc.namespaces import Netns
from tests.e2e.network.cni import Sandbox

PORT: Final = 7000
PATIENCE: Final = 5.0
"""Seconds that a connection may take: many, since an emulated machine is slow."""


@dataclass(frozen=True)
class Pod:
    """`links`: its interfaces by network, eth0 for the cluster's own."""

    sandbox: Sandbox
    links: dict[str, str]

    @property
    def netns(self) -> Netns:
        return self.sandbox.netns

    def address(self, network: str = "", version: int = 4) -> str:
        """Its address on a network, or on eth0."""
        return self.addresses(network, version)[0]

    def addresses(self, network: str = "", version: int = 4) -> list[str]:
        shown = json.loads(self.netns.run("ip", "-json", "address", "show", "dev", self.links.get(network, "eth0")))
        family = "inet" if version == 4 else "inet6"
        return [
            each["local"] for each in shown[0]["addr_info"] if (each["family"], each["scope"]) == (family, "global")
        ]

    def routes(self, which: str, family: int = 4) -> list[str]:
        """Lines of its main table."""
        return self.netns.run("ip", f"-{family}", "route", "show", which).splitlines()

    def ping(self, address: str, source: str = "", seconds: float = 3) -> bool:
        """Whether it is answered; from this source address, or from the one that the kernel chooses."""
        return ping(self.netns, address, source, seconds)

    def connect(self, address: str, source: str = "") -> str:
        """Connects to a `serving` and sends it more than a packet holds; gives the source address that it saw.

        OSError where nobody answers.
        """
        with closing(self.netns.inside(lambda: _client(address))) as client:
            client.settimeout(PATIENCE)
            if source:
                client.bind((source, 0))
            client.connect((address, PORT))
            client.sendall(b"x" * 30_000)
            client.shutdown(socket.SHUT_WR)
            return _read(client).decode()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Tells all who connect, over either family, from which address they come and that all has arrived."""
        with served(self.netns):
            yield


def ping(netns: Netns, address: str, source: str = "", seconds: float = 3) -> bool:
    """Whether one of a few echo requests is answered; it ends with the first answer, and else after some seconds."""
    bound = ("-I", source) if source else ()
    told = netns.run("ping", "-n", "-i0.3", "-c1", "-w", f"{seconds:g}", *bound, address, check=False)
    return " 0 received" not in told and " received" in told


@contextmanager
def served(netns: Netns) -> Iterator[None]:
    """A server on every address of a namespace."""
    server = netns.inside(lambda: socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True))
    thread = threading.Thread(target=_serve, args=(server,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.close()


def _serve(server: socket.socket) -> None:
    while True:
        try:
            connection, peer = server.accept()
        except OSError:  # shut down
            return
        with connection:
            connection.settimeout(PATIENCE)
            arrived = _read(connection)
            address = ip_address(peer[0])
            seen = getattr(address, "ipv4_mapped", None) or address
            connection.sendall(str(seen).encode() if len(arrived) == 30_000 else b"cut off")


def _client(address: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)


def _read(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)
