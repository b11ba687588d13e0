"""Runs begin, are asked after, answered and ended by the deployed functions, with nothing but their roles."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from demo.stack import BUILT, deploy
from local.region import Region
from nodenet_cli.main import nodenet
from tests.integration.migration.prod import INPUT, NAME, Prod
from tests.integration.migration.started import Started
from tests.integration.migration.waiting import until

type Command = Callable[..., Result]


@pytest.fixture(scope="module")
def prod() -> Iterator[Prod]:
    """The cluster with one managed group, and the stack beside it."""
    with Region() as region:
        region.control.kubernetes(controllers=True)
        region.control.speed = 10
        made = Prod(region)
        made.build()
        made.managed(size=3)
        made.settled(3)
        made.apply_access()
        region.control.enforce_identity(True)
        made.stack = deploy(region, cluster=NAME, template=BUILT, MigrateAndDrain="true")
        made.deployment("shop", 5)
        made.settled(3)
        yield made


def report_of(prod: Prod, name: str, kind: str) -> str:
    """What the report function has written to S3."""
    key = f"{name}/report.{kind}"
    body = prod.client("s3").get_object(Bucket=prod.outputs["ReportsBucket"], Key=key)["Body"]
    return str(body.read().decode())


def approval_asked(run: Started) -> None:
    run.at("Approval")
    until(lambda: run.ask(answer="status")["question"], "somebody is asked", 60, run.history)


def test_a_dry_run_gives_the_preflight_s_report_and_locks_nothing(prod: Prod) -> None:
    run = prod.start(dryRun=True)
    output = json.loads(run.ended()["output"])
    assert output["plan"]["dryRun"]
    assert output["report"]["cluster"] == NAME
    assert not output["report"]["blocked"], output["said"]
    assert output["report"]["estimates"]["batches"] == 2
    told = run.ask(answer="status")
    assert (told["way"], told["dryRun"], told["step"], told["refused"]) == ("ended", True, "", "")
    assert [(each["name"], each["attempts"]) for each in told["steps"]] == [("preflight", 1)]


def test_every_mistake_of_an_input_is_told_at_once(prod: Prod) -> None:
    run = prod.start(podSubnets=None, batch="0%", settle="soon")
    found = run.ended("FAILED")
    assert found["error"] == "ConfigurationError"
    for place in ("batch", "settle"):
        assert place in found["cause"]


def test_a_run_asks_for_approval_and_ends_as_it_began_when_refused(prod: Prod) -> None:
    run = prod.start(approval=True)
    approval_asked(run)
    told = run.ask(answer="status")
    assert (told["way"], told["question"]["kind"], told["question"]["answers"]) == (
        "forward",
        "approval",
        ["approve", "refuse"],
    )
    assert run.ask(answer="report")["report"]["outcome"] == "under way"
    assert "answered by refuse" in run.answer("refuse")["said"]
    run.ended("FAILED")
    told = run.ask(answer="status")
    assert (told["way"], told["outcome"], told["question"]) == ("ended", "rolled back", None)
    report = json.loads(report_of(prod, run.name, "json"))
    assert (report["outcome"], report["remains"], report["made"]["subnets"]) == ("rolled back", [], [])
    [question] = report["questions"]
    assert (question["answer"], question["by"]) == ("refuse", "tester")
    assert {each["name"] for each in report["steps"]} >= {"preflight", "switch_cni", "extend_vpc"}
    assert report["addresses"]
    assert "rolled back" in report_of(prod, run.name, "md")
    assert report_of(prod, run.name, "html").startswith("<!doctype html>")
    assert told["report"].endswith(f"{run.name}/report.html")


def test_an_answer_to_nothing_is_refused(prod: Prod) -> None:
    function = prod.outputs["AnswerFunction"]

    def ask(**event: Any) -> Any:
        answer = prod.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        return json.load(answer["Payload"])

    assert ask(run="nobody", answer="status")["errorMessage"].startswith("there is no run nobody")
    run = prod.start(dryRun=True)
    run.ended()
    assert ask(run=run.name, answer="resume")["errorMessage"] == f"run {run.name} has ended"


@pytest.fixture
def nodenet_command(prod: Prod, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command at a terminal whose AWS is the region, and whose stack is named by the environment."""
    for name, value in {**prod.region.environment(), "NODENET_STACK": "nodenet-demo"}.items():
        monkeypatch.setenv(name, value)

    def command(*words: str, stdin: Any = None) -> Result:
        given = json.dumps(stdin) if stdin is not None else None
        return CliRunner(mix_stderr=False).invoke(nodenet, ["migration", *words], input=given, catch_exceptions=False)

    return command


def test_the_command_checks_an_input_by_a_dry_run(nodenet_command: Command) -> None:
    found = nodenet_command("check", "-", stdin=INPUT)
    assert found.stdout.startswith(f"Nothing blocks the migration of {NAME}"), found.stderr
    assert found.exit_code == 0
    blocked = nodenet_command("check", "-", "--json", stdin={**INPUT, "nodeGroups": ["nobody"]})
    assert (blocked.exit_code, json.loads(blocked.stdout)["blocked"]) == (3, True)


def test_the_command_starts_a_run_answers_it_and_watches_it_to_its_end(prod: Prod, nodenet_command: Command) -> None:
    given = {**INPUT, "approval": True}
    assert nodenet_command("start", "-", "--name", "asked-1", stdin=given).exit_code == 0
    again = nodenet_command("start", "-", "--name", "asked-1", stdin={**given, "batch": 1})
    assert (again.exit_code, again.stderr) == (1, "nodenet: there has been a run asked-1 before: give another --name\n")
    arn = f"{prod.outputs['MigrateStateMachine'].replace(':stateMachine:', ':execution:')}:asked-1"
    run = Started(prod.region, prod.outputs, "asked-1", arn)
    approval_asked(run)
    shown = nodenet_command("status", "asked-1")
    assert "It asks for approval" in shown.stdout
    assert "nodenet migration approve asked-1 or nodenet migration refuse asked-1" in shown.stdout
    assert "may be answered by approve or refuse" in nodenet_command("rollback", "asked-1").stderr
    assert nodenet_command("refuse", "asked-1").stdout == "run asked-1: the run's approval, answered by refuse\n"
    watched = nodenet_command("watch", "asked-1", "--every", "1s")
    assert watched.exit_code == 3
    assert "back: switch cni" in watched.stdout
    assert watched.stdout.splitlines()[-1].startswith(
        f"Run asked-1 of cluster {NAME}: ended, rolled back; report at s3"
    )
    [question] = json.loads(nodenet_command("report", "asked-1", "--json").stdout)["questions"]
    assert question["by"].startswith("arn:aws:")
    assert nodenet_command("report", "asked-1").stdout.startswith(f"# Migration asked-1 of {NAME}")


def test_the_command_says_what_it_cannot_do(nodenet_command: Command) -> None:
    for words, said in (
        (("status", "nobody"), "there is no run nobody"),
        (("watch", "nobody"), "there is no run nobody"),
        (("cancel", "nobody"), "there is no run nobody"),
        (("status", "nobody", "--stack", "elsewhere"), "elsewhere"),
    ):
        found = nodenet_command(*words)
        assert (found.exit_code, said in found.stderr) == (1, True), found.stderr
