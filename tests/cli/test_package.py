"""The package that `pip install .` and `uv tool install .` make of a clone."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAME = re.compile(r"[\w.-]+")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [made] = folder.glob("*.whl")
    return made


def test_it_holds_the_command_and_the_package_with_every_file_of_theirs(wheel: Path) -> None:
    def files(folder: str) -> set[str]:
        under = ROOT / folder
        found = (path for path in under.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {str(path.relative_to(under.parent)) for path in found}

    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == files("cli/nodenet_cli") | files("layers/nodenet/nodenet")


def _name(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found
    return found[0]


def test_the_command_and_the_functions_agree_on_what_both_need() -> None:
    command = {_name(each): each for each in PROJECT["project"]["dependencies"]}
    layer = {_name(each): each for each in PROJECT["dependency-groups"]["layer"]}
    both = command.keys() & layer.keys()
    assert both == {"lightkube", "pydantic", "pyyaml"}
    assert {name: command[name] for name in both} == {name: layer[name] for name in both}


def test_every_dependency_is_locked_by_hash_and_no_lock_says_where_to_download_from() -> None:
    lock = (ROOT / "requirements/dev.txt").read_text()
    for requirement in (*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]):
        assert re.search(rf"^{_name(requirement)}==[^ ]+ .*\\\n    --hash=sha256:", lock, re.MULTILINE | re.IGNORECASE)
    assert "://" not in lock


@pytest.mark.slow
def test_a_fresh_environment_gets_a_working_command(wheel: Path, tmp_path: Path) -> None:
    """With the newest of what its dependencies allow, as whoever installs it will have."""
    uv = shutil.which("uv") or str(ROOT / ".uv/bin/uv")
    fresh, clean = tmp_path / "fresh", {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    steps: tuple[list[str | Path], ...] = (
        [uv, "venv", "--quiet", "--python", sys.executable, fresh],
        [uv, "pip", "install", "--quiet", "--no-config", "--python", fresh / "bin/python", wheel],
        [fresh / "bin/python", "-c", "import nodenet.cluster_reading"],
    )
    for step in steps:
        subprocess.run(step, check=True, env=clean, timeout=300)

    def said(*arguments: str | Path) -> str:
        command = [fresh / "bin/nodenet", *arguments]
        return subprocess.run(command, check=True, env=clean, cwd=tmp_path, capture_output=True, text=True).stdout

    assert said("--version") == f"nodenet {PROJECT['project']['version']}\n"
    assert json.loads(said("max-pods", "m5.large", "--json"))[0]["maxPods"] == 29
    page = tmp_path / "page.html"
    assert "It fits" in said("plan", ROOT / "docs/reference/examples/plan-minimal.yaml", "--html", page)
    assert page.stat().st_size > 100_000
    assert "AssignPrivateIpAddresses" in said("simulate", "m5.large", "--pods", "0,20", "--set", "WARM_IP_TARGET=1")
