"""What the proof needs of the machine, and how to have it run under another kernel where this one lacks ipvlan."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from tests.e2e.network import capsule
from tests.e2e.network.recording import Recording

ROOT: Final = Path(__file__).resolve().parents[3]
RUNNER: Final = "NODENET_KERNEL_RUNNER"
"""Variable: a program that runs the shell command it is given under a kernel with ipvlan, on the same files."""
RECORDING: Final = "NODENET_NETWORK_RECORDING"
PROGRAMS: Final = "NODENET_CNI_PROGRAMS"
REPORTS: Final = "NODENET_NETWORK_REPORTS"
LOG: Final = "elsewhere.log"
SECONDS: Final = 480

_PROGRAMS: Final = ("ip", "ping", "unshare")
_MODULES: Final = ("veth", "ipvlan", "macvlan")
_TRY: Final = (
    "ip link add dev veth0 type veth peer name veth1 && ip link add link veth0 name ipvlan0 type ipvlan mode l2"
)


@cache
def missing() -> str:
    """What is not here at all; empty if nothing."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "packets need root on Linux"
    if absent := [program for program in _PROGRAMS if not shutil.which(program)]:
        return f"no {', '.join(absent)}: install iproute2, iputils-ping and util-linux"
    if not os.environ.get(PROGRAMS) and not shutil.which("go"):
        return "no Go tool chain (`go`) to build Multus and the CNI plugins with"
    return ""


@cache
def has_ipvlan() -> bool:
    """Whether the running kernel can make such a link, with its modules loaded: not every kernel loads them itself."""
    if modprobe := shutil.which("modprobe"):
        subprocess.run([modprobe, "--all", "--quiet", *_MODULES], check=False, capture_output=True)
    return subprocess.run(["unshare", "--net", "sh", "-c", _TRY], check=False, capture_output=True).returncode == 0


def runner() -> str:
    return os.environ.get(RUNNER, "")


def run_elsewhere(tests: Sequence[str], recording: Recording, programs: Path) -> dict[str, list[dict[str, Any]]]:
    """Runs tests by their ids under the other kernel; gives pytest's reports by id, as it serializes them."""
    reports = recording.folder / "reports.jsonl"
    reports.write_text("")
    archive = recording.folder / "capsule.tar"
    capsule.pack(archive, recording=recording.folder, programs=programs)
    variables = {RECORDING: "@/recording", PROGRAMS: "@/programs", REPORTS: str(reports), RUNNER: ""}
    variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ("-p", "no:cacheprovider", "--confcutdir", "tests/e2e/network", "--durations", "10")
    command = capsule.command(archive, variables, ["-m", "pytest", *options, *tests])
    with (recording.folder / LOG).open("wb") as log:
        _run_at_most(SECONDS, [runner(), command], log)
    found: dict[str, list[dict[str, Any]]] = {test: [] for test in tests}
    for line in reports.read_text().splitlines():
        report = json.loads(line)
        found[report["nodeid"]].append(report)
    return found


def _run_at_most(seconds: float, command: Sequence[str], log: BinaryIO) -> None:
    """Ends with all that it has started: an emulator outlives the program that started it."""
    started = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        started.wait(seconds)
    except subprocess.TimeoutExpired:
        log.write(f"ended after {seconds:g} s\n".encode())
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
