"""Whether the node's networks are as they should be: the health probe, and the state for people and programs."""

from __future__ import annotations

import argparse
import json

from . import options
from .tables import table_of
from .up import DONE, INCOMPLETE, node_of


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser("check", help="one line for each fault; exit status 1 if there is any")
    options.add(check)
    check.set_defaults(run=_check)
    status = commands.add_parser("status", help="each network with its link, ranges and faults")
    options.add(status)
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(run=_status)


def faults(arguments: argparse.Namespace) -> list[str]:
    """What is not as it should be, a line each. A link that host-device has moved into a pod is no fault.

    ConfigurationFault where the file of the networks is wrong.
    """
    return node_of(arguments).look().faults


def _check(arguments: argparse.Namespace) -> int:
    found = faults(arguments)
    for fault in found:
        print(fault)
    return INCOMPLETE if found else DONE


def _status(arguments: argparse.Namespace) -> int:
    look = node_of(arguments).look()
    networks = []
    for wired in look.wired:
        link = look.state.link(wired.interface.mac)
        networks.append(
            {
                "name": wired.name,
                "link": link.name if link else None,
                "interface": wired.interface.id,
                "mac": wired.interface.mac,
                "ranges": [str(each) for version in (4, 6) for each in wired.interface.ranges(version)],
                "table": table_of(wired, look.state.reserved),
            }
        )
    found = look.faults
    if arguments.json:
        print(json.dumps({"networks": networks, "faults": found}))
    else:
        for each in networks:
            print(", ".join(f"{key} {value}" for key, value in each.items()))
        for fault in found:
            print(fault)
    return INCOMPLETE if found else DONE
