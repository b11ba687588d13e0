"""Nodes in network namespaces, where this machine and user can have them."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.machine import Machine, root


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Skips where there can be none."""
    if not root():
        pytest.skip("network namespaces need root")
    name = f"nodenet-try-{uuid.uuid4().hex[:6]}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespaces here: {made.stderr.strip()}")
    subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.fixture
def machine(namespaces: None, tmp_path: Path) -> Iterator[Machine]:
    """A node with its first interface, and metadata that shows no other yet."""
    found = Machine(tmp_path, f"nodenet-{uuid.uuid4().hex[:8]}")
    try:
        found.start()
        yield found
    finally:
        found.stop()
