"""The VPC CNI's own ipamd, built from its Go module with a driver beside it, on a clock that costs no time.

The driver stands in for EC2 and the kubelet, and calls ipamd's own pass; Go's testing/synctest lets every wait end at
once, so that minutes of a node's life take milliseconds.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.ipamd_scenarios import Row, Scenario, row

MODULE: Final = "github.com/aws/amazon-vpc-cni-k8s"
VERSION: Final = "v1.23.1"
GO: Final = (1, 26)
"""What the module asks for; synctest is there from 1.25."""

_FOLDER: Final = Path(__file__).resolve().parents[3] / "build" / "ipamd" / VERSION
_SOURCES: Final = Path(__file__).with_name("go")
_PLACES: Final = {
    "awsutils.go": "source/pkg/awsutils/driven.go",
    "ipamd.go": "source/pkg/ipamd/driven.go",
    "ec2.go": "source/pkg/ipamd/driven_ec2.go",
    "drive_test.go": "drive_test.go",
}


class NotBuilt(Exception):
    """The message says what is missing."""


def build() -> Path:
    """The program; from an earlier run where nothing has changed, else in two to four minutes."""
    program = _FOLDER / "drive.test"
    said = "".join((_SOURCES / name).read_text() for name in _PLACES)
    stamp = _FOLDER / "made-of"
    if program.exists() and stamp.exists() and stamp.read_text() == said:
        return program
    if not shutil.which("go"):
        raise NotBuilt("no Go tool chain (`go`) to build the VPC CNI's daemon with")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    (_FOLDER / "go.mod").write_text(f"module drive\n\ngo 1.{GO[1]}\n")
    module = json.loads(_go("mod", "download", "-json", f"{MODULE}@{VERSION}"))
    shutil.rmtree(_FOLDER / "source", ignore_errors=True)
    shutil.copytree(module["Dir"], _FOLDER / "source", copy_function=shutil.copyfile)
    _writable(_FOLDER / "source")
    for name, place in _PLACES.items():
        shutil.copyfile(_SOURCES / name, _FOLDER / place)
    with (_FOLDER / "go.mod").open("a") as file:
        file.write(f"\nrequire {MODULE} {VERSION}\n\nreplace {MODULE} => ./source\n")
    _go("test", "-mod=mod", "-c", "-o", program.name, ".")
    stamp.write_text(said)
    return program


def run(program: Path, scenarios: Sequence[Scenario], folder: Path) -> list[dict[float, Row]]:
    """What ipamd made of each scenario, by second."""
    (folder / "scenarios.json").write_text(json.dumps([each.said for each in scenarios]))
    environment = {
        "SCENARIOS": str(folder / "scenarios.json"),
        "SAMPLES": str(folder / "samples.json"),
        "AWS_VPC_K8S_CNI_LOG_FILE": "/dev/null",
    }
    subprocess.run([program, "-test.run", "TestDrive"], cwd=folder, env=environment, check=True, capture_output=True)
    samples: list[list[dict[str, Any]]] = json.loads((folder / "samples.json").read_text())
    return [{each["second"]: row(each) for each in its} for its in samples]


def _go(*arguments: str) -> str:
    done = subprocess.run(["go", *arguments], cwd=_FOLDER, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotBuilt(f"{MODULE} {VERSION} did not build: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return done.stdout


def _writable(folder: Path) -> None:
    """Go keeps its modules read-only."""
    for path, _, _ in os.walk(folder):
        Path(path).chmod(0o755)
