"""Programs that run until they are ended, and end with this process."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

ADDRESS: Final = "127.0.0.1"
_PATIENCE: Final = 60.0


class EndedEarly(Exception):
    """A program ended, or was not ready in time; the message has the last lines it wrote."""


class Processes:
    """Started in order, ended in the opposite order; what each writes is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, program: str, flags: Sequence[str]) -> None:
        with self._log(name).open("wb") as log:
            command = [*_until_we_die(), program, *flags]
            self._running.append((name, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)))

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Returns when `until()` is true; EndedEarly where a program ends before, or a minute passes."""
        end = time.monotonic() + _PATIENCE
        while not until():
            for name, process in self._running:
                if process.poll() is not None:
                    raise EndedEarly(f"{name} ended with {process.returncode}:\n{self._last_words(name)}")
            if time.monotonic() > end:
                raise EndedEarly(f"{what} was not so in {_PATIENCE:.0f} s:\n{self._last_words(self._running[-1][0])}")
            time.sleep(0.05)

    def memory(self) -> dict[str, int]:
        """Bytes of resident memory, by program (Linux, /proc)."""
        pages = {name: Path(f"/proc/{each.pid}/statm").read_text().split()[1] for name, each in self._running}
        return {name: int(count) * 4096 for name, count in pages.items()}

    def close(self) -> None:
        """At once: what they know is not needed any more."""
        while self._running:
            _, process = self._running.pop()
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _last_words(self, name: str) -> str:
        return "\n".join(self._log(name).read_text(errors="replace").splitlines()[-8:])


def free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as listener:
        return int(listener.getsockname()[1])


def _until_we_die() -> list[str]:
    """Tests that are killed close nothing: the kernel does (prctl(2), PR_SET_PDEATHSIG)."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
