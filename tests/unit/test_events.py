"""Every sample event becomes what it is; whatever else comes is ignored with a reason."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodenet.events import Ignored, InstanceState, LaunchAction, Rollback, TerminateAction, parse, rollback_body

EVENTS = Path(__file__).parents[2] / "events" / "eventbridge"


def sample(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text()


@pytest.mark.parametrize(
    ("name", "kind", "origin", "destination"),
    [
        ("launch", LaunchAction, "EC2", "AutoScalingGroup"),
        ("launch-foreign-hook", LaunchAction, "EC2", "AutoScalingGroup"),
        ("launch-into-warm-pool", LaunchAction, "EC2", "WarmPool"),
        ("launch-from-warm-pool", LaunchAction, "WarmPool", "AutoScalingGroup"),
        ("terminate", TerminateAction, "AutoScalingGroup", "EC2"),
        ("terminate-into-warm-pool", TerminateAction, "AutoScalingGroup", "WarmPool"),
        ("terminate-from-warm-pool", TerminateAction, "WarmPool", "EC2"),
    ],
)
def test_a_lifecycle_action_says_what_is_needed_to_answer_it_and_where_the_instance_goes(
    name: str, kind: type, origin: str, destination: str
) -> None:
    event = parse(sample(name))
    assert isinstance(event, kind)
    assert isinstance(event, LaunchAction | TerminateAction)
    detail = json.loads(sample(name))["detail"]
    assert event.action.token == detail["LifecycleActionToken"]
    assert event.action.group_name == detail["AutoScalingGroupName"]
    assert event.action.hook == detail["LifecycleHookName"]
    assert event.instance_id == detail["EC2InstanceId"]
    assert (event.origin, event.destination) == (origin, destination)
    assert event.time.tzinfo is not None


@pytest.mark.parametrize("state", ["running", "terminated"])
def test_a_change_of_state_names_the_instance(state: str) -> None:
    event = parse(sample(state))
    assert isinstance(event, InstanceState)
    assert event.state == state
    assert event.instance_id == json.loads(sample(state))["detail"]["instance-id"]


def test_every_sample_is_read_or_ignored_by_its_name() -> None:
    ignored = {path.stem for path in EVENTS.glob("*.json") if isinstance(parse(path.read_text()), Ignored)}
    published = {"node-network-ready", "node-network-failed", "pod-addresses-registered", "pod-addresses-refused"}
    # What pods' claimers send goes to a bus and a parser of its own: nodenet.claims.requests.
    assert ignored == {"scheduled", "pod-addresses-claimed", "pod-addresses-released", *published}


def test_a_roll_back_is_read_as_it_was_written() -> None:
    now = datetime.now(UTC)
    assert parse(rollback_body("i-1", ("eni-1", "eni-2"), now)) == Rollback("i-1", ("eni-1", "eni-2"), now)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | json_values.map(json.dumps))
def test_nothing_that_can_be_in_a_message_is_an_error(body: str) -> None:
    assert isinstance(parse(body), Ignored)


@given(
    st.sampled_from(["aws.ec2", "aws.autoscaling", "nodenet"]),
    st.sampled_from(
        [
            "EC2 Instance State-change Notification",
            "EC2 Instance-launch Lifecycle Action",
            "EC2 Instance-terminate Lifecycle Action",
            "Node Network Rollback",
        ]
    ),
    json_values,
    json_values,
)
def test_a_known_kind_with_anything_in_it_is_no_error(source: str, kind: str, detail: object, time: object) -> None:
    body = json.dumps({"source": source, "detail-type": kind, "detail": detail, "time": time})
    assert isinstance(parse(body), Ignored)
