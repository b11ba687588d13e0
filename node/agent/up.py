"""`nodenet-agent up`: waits for the node's interfaces, sets its networks up, and keeps them so."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

from . import configuration, options, systemd, turn
from .events import Events
from .imds import Imds
from .node import Look, Node
from .steps import Step

DONE, INCOMPLETE, BAD_CONFIGURATION = 0, 1, 2

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0
_SETTLED = 0.05
_LOOK_ANYWAY, _LOOK_FOR_VPC_CNI = 300.0, 5.0


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("up", help="set up the node's networks; what the systemd unit runs")
    options.add(parser)
    parser.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="for interfaces (%(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and why; change nothing")
    parser.add_argument("--follow", action="store_true", help="stay, and set up again whatever changes")
    parser.add_argument("--json", action="store_true", help="print what was done, and how long it took")
    parser.set_defaults(run=up)


def node_of(arguments: argparse.Namespace) -> Node:
    """The node that the options tell of; ConfigurationFault."""
    networks = configuration.load(arguments.config).networks
    return Node(networks, Imds(options.endpoints(arguments)), options.places(arguments))


def up(arguments: argparse.Namespace, kept: bool = False) -> int:
    """Exit status: DONE, or INCOMPLETE where a network is missing after the time; then says which, and what to do.

    With --follow it works in turn with other agents of this node, unless the caller has `kept` the turn.
    """
    node = node_of(arguments)
    if arguments.dry_run:
        look = node.look()
        for step in look.steps:
            print(step)
        return _end([*look.missing, *look.held])
    events, folder = Events(), options.places(arguments).cni

    def bring_up() -> tuple[Look, list[Step], list[str]]:
        if kept or not arguments.follow:
            return node.bring_up(events)
        with turn.taken(folder, events):
            return node.bring_up(events)

    look, refused = _until_complete(bring_up, events, arguments)
    if look.complete and arguments.follow:
        systemd.notify("READY=1\nSTATUS=all networks are set up")
        look, refused = _follow(bring_up, events, look)
    return _end([] if look.complete else [*look.faults, *refused])


def _until_complete(
    bring_up: Callable[[], tuple[Look, list[Step], list[str]]], events: Events, arguments: argparse.Namespace
) -> tuple[Look, list[str]]:
    """Sets up what is there, at once, and waits for the rest: for links by events, for the metadata by asking again."""
    start, pause, all_done = time.monotonic(), _FIRST_PAUSE, list[Step]()
    while True:
        began = time.monotonic()
        look, done, refused = bring_up()
        _say(done)
        all_done += done
        left = start + arguments.timeout - time.monotonic()
        if look.complete or left <= 0:
            break
        systemd.notify(f"STATUS=waiting: {'; '.join(look.missing)}")
        events.wait(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    if arguments.json:
        seconds = {"waited": round(began - start, 4), "set up": round(time.monotonic() - began, 4)}
        steps = [{"do": step.words, "why": step.why} for step in all_done]
        names = [each.name for each in look.wired]
        print(json.dumps({"networks": names, "faults": look.faults, "steps": steps, "seconds": seconds}), flush=True)
    return look, refused


def _follow(
    bring_up: Callable[[], tuple[Look, list[Step], list[str]]], events: Events, look: Look
) -> tuple[Look, list[str]]:
    """Looks again when something happens to a link of ours, and now and then anyway, until something is missing."""
    refused: list[str] = []
    while look.complete:
        macs = {each.interface.mac for each in look.wired}
        ours = {link.index for link in look.state.links if link.mac in macs}
        end = time.monotonic() + (_LOOK_FOR_VPC_CNI if look.held else _LOOK_ANYWAY)
        while time.monotonic() < end and not events.concern(ours, macs, end - time.monotonic()):
            pass  # The links of ordinary pods come and go.
        events.settle(_SETTLED)
        look, done, refused = bring_up()
        _say(done)
    return look, refused


def _say(steps: Sequence[Step]) -> None:
    for step in steps:
        print(step, file=sys.stderr)


def _end(faults: Sequence[str]) -> int:
    for fault in faults:
        print(f"not as it should be: {fault}", file=sys.stderr)
    if faults:
        print("Has the launch function attached what networks.json names? See its log.", file=sys.stderr)
    return INCOMPLETE if faults else DONE
