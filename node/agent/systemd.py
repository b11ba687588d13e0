"""Tells systemd how far a service is (sd_notify(3)); nothing where it was not started by systemd."""

from __future__ import annotations

import os
import socket


def notify(words: str) -> None:
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.sendto(words.encode(), address)
