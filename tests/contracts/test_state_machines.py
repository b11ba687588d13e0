"""What the state machines promise: every step is tried again alike, every failure held, every hold can be answered."""

import re
from itertools import pairwise
from typing import Any

import pytest

from nodenet import errors as nodenet_errors
from tests.contracts import machines
from tests.contracts.machines import LAMBDA, NAMES, TOKEN, definition, events_of, followers, states, tasks
from tests.contracts.stack import ROOT

STEPS_FORWARD = [
    *("ProbeBefore", "ExtendVpc", "Settle", "ApplyEniConfigs", "Quiet", "Cordon", "SwitchCni", "NewGroup", "Canary"),
    *("Admit", "DrainOld", "Verify", "Bake", "OldGroup", "Unquiet", "Report"),
]
STEPS_BACK = [
    *("RestoreCni", "Uncordon", "DrainNew", "RemoveCanary", "RemoveNewGroup", "RemoveEniConfigs", "ShrinkVpc"),
    *("Unquiet", "Report"),
]
# "Error names" of the Amazon States Language, "Lambda service errors" and Lambda's own, Step Functions Developer Guide.
NOT_OURS = re.compile(r"States\.\w+|Lambda\.\w+|Sandbox\.Timedout|Runtime\.ExitError")


def retriers(state: machines.State) -> list[Any]:
    return list(state.get("Retry", ()))


@pytest.mark.parametrize("machine", NAMES)
def test_every_state_is_reached_and_every_end_is_one(machine: str) -> None:
    known, start = states(machine), definition(machine)["StartAt"]
    reached, new = {start}, [start]
    while new:
        for name in followers(known[new.pop()]):
            assert name in known, name
            if name not in reached:
                reached.add(name)
                new.append(name)
    assert reached == set(known)
    ends = {name for name, state in known.items() if not list(followers(state))}
    assert all(known[name]["Type"] in ("Succeed", "Fail") for name in ends)


@pytest.mark.parametrize("machine", NAMES)
def test_what_may_pass_is_tried_again_for_ten_minutes_and_alike_everywhere(machine: str) -> None:
    """A function in a VPC that idled long, or whose subnets are full for a while, fails at first: "Lambda function
    states" and "Troubleshoot networking issues in Lambda", AWS Lambda Developer Guide."""
    asked = [*tasks(machine).values(), *tasks(machine, TOKEN).values()]
    [passing] = {repr(each) for state in asked for each in retriers(state) if each["ErrorEquals"] != ["Waiting"]}
    retrier = next(each for each in retriers(asked[0]) if each["ErrorEquals"] != ["Waiting"])
    assert repr(retrier) == passing
    delays = [min(2 * 2**n, retrier["MaxDelaySeconds"]) for n in range(retrier["MaxAttempts"])]
    # With full jitter a delay is half as long on average ("Retrying after an error").
    assert sum(delays) / 2 >= 600
    assert {"Throttled", "NotYet", "Lambda.ResourceNotReadyException", "Sandbox.Timedout"} <= {*retrier["ErrorEquals"]}


@pytest.mark.parametrize("machine", NAMES)
def test_every_error_that_is_named_is_one(machine: str) -> None:
    ours = {name for name in machines.errors(machine) if not NOT_OURS.fullmatch(name)}
    assert all(issubclass(getattr(nodenet_errors, name), nodenet_errors.NodenetError) for name in ours)


def test_every_reason_why_a_run_does_not_go_on_is_known_to_its_machine() -> None:
    """By the exception's class alone a machine tells them apart: those that are not named anywhere are held."""
    text = (ROOT / "statemachines" / "migrate.asl.yaml").read_text()
    named = {each.__name__ for each in nodenet_errors.MigrationError.__subclasses__()}
    assert {name for name in named if re.search(rf"\b{name}\b", text)} == {"Waiting", "Cancelled", "Superseded"}


@pytest.mark.parametrize(("machine", "steps"), [("migrate", STEPS_FORWARD), ("roll_back", STEPS_BACK)])
def test_every_step_that_fails_is_held_and_can_be_resumed(machine: str, steps: list[str]) -> None:
    known = states(machine)
    for step in steps:
        [catch] = known[step]["Catch"]
        assert catch["ErrorEquals"] == ["States.ALL"]
        assert catch["Assign"] == {"step": step, "error": "{% $states.errorOutput %}"}
        asked = known["Hold"] if catch["Next"] == "WhatFailed" else known[catch["Next"]]
        answered = known[asked["Next"]]
        again = [each["Next"] for each in answered["Choices"] if each["Condition"] == f"{{% $step = '{step}' %}}"]
        assert again == [step] or answered["Default"] == step


