"""The one file that the agent is delivered as."""

import ast
import base64
import bz2
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from node.build import BOOT, agent
from node.compacting import compacted
from tests.node.machine import ROOT, Machine
from tests.node.networks import N3, n3

SOURCES = sorted((ROOT / "node" / "agent").glob("*.py"))
LIMIT = 13 * 1024
"""Of the 16 KB of user data (EC2 User Guide, "Work with instance user data"), 3 are for the rest."""


@pytest.fixture(params=[False, True], ids=["whole", "compact"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "nodenet-agent"
    path.write_bytes(agent(compact=request.param))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_python_3_9_can_read_it(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 9))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_but_the_standard_library_is_imported(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert all(each.name.split(".")[0] in sys.stdlib_module_names for each in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] in sys.stdlib_module_names


def test_it_runs_by_itself(file: Path) -> None:
    done = subprocess.run([sys.executable, file, "up", "--help"], capture_output=True, text=True, check=True)
    assert "--dry-run" in done.stdout
    assert file.read_bytes().startswith(b"#!/usr/bin/python3\n")


def test_it_sets_a_node_up(file: Path, machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    command = [machine.python, str(file), *machine.command("up", "--timeout", "2")[3:]]
    machine.run(*command)
    assert machine.file("n3")["plugins"][0]["master"] == "ens6"
    machine.agent("check")


@pytest.fixture(scope="session")
def python_3_9() -> str:
    """What AL2023 has as /usr/bin/python3. PYENV_VERSION is for machines whose Pythons are pyenv's."""
    command = ["python3.9", "-c", "import sys; print(sys.executable)"]
    environment = {**os.environ, "PYENV_VERSION": "3.9"}
    try:
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no Python 3.9 here")


def test_a_real_python_3_9_runs_it(file: Path, python_3_9: str, machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    machine.run(python_3_9, str(file), *machine.command("up", "--timeout", "5")[3:])
    assert machine.file("n3")["plugins"][0]["master"] == "ens6"
    again = machine.run(python_3_9, str(file), *machine.command("up", "--timeout", "5", "--json")[3:])
    assert json.loads(again.stdout)["steps"] == []


def test_a_real_python_3_9_runs_all_other_commands(python_3_9: str, machine: Machine) -> None:
    machine.plug("ens6", n3())
    machine.configure(N3)
    machine.agent("up", "--timeout", "5")
    machine.python = python_3_9
    machine.agent("check")
    assert json.loads(machine.agent("status", "--json").stdout)["faults"] == []
    for command in ("claim", "release", "daemon"):
        assert "usage" in machine.agent(command, "--help").stdout


def test_the_same_source_makes_the_same_bytes() -> None:
    assert agent() == agent()
    assert agent(compact=True) == agent(compact=True)


def test_the_compact_form_fits_into_user_data() -> None:
    assert len(base64.b85encode(bz2.compress(agent(compact=True)))) < LIMIT


def test_the_compact_form_holds_each_module_after_those_that_it_imports() -> None:
    for number, name in enumerate(BOOT):
        tree = ast.parse((ROOT / "node" / "agent" / f"{name}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                needed = [node.module] if node.module else [each.name for each in node.names]
                assert set(needed) <= set(BOOT[:number]), name


def test_what_only_people_read_is_left_out_and_strings_stay_as_they_are() -> None:
    source = '''
"""Words."""
from typing import Optional
def said(name: str, more: Optional[str] = None) -> str:
    """More words."""
    # And more.
    found: list[str] = [f"{name!r}    {{}} {', '.join([name])}"]
    for each in found:
        try:
            text = each + (more or "\\n")
        except ValueError as error:
            text = str(error)
    _a = _added(text)
    return _a
_WORDS, _MORE = "!", 0
def _added(given): return given + _WORDS
class Kept:
    def __init__(self, word): self._word = word
    def _of(self, other, last=""): return self._word + other + last
    def both(self, other): return self._of(other, last=_WORDS)
'''
    short = compacted(source)
    assert "Words" not in short
    assert "words" not in short
    assert "Optional" not in short
    assert not any(name in short for name in ("found", "_added", "_WORDS", "_word", "_of", "given"))
    names: dict[str, object] = {}
    exec(short, names)
    assert names["said"]("a", more="b") == "'a'    {} ab!"  # type: ignore[operator]
    assert names["Kept"]("a").both(other="b") == "ab!"  # type: ignore[operator]
    ast.parse(short, feature_version=(3, 9))
