"""What the proof needs of the machine, and how to have it run under another kernel where this one lacks ipvlan."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from local.vpc import namespaces
from tests.e2e.network import capsule
from tests.e2e.network.recording import Recording

ROOT: Final = Path(__file__).resolve().parents[3]
RUNNER: Final = "NODENET_KERNEL_RUNNER"
"""Variable: a program that runs the shell command it is given under a kernel with ipvlan, on the same files."""
RECORDING: Final = "NODENET_NETWORK_RECORDING"
PROGRAMS: Final = "NODENET_CNI_PROGRAMS"
REPORTS: Final = "NODENET_NETWORK_REPORTS"
ELSEWHERE: Final = ROOT / "build" / "elsewhere"
"""What the other kernel was given, and what came back."""
SECONDS: Final = 600

_MODULES: Final = ("veth", "ipvlan", "macvlan")
_TRY: Final = (
    "ip link add dev veth0 type veth peer name veth1 && ip link add link veth0 name ipvlan0 type ipvlan mode l2"
)


@cache
def missing() -> str:
    """What is not here at all; empty if nothing."""
    if reason := namespaces.missing():
        return reason
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


def run_elsewhere(
    tests: Sequence[str], prepare: Callable[[], tuple[Recording, Path]]
) -> dict[str, list[dict[str, Any]]]:
    """Runs tests by their ids under the other kernel, which boots while the recording and the programs are prepared.

    Gives pytest's reports by id, as it serializes them.
    """
    shutil.rmtree(ELSEWHERE, ignore_errors=True)
    ELSEWHERE.mkdir(parents=True)
    archive = ELSEWHERE / "capsule.tar"
    runs = " & ".join(_pytest(number, share) for number, share in enumerate(_shares(tests)))
    with (ELSEWHERE / "kernel.log").open("wb") as log:
        command = [runner(), f"{capsule.unpack(archive)} && {{ {runs} & wait; }}"]
        started = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            recording, programs = prepare()
            capsule.pack(part := archive.with_suffix(".part"), recording=recording.folder, programs=programs)
            part.rename(archive)
            with suppress(subprocess.TimeoutExpired):
                started.wait(SECONDS)
        finally:
            # With all that it has started: an emulator outlives the program that started it.
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
                started.wait()
                log.write(b"it was ended\n")
    found: dict[str, list[dict[str, Any]]] = {test: [] for test in tests}
    for reports in ELSEWHERE.glob("*.jsonl"):
        for line in reports.read_text().splitlines():
            report = json.loads(line)
            found[report["nodeid"]].append(report)
    return found


def _shares(tests: Sequence[str]) -> list[list[str]]:
    """Two, each with a VPC of its own, since most of the time is spent waiting; a file's tests stay together."""
    files: dict[str, list[str]] = {}
    for test in tests:
        files.setdefault(test.partition("::")[0], []).append(test)
    largest = max(files.values(), key=len)
    others = [test for mine in files.values() if mine is not largest for test in mine]
    return [share for share in (largest, others) if share]


def _pytest(number: int, tests: Sequence[str]) -> str:
    variables = {RECORDING: "@/recording", PROGRAMS: "@/programs", RUNNER: ""}
    variables[REPORTS] = str(ELSEWHERE / f"reports-{number}.jsonl")
    variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ("-p", "no:cacheprovider", "--confcutdir", "tests/e2e/network", "--durations", "0")
    return capsule.run(variables, ["-m", "pytest", *options, *tests], ELSEWHERE / f"pytest-{number}.log")