def test_steps_are_taken_in_the_order_that_harms_nobody() -> None:
    """ENIConfigs before the switch, nodes cordoned before it, new nodes after it, the canary before any drain; and on
    the way back the CNI first, then old nodes opened."""
    for machine, steps in (("migrate", STEPS_FORWARD), ("roll_back", STEPS_BACK)):
        order = list(states(machine))
        assert sorted(steps, key=order.index) == steps
        for one, other in pairwise(steps):
            assert other in _ahead(machine, one)


def test_every_task_that_asks_a_person_ends_by_itself() -> None:
    for machine in NAMES:
        assert all("TimeoutSeconds" in state for state in tasks(machine, TOKEN).values())


def test_after_an_old_group_s_deletion_has_begun_no_failure_leads_back() -> None:
    """`AnsweredUnfinished` may still ask for the way back, which refuses to be taken then."""
    for step in ("OldGroup", "Unquiet", "Report"):
        assert [each["Next"] for each in states("migrate")[step]["Catch"]] == ["Unfinished"]
    assert [each["Next"] for each in states("migrate")["Unfinished"]["Catch"]] == ["LeftUnfinished"]


def test_a_map_run_tolerates_every_failure_since_its_batch_is_judged_afterwards() -> None:
    assert states("drain_nodes")["DrainBatch"]["ToleratedFailurePercentage"] == 100
    assert states("drain_nodes")["DrainBatch"]["Next"] == "SettleBatch"


def test_an_instance_that_waits_in_a_terminate_hook_is_let_go_whatever_happens() -> None:
    known = states("drain_node")
    assert known["DrainNode"]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert known["DrainNode"]["Catch"][-1]["Next"] == "DoesAnInstanceWait"
    assert known["LetGo"]["Arguments"]["LifecycleActionResult"] == "CONTINUE"


def test_functions_are_given_the_run_s_id_and_no_more_than_they_need() -> None:
    """Payloads stay far below 256 KiB: "Step Functions service quotas"."""
    allowed = {"run", "attempt", "way", "pause", "end", "outcome", "execution", "asked", "which", "batch"}
    allowed |= {"kind", "token", "step", "error", "cause", "cluster", "when"}
    for machine in ("migrate", "roll_back", "drain_nodes"):
        for state in [*tasks(machine).values(), *tasks(machine, TOKEN).values()]:
            payload = state["Arguments"]["Payload"]
            assert isinstance(payload, str) or set(payload) <= allowed


def _ahead(machine: str, step: str) -> set[str]:
    """States that can be reached from a step without failing."""
    known, found, new = states(machine), set[str](), [step]
    while new:
        state = known[new.pop()]
        good = {key: value for key, value in state.items() if key != "Catch"}
        for name in followers(good):
            if name not in found:
                found.add(name)
                new.append(name)
    return found


def events_of_a_batch(looks: int = 0) -> int:
    """What a batch adds to the history of drain_nodes, whose barrier was looked at again `looks` times."""
    loop = ("NextBatch", "IsThereOne", "DrainBatch", "SettleBatch", "IsItAWave")
    return sum(events_of(states("drain_nodes")[name]) for name in loop) + machines.RETRY * looks


def events_of_a_run(retries: int = 0) -> int:
    """The history of migrate without its batches, which are in another execution's."""
    visited = [name for name, state in states("migrate").items() if state["Type"] in ("Task", "Choice", "Succeed")]
    return 2 + sum(events_of(states("migrate")[name]) for name in visited) + machines.RETRY * retries


def test_the_history_of_a_thousand_nodes_stays_below_ten_thousand_events() -> None:
    """Batches of 10, each waited for five minutes (look after look, a minute apart at most), in drain_nodes; and an
    hour of waiting in each step of migrate. 25,000 are the most: "Step Functions service quotas"."""
    batches = 1000 // 10
    assert 2 + 2 + batches * events_of_a_batch(looks=12) + 7 < 10_000
    assert events_of_a_run(retries=70 * len(STEPS_FORWARD)) < 10_000


def test_a_map_run_has_a_history_of_its_own_so_that_nodes_cost_nothing() -> None:
    assert states("drain_nodes")["DrainBatch"]["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert events_of_a_batch() == 20


def test_no_partition_is_written_out() -> None:
    """ "Amazon Resource Names": China and GovCloud have partitions of their own. AWS General Reference."""
    for machine in NAMES:
        assert "arn:aws" not in (ROOT / "statemachines" / f"{machine}.asl.yaml").read_text()


def test_tasks_of_functions_are_optimised_ones() -> None:
    resources = {state["Resource"] for machine in NAMES for state in states(machine).values() if "Resource" in state}
    sdk = "arn:${Partition}:states:::aws-sdk:autoscaling:completeLifecycleAction"
    assert resources == {LAMBDA, TOKEN, machines.NESTED, sdk}
