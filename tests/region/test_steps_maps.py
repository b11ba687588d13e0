"""Parallel, inline Map and Distributed Map, in JSONata.

Amazon States Language, "Parallel State", "Map State"; Step Functions developer guide, "Using Map state in Distributed
mode for large-scale parallel workloads", "Setting failure thresholds for Distributed Map states", "Passing data between
states with variables".
"""

import time
from typing import Any

from local.region import Region
from tests.region.steps_machines import Machines, eventually, expression, failing, output, passing

ITEM = expression("{'number': $states.context.Map.Item.Value, 'index': $states.context.Map.Item.Index}")
DOUBLE = passing(expression("$states.input.number * 2"))


def distributed(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Type": "Map",
        "Items": expression("$states.input"),
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": next(iter(processor)),
            "States": processor,
        },
        "End": True,
        **more,
    }


def inline(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Type": "Map",
        "ItemProcessor": {"StartAt": next(iter(processor)), "States": processor},
        "End": True,
        **more,
    }


def odd_ones_fail() -> dict[str, Any]:
    return {
        "Odd": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$states.input % 2 = 1"), "Next": "Break"}],
            "Default": "Give",
        },
        "Break": failing("Odd", "an odd one"),
        "Give": passing(),
    }


def test_a_distributed_map_gives_what_its_children_gave_in_the_order_of_the_items(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    state = distributed({"Double": DOUBLE}, ItemSelector=ITEM, Label="Doubling", MaxConcurrency=expression("1 + 1"))
    machine = machines.create({"Map": state})
    execution = machines.start(machine, [1, 2, 3])
    assert output(machines.ended(execution)) == [2, 4, 6]
    (run,) = machines.steps.list_map_runs(executionArn=execution)["mapRuns"]
    assert run["stateMachineArn"] == f"{machine}/Doubling"
    described = machines.steps.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (described["status"], described["maxConcurrency"]) == ("SUCCEEDED", 2)
    assert {name: described["itemCounts"][name] for name in ("total", "succeeded", "resultsWritten", "pending")} == {
        "total": 3,
        "succeeded": 3,
        "resultsWritten": 3,
        "pending": 0,
    }
    children = machines.steps.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert {child["mapRunArn"] for child in children} == {run["mapRunArn"]}
    assert machines.kinds(children[0]["executionArn"]) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


def test_the_parent_tells_of_the_map_run_and_not_of_its_children(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    execution = machines.start(machines.create({"Map": distributed({"Give": passing()})}), [1, 2])
    machines.ended(execution)
    assert machines.kinds(execution) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_children_see_no_variables_from_outside(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child = {"Give": passing(expression("$exists($run)"))}
    states = {
        "Set": {"Type": "Pass", "Assign": {"run": "r-1"}, "Next": "Map"},
        "Map": distributed(child),
    }
    assert output(machines.run(states, [1])) == [False]


def test_one_failed_child_fails_the_map_run_and_stops_the_others(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child = {
        "Odd": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$states.input = 1"), "Next": "Break"}],
            "Default": "Wait",
        },
        "Break": failing("Odd"),
        "Wait": {"Type": "Wait", "Seconds": 3600, "End": True},
    }
    execution = machines.start(machines.create({"Map": distributed(child)}), [2, 1])
    ended = machines.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert machines.kinds(execution)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    (run,) = machines.steps.list_map_runs(executionArn=execution)["mapRuns"]
    found = machines.steps.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert sorted(child["status"] for child in found) == ["ABORTED", "FAILED"]


def test_a_map_run_bears_as_many_failures_as_it_may(fresh_region: Region) -> None:
    """A failed child's place in the result is its execution's description (developer guide, "ResultWriter")."""
    machines = Machines(fresh_region)
    all_tolerated = distributed(odd_ones_fail(), ToleratedFailurePercentage=100)
    first, second = output(machines.run({"Map": all_tolerated}, [1, 2]))
    assert (first["Status"], first["Error"], second) == ("FAILED", "Odd", 2)
    by_variable = distributed(odd_ones_fail(), ToleratedFailureCount=expression("$states.context.Execution.Input[1]"))
    assert output(machines.run({"Map": by_variable}, [4, 1]))[0] == 4
    too_many = machines.run({"Map": distributed(odd_ones_fail(), ToleratedFailurePercentage=30)}, [1, 3, 4, 6])
    assert too_many["error"] == "States.ExceedToleratedFailureThreshold"
    half = distributed(odd_ones_fail(), ToleratedFailurePercentage=50)
    assert machines.run({"Map": half}, [1, 3, 4, 6])["status"] == "SUCCEEDED"


def test_no_more_children_run_than_the_concurrency_allows(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
    execution = machines.start(machines.create({"Map": distributed(child, MaxConcurrency=2)}), [1, 2, 3])
    run = eventually(lambda: machines.steps.list_map_runs(executionArn=execution)["mapRuns"])[0]["mapRunArn"]

    def counts() -> tuple[int, int]:
        found = machines.steps.describe_map_run(mapRunArn=run)["itemCounts"]
        return found["running"], found["pending"]

    eventually(lambda: counts() == (2, 1))
    fresh_region.control.speed = 600
    assert len(output(machines.ended(execution))) == 3


def test_a_map_run_of_many_items_takes_seconds(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    started = time.monotonic()
    given = list(range(200))
    assert output(machines.run({"Map": distributed({"Give": passing()})}, given)) == given
    assert time.monotonic() - started < 15


def test_an_inline_map_has_items_a_selector_an_output_and_variables(fresh_region: Region) -> None:
    """ "Outer scope" variables are seen inside; what is assigned inside ends with the iteration."""
    machines = Machines(fresh_region)
    inner = {
        "Add": {
            "Type": "Pass",
            "Assign": {"total": expression("$base + $states.input.number")},
            "Next": "Give",
        },
        "Give": passing(expression("$total")),
    }
    states = {
        "Set": {"Type": "Pass", "Assign": {"base": 10}, "Next": "Map"},
        "Map": {
            **inline(inner, Items=expression("[1..3]"), ItemSelector=ITEM),
            "Assign": {"all": expression("$states.result")},
            "Output": expression("$count($states.result)"),
            "Next": "Look",
        },
        "Look": passing(expression("{'all': $all, 'count': $states.input, 'seen': $exists($total)}")),
    }
    del states["Map"]["End"]
    assert output(machines.run(states)) == {"all": [11, 12, 13], "count": 3, "seen": False}


def test_parallel_branches_take_the_arguments_and_the_state_makes_the_output(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    branches = [
        {"StartAt": name, "States": {name: passing(expression(f"$states.input.{field}"))}}
        for name, field in (("One", "a"), ("Two", "b"))
    ]
    state = {
        "Type": "Parallel",
        "Branches": branches,
        "Arguments": {"a": expression("$states.input.x"), "b": 2},
        "Output": {"sum": expression("$sum($states.result)")},
        "Assign": {"both": expression("$states.result")},
        "Next": "Look",
    }
    states = {"Both": state, "Look": passing(expression("[$states.input.sum, $both]"))}
    assert output(machines.run(states, {"x": 1})) == [3, 1, 2]


def test_a_failure_is_caught_in_its_branch_or_by_the_state_and_stops_the_others(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    waiting = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    broken = {"StartAt": "Break", "States": {"Break": failing("Broken")}}
    caught = [{"ErrorEquals": ["Broken"], "Next": "Mend", "Output": expression("$states.errorOutput.Cause")}]
    states = {
        "Both": {"Type": "Parallel", "Branches": [waiting, broken], "Catch": caught, "Next": "Mend"},
        "Mend": passing(),
    }
    execution = machines.start(machines.create(states))
    assert output(machines.ended(execution)) == "as told"
    assert machines.kinds(execution)[-6:] == [
        "WaitStateAborted",
        "ParallelStateFailed",
        "ParallelStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    inner = {
        "StartAt": "Try",
        "States": {
            "Try": {
                **inline({"Break": failing()}, Items=[1]),
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Go"}],
            },
            "Go": passing("mended"),
        },
    }
    assert output(machines.run({"Both": {"Type": "Parallel", "Branches": [inner], "End": True}})) == ["mended"]


def test_what_is_no_array_cannot_be_gone_through(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    execution = machines.start(machines.create({"Map": inline({"Give": passing()}, Items=expression("1"))}))
    ended = machines.ended(execution)
    assert ended["error"] == "States.QueryEvaluationError"
    assert "Expected 'array', but was 'number' for value: 1" in ended["cause"]
    assert machines.kinds(execution)[2:] == ["EvaluationFailed", "MapStateFailed", "ExecutionFailed"]
