"""Does what was decided: files as a whole or not at all, settings, and `ip` with all its lines at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .places import Places
from .steps import Step


def apply(steps: Sequence[Step], places: Places) -> list[str]:
    """What went wrong, in the words of those who refused. A step that is refused keeps no other from being done: who
    looks again sees what is left. systemd-networkd lets go of the links before they are set up, and no
    network is shown to pods before its link is."""
    networks = [step for step in steps if isinstance(step.target, Path) and step.target.parent == places.cni]
    failures = _write_all([step for step in steps if step not in networks], places)
    if any(isinstance(step.target, Path) and step.target.parent == places.networkd for step in steps):
        failures += _run(["networkctl", "reload"]) if shutil.which("networkctl") else []
    for version in (4, 6):
        lines = [step.content for step in steps if step.target == version and step.content]
        if lines:
            failures += _run(["ip", f"-{version}", "-force", "-batch", "-"], "\n".join(lines) + "\n")
    return failures + _write_all(networks, places)


def _write_all(steps: Sequence[Step], places: Places) -> list[str]:
    failures = []
    for step in steps:
        if isinstance(step.target, Path):
            try:
                if places.sysctl in step.target.parents:
                    step.target.write_text(step.content or "")
                else:
                    _write(step.target, step.content)
            except OSError as error:
                failures.append(f"{step.target}: {error.strerror}")
    return failures


def _write(path: Path, content: str | None) -> None:
    """A reader sees the old file or the new one."""
    if content is None:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")  # With a suffix that neither Multus nor networkd reads.
        fresh.write_text(content)
        fresh.replace(path)


def _run(command: list[str], lines: str = "") -> list[str]:
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if line and not line.startswith("Command failed")]
    return [f"{command[0]}: {line}" for line in said] if done.returncode else []
