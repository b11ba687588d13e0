"""Draining a node to its end, as the state machine does it: turn after turn, with the waits in between."""

from dataclasses import replace

from nodenet.events import LifecycleAction
from nodenet.migration.drain.drain_node import Asked, DrainNode, Turn
from nodenet.migration.request import Drain
from tests.unit.migration.drain.cluster import Fake

ACTION = LifecycleAction("asg-old", "terminate", "token-1", "i-n1")


def asked(fake: Fake, node: str = "n1", options: Drain | None = None, action: LifecycleAction | None = None) -> Asked:
    return Asked(node, f"i-{node}", options or Drain(), 0.0, 0, action)


def one_turn(fake: Fake, what: Asked) -> Turn:
    return DrainNode(fake, fake, fake).turn(what)


def drain(fake: Fake, what: Asked | None = None) -> Turn:
    """The last turn."""
    what = what or asked(fake)
    while not (turn := one_turn(fake, what)).done:
        fake.pass_time(turn.wait)
        what = replace(what, turn=what.turn + 1, elapsed=what.elapsed + turn.wait)
    return turn
