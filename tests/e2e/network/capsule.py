"""All that the tests read, in one archive: under an emulated kernel a file that is opened costs more than what it says,
and most of a program's start is opening files."""

import shlex
import sys
import sysconfig
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parents[3]
PLACE: Final = "/dev/shm/nodenet-network"
"""Where it is unpacked: in memory, on any Linux."""

_CODE: Final = ("tests/e2e/network", "local/__init__.py", "local/imds", "local/vpc", "node/manifests", "pyproject.toml")
_LEFT_OUT: Final = {"site-packages", "test", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "modules"}


def pack(archive: Path, **folders: Path) -> None:
    """Python without what it can be without, pytest, the tests with what they import, and these folders by name."""
    library = Path(sysconfig.get_path("stdlib"))
    with tarfile.open(archive, "w") as tar:
        tar.add(Path(sys.executable).resolve(), "python/bin/python")
        tar.add(library, f"python/lib/{library.name}", filter=_needed)
        if (shared := library.parent / str(sysconfig.get_config_var("INSTSONAME"))).exists():
            tar.add(shared, f"python/lib/{shared.name}")
        for each in _with_requirements("pytest"):
            for file in each.files or ():
                if file.suffix != ".pyc" and ".." not in file.parts:
                    tar.add(file.locate(), f"site/{file}")
        for name in _CODE:
            tar.add(ROOT / name, f"repository/{name}", filter=_needed)
        for name, folder in folders.items():
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                if path.is_file() and path != archive and inside.parts[0] not in _LEFT_OUT:
                    tar.add(path, f"{name}/{inside}")


def unpack(archive: Path) -> str:
    """Shell that unpacks it, once it is there."""
    name = shlex.quote(str(archive))
    return f"until [ -e {name} ]; do sleep 0.2; done && mkdir -p {PLACE}/tmp && tar -xf {name} -C {PLACE}"


def run(variables: Mapping[str, str], arguments: Sequence[str], log: Path) -> str:
    """Shell that runs Python in it, with paths of the variables below PLACE where they begin with @."""
    setting = {name: value.replace("@", PLACE, 1) for name, value in variables.items()}
    setting["PYTHONPATH"] = f"{PLACE}/repository:{PLACE}/site"
    setting["TMPDIR"] = f"{PLACE}/tmp"  # A file that is open and deleted is not safe on what the host shares.
    words = ["env", *(f"{name}={value}" for name, value in setting.items()), f"{PLACE}/python/bin/python", *arguments]
    return f"(cd {PLACE}/repository && {shlex.join(words)}) >{shlex.quote(str(log))} 2>&1"


def _needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(member.name).name
    return None if name in _LEFT_OUT or name.startswith("config-") or ".opt-" in name else member


def _with_requirements(name: str) -> Iterator[Distribution]:
    found = distribution(name)
    yield found
    for requirement in map(Requirement, found.requires or ()):
        if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
            yield from _with_requirements(requirement.name)
