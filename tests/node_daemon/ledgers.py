"""How tests drive a ledger, and read what it has to tell."""

from collections.abc import Iterable, Mapping
from typing import Any

from node.agent.claims import CLAIMED, RELEASED, Ledger, Telling
from node.agent.pods import Holding, Key, floating_ranges, pod_of
from tests.node_daemon.things import N3

FLOATING = floating_ranges([N3])


class Kept:
    """A memory that a test may look at."""

    def __init__(self) -> None:
        self.content: tuple[list[Holding], dict[Key, int]] = ([], {})
        self.writes = 0

    def read(self) -> tuple[list[Holding], dict[Key, int]]:
        return list(self.content[0]), dict(self.content[1])

    def write(self, registered: Iterable[Holding], lives: Mapping[Key, int]) -> None:
        self.content = (list(registered), dict(lives))
        self.writes += 1


def listed(ledger: Ledger, *things: dict[str, Any]) -> None:
    ledger.listed(found for thing in things if (found := pod_of(thing)))


def changed(ledger: Ledger, thing: dict[str, Any]) -> None:
    found = pod_of(thing)
    assert found is not None
    ledger.changed(found)


def tell(ledger: Ledger) -> list[str]:
    """Everything that is due is told; in short: `+` claims, `-` releases."""
    due = ledger.due(FLOATING)
    ledger.telling(due)
    for each in due:
        ledger.told(each)
    return [words(each) for each in due]


def words(each: Telling) -> str:
    sign = {CLAIMED: "+", RELEASED: "-"}[each.kind]
    return f"{sign}{each.holding.pod.partition('/')[2]} {' '.join(each.holding.addresses)}"


A, B, C = "10.0.4.230", "10.0.4.231", "fd00:1::100"
