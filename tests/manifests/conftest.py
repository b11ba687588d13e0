"""Fixtures of several files."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A folder to be the root of a node, and a `systemctl` that writes down how it was called."""
    if os.geteuid() != 0:
        pytest.skip("a boothook writes to the root folder: it is run in a mount namespace, which takes root")
    for folder in ("etc", "local/bin", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n')
    systemctl.chmod(0o755)
    return tmp_path
