"""`nodenet migration` without AWS: inputs that are checked, and how a run's state is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodenet.migration.status import status
from nodenet_cli.migration_status import lines, question
from tests.cli.conftest import Run
from tests.unit.migration.record import started
from tests.unit.migration.report.ran import held, ran

SAMPLES = Path(__file__).parents[2] / "events" / "migration"
LEAST = {"nodeGroups": ["web"], "podSubnets": {"eu-west-1a": {"cidr": "100.64.0.0/19"}}}


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_the_samples_are_checked(run: Run, path: Path) -> None:
    found = run("migration", "check", str(path))
    assert found.exit_code == (1 if path.stem == "wrong" else 0)
    assert ("The input is right." in found.stdout) == (path.stem != "wrong")


def test_every_mistake_is_told_with_the_file_s_name(run: Run) -> None:
    said = run("migration", "check", str(SAMPLES / "wrong.json")).stderr.splitlines()
    assert said[0] == "nodenet:"
    assert len(said) == 8
    assert all(line.startswith(f"  {SAMPLES / 'wrong.json'}: ") for line in said[1:])


def test_an_input_may_be_yaml_from_standard_input(run: Run) -> None:
    text = "nodeGroups: [web]\npodSubnets:\n  eu-west-1a: {cidr: 100.64.0.0/19}\n"
    assert run("migration", "check", "-", stdin=text).exit_code == 0
    assert json.loads(run("migration", "check", "-", "--json", stdin=text).stdout) == {"mistakes": []}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "standard input"),
        ("{", "standard input"),
        ("[]", "nodeGroups"),
        ('{"nodeGroups": ["a"], "nodeGroups": ["b"]}', "nodeGroups"),
        (json.dumps({**LEAST, "cluster": 3}), "cluster"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_traceback(run: Run, text: str, said: str) -> None:
    found = run("migration", "check", "-", stdin=text)
    assert (found.exit_code, said in found.stderr) == (1, True), found.stderr


def test_a_file_that_is_not_there(run: Run) -> None:
    found = run("migration", "start", "/nowhere/run.json", "--stack", "s")
    assert (found.exit_code, found.stderr) == (1, "nodenet: /nowhere/run.json: No such file or directory\n")


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "a/b"])
def test_names_that_an_execution_cannot_have(run: Run, name: str) -> None:
    found = run("migration", "start", "-", "--stack", "s", f"--name={name}", stdin=json.dumps(LEAST))
    assert found.exit_code != 0
    assert "Run" not in found.stdout


@pytest.mark.parametrize("words", [("status", "r"), ("watch", "r"), ("approve", "r"), ("report", "r"), ("start", "-")])
def test_a_command_about_runs_needs_a_stack(run: Run, words: tuple[str, ...]) -> None:
    found = run("migration", *words)
    assert (found.exit_code, "--stack" in found.stderr) == (2, True)


def test_without_a_region_that_is_said(run: Run) -> None:
    found = run("migration", "status", "r1", "--stack", "s")
    assert (found.exit_code, "Give --region" in found.stderr) == (1, True)


def told(run: Any) -> list[str]:
    return list(lines(status(run)))


def test_where_a_run_is_in_words() -> None:
    assert told(ran()) == [
        "Run r1 of cluster prod: goes forward, in drain old: 1 of 3 nodes in 2 batches, 9 pods evicted.",
        "1 of 3 nodes are drained.",
    ]


def test_a_question_says_how_it_is_answered() -> None:
    assert told(held(ran()))[-1] == (
        "Step DrainOld is held: HeldError: a budget | never\n"
        "  Answer with nodenet migration resume r1 or nodenet migration rollback r1."
    )
    asked = {"kind": "approval", "step": "", "error": "", "cause": "", "answers": ["approve", "refuse"]}
    assert question("r2", asked).startswith("It asks for approval\n")


def test_a_cancelled_run_and_one_that_only_goes_forward_say_so() -> None:
    run = started()
    run.record.cancel(run.id)
    assert "turns back at its next step" in told(run.record.run(run.id))[-1]
    run.record.note(run.id, "run", {"forward_only": True})
    assert told(run.record.run(run.id))[-1] == "An old node group is being deleted: there is no way back."
