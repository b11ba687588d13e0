"""What a preflight comes to: facts for the steps, figures, and the report for people."""

import json
from dataclasses import replace

import pytest

from nodenet.errors import Blocked, PlanningError, Superseded
from nodenet.migration.preflight.estimates import MOST_EVENTS
from nodenet.migration.preflight.findings import Finding, Severity
from nodenet.migration.preflight.rendering import as_markdown, as_text, verdict
from nodenet.migration.preflight.report import MOST_BYTES, as_json
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.preflight.step import Preflight
from nodenet.migration.request import Request, Share
from nodenet.migration.run import Way
from nodenet.migration.step import take
from tests.unit.migration.preflight.changes import CHANGES
from tests.unit.migration.preflight.stage import ZONES, Stage, healthy
from tests.unit.migration.record import started


def taken(stage: Stage, request: Request | None = None) -> tuple[str, dict[str, object]]:
    run = started(request or stage.request)
    step = Preflight(lambda _: stage.seen)
    said = take(step, {"run": "r1"}, run.record, 1000.0).said
    return said, run.record.part("r1", "preflight")


def test_facts_are_what_later_steps_read() -> None:
    assert healthy().look().facts == {
        "vpc": "vpc-1",
        "zones": list(ZONES),
        "managedAddon": True,
        "groups": [
            {
                "name": "web",
                "kind": "managed",
                "autoScalingGroups": ["eks-web-1"],
                "zones": list(ZONES),
                "subnets": ["subnet-a", "subnet-b", "subnet-c"],
                "nodes": 6,
                "instanceTypes": ["m5.large"],
                "networks": [],
            }
        ],
        "waves": False,
        "maxPods": {"web": 20},
        "newSizes": {"web": 3},
    }


def test_a_self_managed_group_is_its_auto_scaling_group() -> None:
    stage = healthy()
    stage.self_managed()
    group = stage.look().facts["groups"][0]
    assert (group["name"], group["kind"], group["autoScalingGroups"]) == ("web", "self-managed", ["web"])
    assert group["nodes"] == 6


def test_the_step_keeps_report_and_facts() -> None:
    said, part = taken(healthy())
    assert said == "Nothing blocks the migration of prod; 0 warnings."
    assert part["facts"] == healthy().look().facts


def test_the_step_is_blocked_and_tells_why_but_keeps_the_report() -> None:
    stage = healthy()
    stage.pod(0, owner=None)
    run = started(stage.request)
    with pytest.raises(Blocked, match=r"1 finding must be mended first: pods\.bare\. pods\.bare: 1 pod without"):
        take(Preflight(lambda _: stage.seen), {"run": "r1"}, run.record, 1000.0)
    assert run.record.part("r1", "preflight")["report"]["blocked"]


def test_taken_again_it_tells_what_is_so_then() -> None:
    stage = healthy()
    stage.pod(0, owner=None)
    run = started(stage.request)
    with pytest.raises(Blocked):
        take(Preflight(lambda _: stage.seen), {"run": "r1"}, run.record, 1000.0)
    take(Preflight(lambda _: healthy().seen), {"run": "r1", "attempt": 1}, run.record, 1100.0)
    assert not run.record.part("r1", "preflight")["report"]["blocked"]


def test_a_dry_run_is_not_blocked() -> None:
    stage = healthy()
    stage.pod(0, owner=None)
    stage.ask(dry_run=True)
    said, _ = taken(stage)
    assert said.startswith("Blocked: 1 finding must be mended first")


def test_a_cluster_that_is_not_there_blocks() -> None:
    def survey(request: Request) -> Seen:
        raise PlanningError([f"eu-west-1 has no EKS cluster {request.cluster} in this account"])

    with pytest.raises(Blocked, match="no EKS cluster prod"):
        take(Preflight(survey), {"run": "r1"}, started().record, 1000.0)


def test_back_undoes_nothing_and_a_run_that_has_turned_does_not_look() -> None:
    run = started(healthy().request)
    step = Preflight(lambda _: healthy().seen)
    run.record.turn("r1", Way.BACK)
    assert "changed nothing" in take(step, {"run": "r1", "way": "back"}, run.record, 1.0).said
    with pytest.raises(Superseded):
        take(step, {"run": "r1"}, run.record, 1.0)


def test_accepted_findings_do_not_block_and_are_told() -> None:
    stage = healthy()
    CHANGES["pods.pinned"](stage)
    stage.ask(accept=("pods.pinned",))
    report = as_json(stage.look())
    assert not report["blocked"]
    assert "(1 accepted)" in verdict(report)
    assert "pods.pinned (accepted)" in as_text(report)


def test_the_report_for_people_has_findings_and_figures() -> None:
    stage = healthy()
    CHANGES["budgets.never"](stage)
    report = as_json(stage.look())
    text, markdown = as_text(report), as_markdown(report)
    assert "shop/shop allows no disruption (12 healthy of 12, 12 must be) and covers 12 pods that move" in text
    assert "| `budgets.never` | shop/shop allows no disruption" in markdown
    assert "| 100.64.0.0/18 | eu-west-1a | 16,379 | 0 | 20 | 20 |" in markdown
    assert "about 1 h 28 min" in text


def test_gravest_first() -> None:
    stage = healthy()
    CHANGES["group.spot"](stage)
    CHANGES["pods.bare"](stage)
    order = [each.severity for each in stage.look().findings]
    assert order == sorted(order, key=list(Severity).index)


def test_a_report_of_many_objects_stays_small() -> None:
    """An item of DynamoDB has 400 KB, a state of Step Functions 256 KiB."""
    report = healthy().look()
    long = tuple(f"namespace-{'n' * 50}/pod-{'p' * 200}-{each}" for each in range(1000))
    many = tuple(Finding(f"pods.{each}", Severity.NOTE, "said", "todo", long) for each in range(100))
    shown = as_json(replace(report, findings=many))
    assert len(json.dumps(shown)) <= MOST_BYTES
    assert shown["findings"][0]["aboutCount"] == 1000


def test_batches_duration_and_pods_pending() -> None:
    stage = healthy(per_zone=4, shop=24)
    stage.ask(batch=Share(percent=25), settle=0, bake=600)
    figures = stage.look().estimates
    assert (figures.batch, figures.batches) == (3, 4)
    assert figures.pending == 3 * 3  # two of the shop and one of CoreDNS on the fullest
    assert figures.seconds == 10 * 30 + 300 + 120 + 4 * 180 + 600


def test_a_budget_that_lets_go_one_at_a_time_makes_it_longer() -> None:
    stage = healthy(per_zone=2, shop=60)
    stage.ask(batch=Share(number=6), settle=0)
    before = stage.look().estimates.seconds
    first, second = stage.seen.budgets
    stage.see(budgets=(first, replace(second, allowed=1)))
    assert stage.look().estimates.seconds - before == 60 * 30 - 180


def test_no_time_to_settle_where_the_block_is_there() -> None:
    stage = healthy()
    stage.cloud(vpc=("10.0.0.0/16", "100.64.0.0/16"))
    assert stage.look().estimates.settle == 0


def test_history_of_a_thousand_nodes_in_tenths_is_small() -> None:
    stage = healthy()
    one = stage.seen.nodes[0]
    stage.see(nodes=tuple(replace(one, name=f"n{each}", labels=dict(one.labels)) for each in range(1000)))
    assert stage.look().estimates.events < MOST_EVENTS / 2
