"""The events of executions: which, how many, in pages, and no more than the quota.

API reference, HistoryEvent, GetExecutionHistory; Step Functions developer guide, "Starting new executions to avoid
reaching the history quota". The sequences were measured at AWS by the LocalStack project's snapshot tests.
"""

from typing import Any

from local.region import Region
from tests.region.steps_machines import Machines, expression, failing, output, passing


def test_each_kind_of_state_has_its_events(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    states = {
        "Pass": passing(Next="Choose"),
        "Choose": {"Type": "Choice", "Choices": [{"Condition": expression("true"), "Next": "Wait"}], "Default": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Map"},
        "Map": {
            "Type": "Map",
            "Items": [1],
            "ItemProcessor": {"StartAt": "In", "States": {"In": passing()}},
            "Next": "Both",
        },
        "Both": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": passing()}}], "Next": "Done"},
        "Done": {"Type": "Succeed", "Output": expression("$states.input[0]")},
    }
    fresh_region.control.speed = 20
    execution = machines.start(machines.create(states))
    machines.ended(execution)
    assert [kind.replace("State", "") for kind in machines.kinds(execution)] == [
        "ExecutionStarted",
        *("PassEntered", "PassExited", "ChoiceEntered", "ChoiceExited", "WaitEntered", "WaitExited"),
        *("MapEntered", "MapStarted", "MapIterationStarted", "PassEntered", "PassExited", "MapIterationSucceeded"),
        *("MapSucceeded", "MapExited"),
        *("ParallelEntered", "ParallelStarted", "PassEntered", "PassExited", "ParallelSucceeded", "ParallelExited"),
        *("SucceedEntered", "SucceedExited", "ExecutionSucceeded"),
    ]


def test_events_name_their_predecessors_and_what_went_in_and_out(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    states = {"One": passing({"a": 1}, Assign={"x": 5}, Next="Two"), "Two": failing()}
    execution = machines.start(machines.create(states), {"in": True})
    machines.ended(execution)
    events = machines.history(execution)
    assert [(event["id"], event["previousEventId"]) for event in events] == [(1, 0), (2, 0), (3, 2), (4, 3), (5, 4)]
    assert events[0]["executionStartedEventDetails"]["input"] == '{"in": true}'
    left = events[2]["stateExitedEventDetails"]
    assert (left["name"], left["output"], left["assignedVariables"]) == ("One", '{"a":1}', {"x": "5"})
    assert events[3]["stateEnteredEventDetails"]["input"] == '{"a":1}'
    assert events[4]["executionFailedEventDetails"] == {"error": "Broken", "cause": "as told"}


def test_a_failed_iteration_and_those_beside_it(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    inner = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$states.input = 1"), "Next": "Pause"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 3600, "End": True},
        "Pause": {"Type": "Wait", "Seconds": 5, "Next": "Break"},
        "Break": failing(),
    }
    state = {
        "Type": "Map",
        "Items": [0, 1],
        "ItemProcessor": {"StartAt": "Choose", "States": inner},
        "End": True,
    }
    fresh_region.control.speed = 20
    execution = machines.start(machines.create({"Map": state}))
    machines.ended(execution)
    assert machines.kinds(execution)[-6:] == [
        "FailStateEntered",
        "MapIterationFailed",
        "MapIterationAborted",
        "WaitStateAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    (failed,) = [event for event in machines.history(execution) if event["type"] == "MapIterationFailed"]
    assert failed["mapIterationFailedEventDetails"] == {"name": "Map", "index": 1}


def test_a_history_is_read_in_pages_from_either_end_and_without_data(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    states = {f"P{number}": passing(Next=f"P{number + 1}") for number in range(9)} | {"P9": passing()}
    execution = machines.start(machines.create(states), "secret")
    machines.ended(execution)

    def ids(**more: Any) -> list[int]:
        pages = machines.steps.get_paginator("get_execution_history").paginate(executionArn=execution, **more)
        return [event["id"] for page in pages for event in page["events"]]

    assert ids() == list(range(1, 23))
    assert ids(maxResults=5) == list(range(1, 23))
    assert ids(maxResults=5, reverseOrder=True) == list(range(22, 0, -1))
    without = machines.steps.get_execution_history(executionArn=execution, includeExecutionData=False)
    assert "secret" not in str(without["events"])
    assert without["events"][1]["stateEnteredEventDetails"] == {"name": "P0"}


def loop() -> dict[str, Any]:
    """Two states, four events a round, without end; `stop` ends it after so many rounds."""
    return {
        "Count": {"Type": "Pass", "Assign": {"n": expression("$exists($n) ? $n + 1 : 1")}, "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$n < $states.context.Execution.Input"), "Next": "Count"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }


def test_the_last_event_of_a_full_history_is_an_end(fresh_region: Region) -> None:
    """ "If the event number 25,000 is ExecutionSucceeded, the execution finishes successfully"; else it fails there."""
    machines = Machines(fresh_region)
    fresh_region.control.limit_executions(history_events=44)
    machine = machines.create(loop())
    fits = machines.start(machine, 10)
    assert machines.ended(fits)["status"] == "SUCCEEDED"
    assert len(machines.history(fits)) == 44
    too_long = machines.start(machine, 11)
    ended = machines.ended(too_long)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert ended["cause"] == "The execution reached the maximum number of history events (44)."
    assert len(machines.history(too_long)) == 44
    assert (ended["redriveStatus"], ended["redriveStatusReason"]) == (
        "NOT_REDRIVABLE",
        "Execution history event limit exceeded",
    )


def test_the_limit_is_the_documented_one_at_first(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    execution = machines.start(machines.create(loop()), 100)
    output(machines.ended(execution))
    assert len(machines.history(execution)) == 404
