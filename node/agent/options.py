"""The options that the agent's commands have in common."""

from __future__ import annotations

import argparse
from pathlib import Path

from .configuration import DEFAULT_PATH
from .imds import ENDPOINTS
from .places import Places


def add(parser: argparse.ArgumentParser) -> None:
    """--config, --imds, --cni-dir, --networkd-dir; --sysctl-dir for containers, whose /proc/sys is read-only."""
    defaults = Places()
    parser.add_argument("--config", type=Path, default=DEFAULT_PATH, help="the node's networks (%(default)s)")
    parser.add_argument("--imds", action="append", metavar="URL", help=f"instance metadata ({' or '.join(ENDPOINTS)})")
    parser.add_argument("--cni-dir", type=Path, default=defaults.cni, help="where Multus reads networks (%(default)s)")
    parser.add_argument("--networkd-dir", type=Path, default=defaults.networkd, help="(%(default)s)")
    parser.add_argument("--sysctl-dir", type=Path, default=defaults.sysctl, help="(%(default)s)")


def places(options: argparse.Namespace) -> Places:
    return Places(cni=options.cni_dir, networkd=options.networkd_dir, sysctl=options.sysctl_dir)


def endpoints(options: argparse.Namespace) -> tuple[str, ...]:
    return tuple(options.imds or ENDPOINTS)
