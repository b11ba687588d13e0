"""Whose turn it is to set a node's networks up: its unit and its DaemonSet may have been told of different ones.

It goes by a lock (flock(2)) on the folder of the CNI files: both write there, a container sees it as the node does, and
the kernel takes the lock off a process that ends. The daemon keeps it; the unit has it while it is at work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path

from . import systemd
from .events import Events

# A DaemonSet that rolls, or a daemon that the kubelet starts again, is away for a while. Who did its work meanwhile by
# another configuration would undo it, only for the daemon to do it anew.
_AWAY_SECONDS = 60.0


def lock(folder: Path) -> int:
    """The folder's lock, as a file descriptor; nobody has it by that. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder, os.O_RDONLY)


@contextmanager
def taken(folder: Path, events: Events) -> Iterator[None]:
    """Begins when nobody else has the lock. Where somebody has it, waits until it is free, and then for a minute to
    five whether it stays so.

    Who waits is as ready as it can be, and says so to systemd, which may hold the kubelet back for it.
    """
    mine = lock(folder)
    try:
        while not _free(mine):
            systemd.notify("READY=1\nSTATUS=the daemon sets the networks up")
            flock(mine, LOCK_EX)
            flock(mine, LOCK_UN)
            events.settle(_AWAY_SECONDS)
        yield
    finally:
        os.close(mine)


def _free(lock: int) -> bool:
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True
