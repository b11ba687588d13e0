"""Runs of the deployed state machines that do not come to their end: held, cancelled, rolled back. All is as before
afterwards, and no workload has less than its budget of disruptions asks for meanwhile.
"""

import pytest

from tests.integration.migration.picture import picture
from tests.integration.migration.prod import Prod
from tests.integration.migration.started import Started
from tests.integration.migration.waiting import until
from tests.integration.migration.watch import Watch


@pytest.fixture(autouse=True)
def whole(prod: Prod) -> None:
    """Six nodes are Ready, all workloads available; nothing is on order."""
    prod.region.control.clear_faults()
    prod.settled(6)


def question(run: Started) -> dict[str, str]:
    asked = run.part("question")
    return asked if asked and not asked.get("answer") else {}


def held(run: Started, step: str) -> str:
    """The cause for which the run is held in a step."""
    until(lambda: question(run), f"run {run.name} is held", 90, run.history)
    assert question(run)["step"] == step, question(run)
    return question(run)["cause"]


def test_a_dry_run_says_what_would_go_wrong_and_changes_nothing(prod: Prod) -> None:
    before = picture(prod)
    run = prod.start("look", dryRun=True)
    assert "way.settle" in run.ended()["output"]
    assert picture(prod) == before
    assert run.ask(answer="status")["way"] == "ended"


def test_a_wrong_input_fails_with_every_mistake_and_locks_nothing(prod: Prod) -> None:
    run = prod.start("wrong", batch=0, nodeGroups=[], mode="sideways")
    cause = run.ended("FAILED")["cause"]
    assert "batch" in cause
    assert "nodeGroups" in cause
    assert "mode" in cause


def test_a_blocked_run_ends_at_once_and_leaves_the_cluster_free(prod: Prod) -> None:
    run = prod.start("blocked", nodeGroups=["nobody"])
    ended = run.ended("FAILED")
    assert ended["error"] == "Blocked"
    assert "nobody" in ended["cause"]
    assert run.ask(answer="status")["way"] == "ended"


def test_a_failed_step_is_held_resumed_and_a_later_one_rolled_back_with_all_as_before(prod: Prod) -> None:
    before = picture(prod)
    # A right in the cluster that is missing for a while, as somebody may have forgotten the manifest.
    prod.region.control.fail("kubernetes", "patch daemonsets", code="Forbidden", status=403, times=1)
    with Watch(prod).on() as watch:
        run = prod.start("held", drain={"timeout": "2m"})
        assert held(run, "SwitchCni")
        second = prod.start("second")
        assert second.ended("FAILED")["error"] == "ClusterBusy"
        # A budget that never lets go, since the preflight looked.
        prod.change_budget("web", "100%")
        run.answer("resume")
        assert "web" in held(run, "DrainOld")
        prod.change_budget("web", "80%")
        run.answer("rollback")
        ended = run.ended("FAILED", 240)
    assert ended["error"] == "RolledBack", ended
    assert watch.broken == []
    assert watch.looks > 20
    prod.settled(6)
    assert picture(prod) == before
    assert run.ask(answer="status")["way"] == "ended"


def test_a_run_that_is_cancelled_turns_back_and_leaves_all_as_before(prod: Prod) -> None:
    before = picture(prod)
    with Watch(prod).on() as watch:
        run = prod.start("cancelled", settle="1h")
        run.at("Settle")
        run.answer("cancel")
        assert run.ended("FAILED", 240)["error"] == "RolledBack"
    assert watch.broken == []
    prod.settled(6)
    assert picture(prod) == before


def test_a_run_whose_execution_is_stopped_is_undone_all_the_same(prod: Prod) -> None:
    before = picture(prod)
    run = prod.start("stopped", settle="1h")
    run.at("Settle")
    prod.client("stepfunctions").stop_execution(executionArn=run.arn, error="Operator", cause="a wrong button")
    # After ten minutes, in which it could have been started again.
    until(lambda: run.ask(answer="status")["way"] == "ended", "the run is undone", 120)
    prod.settled(6)
    assert picture(prod) == before
