"""The CNI programs of a node, built from their Go modules by the local tool chain, in the versions that a node has."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from node.manifests.images import MULTUS_VERSION

PLUGINS_VERSION: Final = "v1.9.1"
"""What the VPC CNI's init container copies to every node (aws/amazon-vpc-cni-k8s, Makefile, target plugins). Debian's
containernetworking-plugins may be older than 1.6, the first in which sbr and routes know a `table`."""

_PLUGINS: Final = (
    "main/ipvlan",
    "main/macvlan",
    "main/host-device",
    "main/ptp",
    "ipam/host-local",
    "ipam/static",
    "meta/sbr",
    "meta/tuning",
)
_PLUGIN_MODULE: Final = "github.com/containernetworking/plugins"
_MULTUS_MODULE: Final = "gopkg.in/k8snetworkplumbingwg/multus-cni.v4"
_FOLDER: Final = Path(__file__).resolve().parents[3] / "build" / "cni"


class NotBuilt(Exception):
    """The message says what is missing."""


def build() -> Path:
    """A folder with the plugins and Multus' thin one; from an earlier run where there is one, else in a minute or two.

    Go holds every module against the checksum database; the versions of what they need are those of their own go.mod.
    """
    _build(_PLUGIN_MODULE, PLUGINS_VERSION, [f"plugins/{name}" for name in _PLUGINS])
    _build(_MULTUS_MODULE, MULTUS_VERSION, ["cmd/multus"])
    return _FOLDER


def _build(module: str, version: str, packages: Sequence[str]) -> None:
    missing = [each for each in packages if not _program(each, version).exists()]
    if not missing:
        return
    if not shutil.which("go"):
        raise NotBuilt("no Go tool chain (`go`) to build the CNI plugins and Multus with")
    work = _FOLDER / "modules" / f"{Path(missing[0]).name}-{version}"
    work.mkdir(parents=True, exist_ok=True)
    (work / "go.mod").write_text(f"module programs\n\nrequire {module} {version}\n")
    wanted = [f"{module}/{each}" for each in missing]
    command = ["go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", f"{work}/made/", *wanted]
    (work / "made").mkdir(exist_ok=True)
    done = subprocess.run(command, cwd=work, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotBuilt(f"{module} {version} did not build: {done.stderr.strip().splitlines()[-1]}")
    for each in missing:
        program = _program(each, version)
        program.parent.mkdir(exist_ok=True)
        (work / "made" / program.name).rename(program)


def _program(package: str, version: str) -> Path:
    return _FOLDER / version / Path(package).name
