"""After several nodes in a row that could not be wired no more are replaced: what counts, and what ends it."""

import time
from typing import Any, cast

import pytest

from nodenet.aws.store import Store
from nodenet.nodes.failure import STORM
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import State
from tests.unit.cloud import LAUNCH_HOOK, Cloud
from tests.unit.deliveries import NO_ADDRESS, instance_of

UPF = "eks:nodegroup-name=upf"


def waiting_node(cloud: Cloud) -> tuple[Message, str]:
    """A node at the hook, and its zone."""
    cloud.group()
    (message,) = cloud.launch_actions()
    return message, cloud.zone_of(instance_of(message))


@pytest.mark.parametrize("elsewhere", ["another zone", "another group"])
def test_failures_of_another_zone_or_group_hold_no_node(cloud: Cloud, elsewhere: str) -> None:
    message, zone = waiting_node(cloud)
    other = (UPF, f"not-{zone}") if elsewhere == "another zone" else ("eks:nodegroup-name=amf", zone)
    cloud.store.failed[other] = STORM
    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    (outcome,) = cloud.launch(message)
    assert outcome.state is State.FAILED
    assert cloud.store.failed == {other: STORM, (UPF, zone): 1}


def test_after_failures_of_its_own_zone_and_group_a_node_is_held(cloud: Cloud) -> None:
    message, zone = waiting_node(cloud)
    cloud.store.failed[UPF, zone] = STORM
    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    (outcome,) = cloud.launch(message)
    assert outcome.state is State.HELD
    assert cloud.states() == ["Pending:Wait"]


def test_a_node_that_went_into_service_ends_the_storm_of_its_zone_alone(cloud: Cloud) -> None:
    message, zone = waiting_node(cloud)
    cloud.store.failed.update({(UPF, zone): STORM, (UPF, "elsewhere"): STORM})
    cloud.launch(message)
    assert cloud.store.failed == {(UPF, "elsewhere"): STORM}


def test_a_duplicate_for_a_node_in_service_does_not_end_the_storm(cloud: Cloud) -> None:
    message, zone = waiting_node(cloud)
    cloud.launch(message)
    cloud.store.failed[UPF, zone] = STORM
    cloud.launch(message)
    assert cloud.store.failed == {(UPF, zone): STORM}


def test_a_node_without_a_hook_does_not_end_the_storm(cloud: Cloud) -> None:
    node = cloud.instance()
    cloud.store.failed[UPF, cloud.zone_of(node)] = STORM
    (ready,) = cloud.launch(cloud.running(node))
    assert ready.state is State.READY
    assert list(cloud.store.failed.values()) == [STORM]


def test_a_node_whose_wait_ends_before_the_abandon_counts_as_no_failure(cloud: Cloud) -> None:
    message, _ = waiting_node(cloud)

    def let_go() -> None:
        cloud.autoscaling.complete_lifecycle_action(
            AutoScalingGroupName="workers",
            LifecycleHookName=LAUNCH_HOOK,
            InstanceId=instance_of(message),
            LifecycleActionResult="CONTINUE",
        )

    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    cloud.fail("CompleteLifecycleAction", "", action=let_go)
    (outcome,) = cloud.launch(message)
    assert outcome.state is State.FAILED
    assert cloud.states() == ["InService"]
    assert not cloud.store.failed
    assert not cloud.store.ends


@pytest.mark.parametrize(("seconds", "counted"), [(3600, 3), (-1, 0)])
def test_failures_are_forgotten_when_they_expire(seconds: int, counted: int) -> None:
    """DynamoDB deletes an expired item within days, and shows it until then (Developer Guide, "Time to Live")."""

    class Table:
        def get_item(self, **_: Any) -> dict[str, Any]:
            return {"Item": {"failures": {"N": "3"}, "expires": {"N": str(int(time.time()) + seconds)}}}

    assert Store(cast("Any", Table()), "table").failures(UPF, "eu-west-1a") == counted


def test_a_failure_is_remembered_for_a_day() -> None:
    written: dict[str, Any] = {}

    class Table:
        def update_item(self, **request: Any) -> None:
            written.update(request["ExpressionAttributeValues"])

    Store(cast("Any", Table()), "table").count_failure(UPF, "eu-west-1a")
    assert 0 <= time.time() + 86_400 - int(written[":expires"]["N"]) < 5
