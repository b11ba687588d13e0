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

_CODE: Final = ("tests/e2e/network", "local/__init__.py", "local/imds", "node/manifests", "pyproject.toml")
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


def command(archive: Path, variables: Mapping[str, str], arguments: Sequence[str]) -> str:
    """Shell that unpacks it and runs Python in it, with paths of the variables below PLACE where they begin with @."""
    setting = {name: value.replace("@", PLACE, 1) for name, value in variables.items()}
    setting["PYTHONPATH"] = f"{PLACE}/repository:{PLACE}/site"
    words = [f"{PLACE}/python/bin/python", *arguments]
    return " && ".join(
        (
            f"mkdir -p {PLACE}",
            f"tar -xf {shlex.quote(str(archive))} -C {PLACE}",
            f"cd {PLACE}/repository",
            shlex.join(["env", *(f"{name}={value}" for name, value in setting.items()), *words]),
        )
    )


def _needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(member.name).name
    return None if name in _LEFT_OUT or name.startswith("config-") or ".opt-" in name else member


def _with_requirements(name: str) -> Iterator[Distribution]:
    found = distribution(name)
    yield found
    for requirement in map(Requirement, found.requires or ()):
        if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
            yield from _with_requirements(requirement.name)
