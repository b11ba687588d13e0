"""A node group that asks for it has its nodes drained before they are terminated, once, and all others go at once."""

import json
from dataclasses import replace

import pytest

from nodenet.configuration import parse
from nodenet.errors import ConfigurationError, Throttled
from nodenet.events import TerminateAction
from nodenet.migration.drain.drain_node import of_event
from nodenet.migration.request import Drain
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import State
from tests.unit.cloud import Cloud


def leave(cloud: Cloud, size: int = 1) -> list[Message]:
    """The terminate actions of a group that shrinks to nothing."""
    cloud.group(size)
    cloud.launch(*cloud.launch_actions())
    cloud.autoscaling.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=0)
    return cloud.messages("EC2 Instance-terminate Lifecycle Action")


@pytest.fixture
def draining(cloud: Cloud) -> Cloud:
    cloud.configure(group="drain: {timeout: 20m}")
    return cloud


def test_the_node_is_drained_and_its_action_waits(draining: Cloud) -> None:
    (message,) = leave(draining)
    (outcome,) = draining.terminate(message)
    assert (outcome.state, outcome.reason) == (State.WAITING, "drained for 1200 s at most")
    assert draining.states() == ["Terminating:Wait"]
    assert draining.calls == ["DescribeInstances"]


def test_the_execution_is_named_by_the_lifecycle_token_and_knows_whom_to_let_go(draining: Cloud) -> None:
    (message,) = leave(draining)
    draining.terminate(message)
    [((machine, name), given)] = draining.executions.started.items()
    assert isinstance(message.event, TerminateAction)
    action = message.event.action
    assert (machine, name) == ("arn:drain-node", f"terminate-{action.token}")
    asked = of_event({**json.loads(json.dumps(given)), "elapsed": 0, "turn": 0})
    assert asked.action == action
    assert asked.instance == action.instance_id
    # It goes in any case: what would be lost by an eviction is lost without one too.
    assert asked.options == Drain(timeout=1200, empty_dir=True, bare_pods=True)


def test_twice_is_once(draining: Cloud) -> None:
    (message,) = leave(draining)
    draining.terminate(message)
    (again,) = draining.terminate(message)
    assert again.reason == "its drain had begun before"
    assert len(draining.executions.started) == 1
    assert draining.states() == ["Terminating:Wait"]


def test_a_batch_of_nodes_costs_one_describe(draining: Cloud) -> None:
    messages = leave(draining, 3)
    draining.terminate(*messages)
    assert draining.calls == ["DescribeInstances"]
    assert len(draining.executions.started) == 3


def test_without_the_state_machine_the_node_goes_at_once_with_a_warning(draining: Cloud) -> None:
    draining.drain_machine = ""
    (outcome,) = draining.terminate(*leave(draining))
    assert outcome.state is State.GONE
    assert outcome.warns
    assert "MigrateAndDrain" in outcome.reason
    assert draining.state_of(outcome.instance_id) == "terminated"


def test_a_group_that_asks_for_none_has_its_nodes_go_at_once(cloud: Cloud) -> None:
    (outcome,) = cloud.terminate(*leave(cloud))
    assert outcome.state is State.GONE
    assert not outcome.warns
    assert not cloud.executions.started


def test_on_its_way_into_a_warm_pool_a_node_is_not_drained(draining: Cloud) -> None:
    (message,) = leave(draining)
    assert isinstance(message.event, TerminateAction)
    (outcome,) = draining.terminate(replace(message, event=replace(message.event, destination="WarmPool")))
    assert outcome.state is State.IGNORED
    assert not draining.executions.started


def test_a_configuration_that_is_wrong_keeps_no_node(draining: Cloud) -> None:
    (message,) = leave(draining)
    draining.mistaken("networks: missing")
    (outcome,) = draining.terminate(message)
    assert outcome.state is State.GONE
    assert outcome.warns
    assert "networks: missing" in outcome.reason
    assert draining.state_of(outcome.instance_id) == "terminated"


def test_what_may_pass_is_tried_again(draining: Cloud) -> None:
    (message,) = leave(draining)
    draining.fail("DescribeInstances", "RequestLimitExceeded", times=10)
    (outcome,) = draining.terminate(message)
    assert outcome.state is State.WAITING
    (again,) = draining.queue.take()
    draining.faults.clear()
    draining.terminate(again)
    assert len(draining.executions.started) == 1


def test_a_start_that_is_throttled_is_tried_again(draining: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    (message,) = leave(draining)

    def throttled(*_: object) -> bool:
        raise Throttled("the rate is spent")

    with monkeypatch.context() as patch:
        patch.setattr(draining.executions, "start", throttled)
        (outcome,) = draining.terminate(message)
    assert outcome.state is State.WAITING
    draining.terminate(*draining.queue.take())
    assert len(draining.executions.started) == 1


@pytest.mark.parametrize(("timeout", "seconds"), [("90s", 90), ("15m", 900), ("16h", 57_600), ("300", 300), ("", 900)])
def test_a_drain_s_time(cloud: Cloud, timeout: str, seconds: int) -> None:
    cloud.configure(group=f"drain: {{timeout: {timeout}}}" if timeout else "drain: {}")
    assert cloud.load().groups[0].drain == seconds


@pytest.mark.parametrize("timeout", ["17h", "0s", "soon", "-5", "true"])
def test_a_drain_ends_before_the_hook_does(cloud: Cloud, timeout: str) -> None:
    """After 100 heartbeats of ten minutes (LifecycleHook, GlobalTimeout, Auto Scaling API Reference)."""
    cloud.configure(group=f"drain: {{timeout: {timeout}}}")
    with pytest.raises(ConfigurationError, match=r"nodeGroups\[0\]\.drain\.timeout: "):
        parse(cloud.document)
