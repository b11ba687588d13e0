"""The rendered samples in docs/reference/manifests."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.manifests import FOLDER, render
from tests.manifests import objects

RENDERED = render()


@pytest.mark.parametrize("name", RENDERED)
def test_a_sample_is_what_the_renderers_make(name: str) -> None:
    """Else run scripts/manifests.py."""
    assert (FOLDER / name).read_text() == RENDERED[name]


def test_nothing_else_is_there_but_the_page_about_them() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*RENDERED, "README.md"}


def test_the_page_names_every_file() -> None:
    page = (FOLDER / "README.md").read_text()
    assert [name for name in RENDERED if f"[{name}]({name})" not in page] == []


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(RENDERED[name]))


@pytest.mark.parametrize("name", [name for name in RENDERED if name.endswith(".yaml")])
def test_what_is_written_reads_back_as_consistent_objects(name: str) -> None:
    objects.assert_consistent(documents(name))
    assert "&" not in RENDERED[name]
    assert "*id" not in RENDERED[name]


@pytest.mark.parametrize(
    "name", ["multus.yaml", "agent.yaml", "migration-access.yaml", "one-network.yaml", "two-networks.yaml"]
)
def test_kubernetes_knows_every_field_of_them(name: str) -> None:
    for document in documents(name):
        objects.validate(document)


def test_the_script_tells_a_file_that_is_out_of_date(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "scripts" / "manifests.py"
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0
    (tmp_path / "scripts").mkdir()
    (tmp_path / "node").mkdir()
    (tmp_path / "scripts" / script.name).write_text(script.read_text())
    (tmp_path / "node" / "nodenet-agent.service").write_text("[Unit]\n")
    done = subprocess.run(
        [sys.executable, tmp_path / "scripts" / script.name, "--check"], check=False, capture_output=True
    )
    assert done.returncode == 1
    assert b"networks.json is not what the renderers make" in done.stderr
