"""Linux namespaces: a machine has a network and a file system of its own, a pod on it only a network."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final

ETC: Final = ("group", "hosts", "iproute2", "ld.so.cache", "nsswitch.conf", "passwd", "protocols", "services")
"""What programs of a machine want of /etc; the rest would be the host's own settings."""


PROGRAMS: Final = ("ip", "ping", "unshare")


@cache
def missing() -> str:
    """What this machine lacks for namespaces and packets between them; empty if nothing."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "packets need root on Linux"
    if absent := [program for program in PROGRAMS if not shutil.which(program)]:
        return f"no {', '.join(absent)}: install iproute2, iputils-ping and util-linux"
    tried = ("unshare", "--net", "--mount", "true")
    if subprocess.run(tried, check=False, capture_output=True).returncode:  # noqa: S603
        return "no network namespaces may be made here, as in a container without CAP_SYS_ADMIN"
    return ""


class CommandFailed(Exception):
    """The message is the command and what it wrote."""


class Netns:
    """A network namespace of a machine, whose files go with it; `path` is the namespace as this process sees it."""

    def __init__(self, path: str, machine: int) -> None:
        self.machine = machine
        # All that is done in the namespace is done by a thread that has entered it, and by what this thread starts.
        self._entered = ThreadPoolExecutor(1, initializer=_enter, initargs=(path, f"/proc/{machine}/ns/mnt"))

    def inside[T](self, action: Callable[[], T]) -> T:
        """Runs it in this process, in the namespaces: a socket it opens stays there."""
        return self._entered.submit(action).result()

    def run(self, *command: str, given: str = "", env: Mapping[str, str] | None = None, check: bool = True) -> str:
        """What the command writes to stdout. CommandFailed where it fails, unless `check` is off."""
        environment = {"PATH": os.environ["PATH"], **(env or {})}
        done = self.inside(
            lambda: subprocess.run(  # noqa: S603
                command, input=given, env=environment, cwd="/", check=False, capture_output=True, text=True
            )
        )
        if check and done.returncode:
            raise CommandFailed(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def ip(self, *lines: str) -> None:
        """Lines as `ip -batch` takes them; CommandFailed at the first that fails."""
        self.run("ip", "-batch", "-", given="\n".join(lines) + "\n")

    def write(self, path: str, content: str) -> None:
        """A file of the machine, with the folders above it."""

        def written() -> None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(content)

        self.inside(written)

    def files(self, folder: str) -> dict[str, str]:
        """What the files of a folder hold, by name and in the order of names; empty where there is no such folder."""
        return self.inside(lambda: {each.name: each.read_text() for each in sorted(Path(folder).glob("*"))})

    def leave(self) -> None:
        """A namespace lasts while a thread is in it."""
        self._entered.shutdown()


def _enter(network: str, files: str) -> None:
    os.unshare(os.CLONE_FS)  # without which a thread may not have files of its own: setns(2)
    for path, kind in ((network, os.CLONE_NEWNET), (files, os.CLONE_NEWNS)):
        with open(path) as namespace:  # noqa: PTH123
            os.setns(namespace.fileno(), kind)


class Machine(Netns):
    """Namespaces that live until `stop`, or until this process ends."""

    def __init__(self, *mounts: str) -> None:
        """`mounts`: lines of shell, run when its file system is private and /run, /etc, /opt and /var/lib are empty."""
        script = "\n".join([*_PRIVATE, *mounts, "ip link set lo up", "echo made", "exec cat"])
        holder = ("unshare", "--net", "--mount", "--propagation", "private", "sh", "-euc", script)
        self._process = subprocess.Popen(  # noqa: S603
            holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        pid = self._process.pid
        super().__init__(f"/proc/{pid}/ns/net", pid)
        assert self._process.stdout
        if self._process.stdout.readline() != "made\n":
            raise CommandFailed(f"no namespaces: {script}")

    def pod(self, name: str) -> Netns:
        """A network namespace on the machine, where the container runtime keeps them: /run/netns."""
        self.run("ip", "netns", "add", name)
        inside = Netns(f"/proc/{self.machine}/root/run/netns/{name}", self.machine)
        inside.ip("link set lo up")
        return inside

    def stop(self) -> None:
        self.leave()
        # Unread pipes would be reported as leaks.
        self._process.communicate()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


_PRIVATE: Final = (
    "mount -t tmpfs tmpfs /mnt",
    f"cp -a {' '.join(f'/etc/{name}' for name in ETC)} /mnt 2>/dev/null || true",
    "mount --move /mnt /etc",
    "for folder in /run /opt /var/lib; do mount -t tmpfs tmpfs $folder; done",
    "mount -t sysfs sysfs /sys",
    "mkdir -p /run/netns /etc/cni/net.d /opt/cni/bin",
)
