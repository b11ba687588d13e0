"""The VPC between the machines: a namespace in which every ENI has its other end, and a thread that carries frames."""

import ctypes
import fcntl
import itertools
import selectors
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from local.vpc.frames import parse
from local.vpc.namespaces import Machine, Netns
from local.vpc.rules import Answered, Delivered, Dropped, Port, Verdict, Vpc

MTU: Final = 9001
"""Of an ENI ("Network maximum transmission unit for your EC2 instance", EC2 User Guide)."""

_EVERYTHING = 0x0003
_SIOCETHTOOL, _ETHTOOL_STXCSUM = 0x8946, 0x17


@dataclass(frozen=True, slots=True)
class Passage:
    """A frame that came out of a port, and what became of it."""

    port: str
    text: str
    source: str
    destination: str
    verdict: Verdict


@dataclass
class Seen:
    """The passages since the watch began."""

    passages: deque[Passage] = field(default_factory=lambda: deque(maxlen=10_000))

    def way(self, source: str, destination: str) -> set[tuple[str, str]]:
        """Between which ports packets went that had this source and destination."""
        return {
            (p.port, p.verdict.port) for p in self._between(source, destination) if isinstance(p.verdict, Delivered)
        }

    def reasons(self, source: str, destination: str) -> set[str]:
        """Why packets with this source and destination were dropped."""
        return {p.verdict.reason for p in self._between(source, destination) if isinstance(p.verdict, Dropped)}

    def _between(self, source: str, destination: str) -> list[Passage]:
        return [p for p in list(self.passages) if (p.source, p.destination) == (source, destination)]

    def __str__(self) -> str:
        return "\n".join(f"{p.port} {p.text}: {_told(p.verdict)}" for p in list(self.passages))


class Fabric:
    """Knows of addresses what the last `show` told, and nothing else."""

    def __init__(self, beyond: Port | None = None) -> None:
        self._beyond = beyond
        self._machine = Machine()
        # Its ends of the wires have no addresses, and do not speak.
        self._machine.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        self._ends: dict[str, socket.socket] = {}
        self._numbers = itertools.count()
        self._vpc = Vpc.of({"NetworkInterfaces": [], "Subnets": []}, beyond)
        self._watches: list[Seen] = []
        self._selector = selectors.DefaultSelector()
        self._stop, stopped = socket.socketpair()
        self._stopped = stopped
        self._selector.register(stopped, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._carry, name="fabric", daemon=True)
        self._thread.start()

    def show(self, snapshot: Mapping[str, Any]) -> None:
        """From now on EC2 is in this state. An ENI whose attachment is gone loses its wire."""
        self._vpc = Vpc.of(snapshot, self._beyond)
        for port in [port for port in self._ends if port not in self._vpc.ports]:
            self.unplug(port)

    @property
    def vpc(self) -> Vpc:
        """What it knows."""
        return self._vpc

    def plug(self, port: str, mac: str, machine: Netns, name: str) -> None:
        """Gives the machine the link of an ENI, down and with the kernel's idea of a name, as a hot plug does."""
        end = f"end{next(self._numbers)}"
        self._machine.ip(
            f"link add {end} mtu {MTU} type veth peer name {name} mtu {MTU} address {mac} netns {machine.machine}",
            f"link set {end} up",
        )
        machine.inside(lambda: _leave_no_checksum_to_hardware(name))
        wire = self._machine.inside(lambda: _wire(end))
        self._ends[port] = wire
        self._selector.register(wire, selectors.EVENT_READ, port)
        # The thread waits on what was registered when it began to.
        self._stop.send(b"r")

    @contextmanager
    def watch(self) -> Iterator[Seen]:
        """What passes while the block runs."""
        seen = Seen()
        self._watches.append(seen)
        try:
            yield seen
        finally:
            self._watches.remove(seen)

    def stop(self) -> None:
        self._stop.send(b"s")
        self._thread.join()
        for wire in self._ends.values():
            wire.close()
        self._stop.close()
        self._stopped.close()
        self._selector.close()
        self._machine.stop()

    def unplug(self, port: str) -> None:
        """Takes the link away, as a detach does; nothing where there is none."""
        wire = self._ends.pop(port, None)
        if wire is None:
            return
        self._selector.unregister(wire)
        name = wire.getsockname()[0]
        wire.close()
        self._machine.run("ip", "link", "del", name, check=False)

    def _carry(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    if self._stopped.recv(1) == b"s":
                        return
                    continue
                wire = key.fileobj
                assert isinstance(wire, socket.socket)
                try:
                    raw, (*_, pkttype, _, _) = wire.recvfrom(65_535)
                except OSError:  # its machine is gone
                    continue
                if pkttype != socket.PACKET_OUTGOING:
                    self._pass(key.data, wire, raw)

    def _pass(self, port: str, wire: socket.socket, raw: bytes) -> None:
        frame = parse(raw)
        if frame is None:
            return
        verdict = self._vpc.verdict(port, frame)
        # Told before it arrives: whoever sees the packet sees the passage too.
        passage = Passage(port, frame.text, str(frame.source), str(frame.destination), verdict)
        for seen in list(self._watches):
            seen.passages.append(passage)
        target = self._ends.get(verdict.port) if isinstance(verdict, Delivered) else wire
        if target and not isinstance(verdict, Dropped):
            try:
                target.send(verdict.frame)
            except OSError:  # the link is down: as on a wire, nobody is told
                return


def _wire(end: str) -> socket.socket:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING))
    wire.bind((end, _EVERYTHING))
    wire.setblocking(False)
    return wire


def _leave_no_checksum_to_hardware(link: str) -> None:
    """A virtual link leaves checksums undone; frames that a program carries must have theirs."""
    value = ctypes.create_string_buffer(struct.pack("II", _ETHTOOL_STXCSUM, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, _SIOCETHTOOL, struct.pack("16sP", link.encode(), ctypes.addressof(value)))


def _told(verdict: Verdict) -> str:
    match verdict:
        case Delivered(port):
            return f"to {port}"
        case Answered():
            return "answered"
        case Dropped(reason):
            return f"dropped: {reason}"
