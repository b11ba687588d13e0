"""The kernel's word that a link or an address has come, changed or gone (rtnetlink(7)): waiting without polling."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Collection
from pathlib import Path

_GROUPS = 0x1 | 0x10 | 0x100  # RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
_SYS = Path("/sys/class/net")


class Events:
    """From when it is made on, nothing is missed."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.setblocking(False)
        self._socket.bind((0, _GROUPS))

    def wait(self, seconds: float) -> set[int]:
        """The indexes of the links to which something has happened, within the time or since the last call; returns as
        soon as there is any. 0 stands for links unknown."""
        ready, _, _ = select.select([self._socket], [], [], max(seconds, 0))
        found = set()
        while ready:
            try:
                found |= _links(self._socket.recv(1 << 16))
            except BlockingIOError:
                break
            except OSError:  # ENOBUFS: there were more messages than the socket holds.
                found.add(0)
        return found

    def concern(self, links: Collection[int], macs: Collection[str], seconds: float) -> bool:
        """Whether, within the time, something happens to one of these links, or to one with one of these MACs."""
        return any(index in (0, *links) or _mac(index) in macs for index in self.wait(seconds))

    def settle(self, seconds: float) -> None:
        """Waits until nothing has happened for so long, at most five times that."""
        end = time.monotonic() + 5 * seconds
        while time.monotonic() < end and self.wait(seconds):
            pass

    def close(self) -> None:
        self._socket.close()


def _links(messages: bytes) -> set[int]:
    """struct ifinfomsg and struct ifaddrmsg both have the link's index at their fifth byte, behind struct nlmsghdr."""
    found, at = set(), 0
    while at + 24 <= len(messages):
        (length,) = struct.unpack_from("=I", messages, at)
        found.add(struct.unpack_from("=I", messages, at + 20)[0])
        at += max(16, length + 3 & ~3)
    return found


def _mac(index: int) -> str:
    """Of a link; empty where it is gone."""
    try:
        return (_SYS / socket.if_indextoname(index) / "address").read_text().strip()
    except OSError:
        return ""
