"""The command `nodenet-agent`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from . import up
from .configuration import ConfigurationFault

_MODULES = {"check": "check", "status": "check", "daemon": "daemon", "claim": "claim", "release": "claim"}
"""Commands besides `up`, with the modules that bring them; the form for user data holds but some."""


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a network is missing or faulty, 2 the configuration is wrong and nothing was touched."""
    parser = argparse.ArgumentParser(
        "nodenet-agent", description="Makes a node's extra network interfaces into networks for pods."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up.register(commands)
    words = sys.argv[1:] if words is None else words
    # Only what is asked for is read: before the kubelet, every tenth of a second is waited for.
    asked = [] if words[:1] == ["up"] else [_MODULES[words[0]]] if words and words[0] in _MODULES else _MODULES.values()
    for name in dict.fromkeys(asked):
        try:
            module = importlib.import_module(f".{name}", __package__)
        except ModuleNotFoundError as error:
            if error.name != f"{__package__}.{name}":
                raise
        else:
            module.register(commands)
    options = parser.parse_args(words)
    try:
        status: int = options.run(options)
    except ConfigurationFault as fault:
        for mistake in fault.mistakes:
            print(f"configuration: {mistake}", file=sys.stderr)
        return up.BAD_CONFIGURATION
    return status


if __name__ == "__main__":
    sys.exit(main())
