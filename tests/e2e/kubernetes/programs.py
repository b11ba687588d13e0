"""A Kubernetes control plane's own programs: found, or built from their Go modules and kept.

Each folder in `go/` is a module of its own, so that no version which one program asks for lifts those of another.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VERSION: Final = "v1.36.3"
FOLDER_VARIABLE: Final = "NODENET_CONTROL_PLANE_PROGRAMS"
"""Names a folder with all of PROGRAMS in it, where they need not be built."""

PROGRAMS: Final[Mapping[str, tuple[str, str]]] = {
    "etcd": ("etcd", "go.etcd.io/etcd/server/v3"),
    "kwok": ("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    "kube-apiserver": ("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": ("kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "kube-scheduler": ("kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler"),
}
"""Each program's module, a folder of `go/`, and its package."""

_SOURCES: Final = Path(__file__).with_name("go")
_BUILT: Final = Path(__file__).resolve().parents[3] / "build" / "control-plane" / VERSION
_MAJOR, _MINOR, _ = VERSION.removeprefix("v").split(".")
_STAMPS: Final = {"gitVersion": VERSION, "gitMajor": _MAJOR, "gitMinor": _MINOR}
"""What `/version` answers: the release's build sets them so (kubernetes/hack/lib/version.sh)."""


class NotThere(Exception):
    """The message says what is missing."""


@dataclass(frozen=True)
class Programs:
    """The path of each program."""

    folder: Path

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def find() -> Programs:
    """The folder that NODENET_CONTROL_PLANE_PROGRAMS names; else the programs from an earlier run, where nothing has
    changed; else built, in some minutes. NotThere where that cannot be."""
    if named := os.environ.get(FOLDER_VARIABLE):
        missing = [name for name in PROGRAMS if not shutil.which(name, path=named)]
        if missing:
            raise NotThere(f"{FOLDER_VARIABLE} names {named}, where there is no {', no '.join(missing)}")
        return Programs(Path(named))
    return _build()


def _build() -> Programs:
    stamp, made_of = _BUILT / "made-of", _made_of()
    if stamp.exists() and stamp.read_text() == made_of:
        return Programs(_BUILT)
    if not shutil.which("go"):
        raise NotThere(f"no Go tool chain (`go`) to build a control plane with, and {FOLDER_VARIABLE} is not set")
    _BUILT.mkdir(parents=True, exist_ok=True)
    for name, (module, package) in PROGRAMS.items():
        _go(module, "build", "-p", "2", "-ldflags", _linked(module), "-o", str(_BUILT / name), package)
    stamp.write_text(made_of)
    return Programs(_BUILT)


def _linked(module: str) -> str:
    stamps = _STAMPS if module == "kubernetes" else {}
    return " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{name}={value}" for name, value in stamps.items())])


def _made_of() -> str:
    return "\n".join(
        [*(path.read_text() for path in sorted(_SOURCES.glob("*/go.*"))), *map(_linked, ("etcd", "kwok", "kubernetes"))]
    )


def _go(module: str, *arguments: str) -> None:
    # Linking takes a processor and a gigabyte for a while: whatever else runs goes first.
    done = subprocess.run(
        ["nice", "go", *arguments],
        cwd=_SOURCES / module,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly"},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotThere(f"{arguments[-1]} did not build: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
