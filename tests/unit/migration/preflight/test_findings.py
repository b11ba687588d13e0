"""Each kind of finding is found where it is so, and not in a healthy cluster."""

import pytest

from nodenet.migration.preflight.catalogue import CATALOGUE
from nodenet.migration.preflight.findings import Severity
from tests.unit.migration.preflight.changes import CHANGES
from tests.unit.migration.preflight.stage import healthy

ALWAYS = {
    "capacity.size",
    "capacity.surge",
    "pods.count",
    "names.beyond",
    "way.forward-only",
    "way.not-undone",
    "way.subnet-discovery",
}


def test_a_healthy_cluster_has_nothing_but_what_is_always_said() -> None:
    assert set(healthy().ids()) == ALWAYS


def test_every_kind_is_tried() -> None:
    assert CHANGES.keys() == CATALOGUE.keys() - ALWAYS


@pytest.mark.parametrize("kind", sorted(CHANGES))
def test_it_is_found_where_it_is_so(kind: str) -> None:
    stage = healthy()
    CHANGES[kind](stage)
    found = [each for each in stage.look().findings if each.id == kind]
    assert found
    assert all(each.said and each.todo for each in found)


@pytest.mark.parametrize("kind", sorted(key for key, each in CATALOGUE.items() if each.severity is Severity.BLOCKER))
def test_a_blocker_blocks_unless_it_may_be_accepted_and_is(kind: str) -> None:
    stage = healthy()
    CHANGES[kind](stage)
    assert kind in [each.id for each in stage.look().blockers]
    stage.ask(accept=(kind,))
    accepted = kind not in [each.id for each in stage.look().blockers]
    assert accepted == CATALOGUE[kind].acceptable
