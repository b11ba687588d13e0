"""Which events reach which queue: the samples of events/ against the patterns of template.yaml.

Matching is moto's, after "Event patterns" in the Amazon EventBridge User Guide: a plain value matches itself only.
"""

import copy
from typing import Any

import pytest

from tests.contracts.stack import CLAIMER, EVENTS, Stack, sample

REACHES = {
    "launch": {"LaunchActionRule"},
    "launch-into-warm-pool": {"LaunchActionRule"},
    "launch-from-warm-pool": {"LaunchActionRule"},
    "launch-foreign-hook": set(),
    "terminate": {"TerminateActionRule"},
    "terminate-into-warm-pool": {"TerminateActionRule"},
    "terminate-from-warm-pool": {"TerminateActionRule"},
    "running": {"InstanceRunningRule"},
    "terminated": {"InstanceTerminatedRule"},
    "scheduled": set(),
    "node-network-ready": set(),
    "node-network-failed": set(),
    "pod-addresses-claimed": set(),
    "pod-addresses-released": set(),
    "pod-addresses-registered": set(),
    "pod-addresses-refused": set(),
}
CLAIMED = {
    **REACHES,
    "terminated": {"InstanceTerminatedRule", "ClaimNodeGoneRule"},
    "pod-addresses-claimed": {"ClaimRule"},
    "pod-addresses-released": {"ClaimRule"},
}


def test_every_sample_has_its_expectation() -> None:
    assert set(REACHES) == {path.stem for path in EVENTS.glob("*.json")}


@pytest.mark.parametrize(("name", "rules"), REACHES.items())
def test_a_sample_matches_exactly_its_rules(name: str, rules: set[str]) -> None:
    assert Stack(ClusterName="demo").matching_rules(sample(name)) == rules


@pytest.mark.parametrize(("name", "rules"), CLAIMED.items())
def test_with_claimers_their_events_and_the_end_of_instances_reach_the_claim_queue_too(
    name: str, rules: set[str]
) -> None:
    assert Stack(ClusterName="demo", ClaimerRoleArns=CLAIMER).matching_rules(sample(name)) == rules


def for_hook(hook: str) -> dict[str, Any]:
    event = copy.deepcopy(sample("launch"))
    event["detail"]["LifecycleHookName"] = hook
    return event


@pytest.mark.parametrize(
    "hook", ["nodenet-prod-eu-launch", "nodenet-prod", "nodenet-prod-launch-2", "nodenet-pro-launch"]
)
def test_a_hook_of_a_cluster_with_a_similar_name_is_not_matched(hook: str) -> None:
    """The peers' fault 11, and why no rule matches by prefix: "prod" begins "prod-eu"."""
    prod = Stack(ClusterName="prod")
    assert prod.matching_rules(for_hook("nodenet-prod-launch")) == {"LaunchActionRule"}
    assert prod.matching_rules(for_hook(hook)) == set()


def test_a_launch_with_the_name_of_the_terminate_hook_reaches_no_queue() -> None:
    assert Stack(ClusterName="demo").matching_rules(for_hook("nodenet-demo-terminate")) == set()


@pytest.mark.parametrize("state", ["pending", "stopping", "stopped", "shutting-down"])
def test_other_instance_states_reach_no_queue(state: str) -> None:
    """States: "State change events for Amazon EC2 instances" in the Amazon EC2 User Guide."""
    event = sample("running")
    event["detail"]["state"] = state
    assert Stack(ClusterName="demo").matching_rules(event) == set()


def test_instance_states_are_not_watched_when_switched_off() -> None:
    stack = Stack(ClusterName="demo", WatchInstances="false")
    assert stack.matching_rules(sample("running")) == set()
    assert stack.matching_rules(sample("terminated")) == set()
    assert stack.matching_rules(sample("launch")) == {"LaunchActionRule"}


@pytest.mark.parametrize("claimers", ["", CLAIMER])
@pytest.mark.parametrize("watch", ["true", "false"])
def test_a_rule_feeds_one_queue_retries_and_has_a_dead_letter_queue(watch: str, claimers: str) -> None:
    """Retries and dead-letter queues: "How EventBridge retries delivering events", EventBridge User Guide."""
    stack = Stack(ClusterName="demo", WatchInstances=watch, ClaimerRoleArns=claimers)
    queues = {f"{name}.Arn" for name in stack.of_type("AWS::SQS::Queue")}
    rules = stack.of_type("AWS::Events::Rule")
    assert len(rules) == (4 if watch == "true" else 2) + (2 if claimers else 0)
    for rule in rules.values():
        [target] = rule["Targets"]
        assert target["Arn"] in {"LaunchQueue.Arn", "TerminateQueue.Arn", "ClaimQueue.Arn"}
        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert target["DeadLetterConfig"]["Arn"] in queues - {target["Arn"]}


@pytest.mark.parametrize("claimers", ["", CLAIMER])
@pytest.mark.parametrize("watch", ["true", "false"])
def test_a_queue_admits_exactly_the_rules_that_feed_it(watch: str, claimers: str) -> None:
    """ "Amazon SQS permissions" in the EventBridge User Guide: the rule is named by aws:SourceArn."""
    stack = Stack(ClusterName="demo", WatchInstances=watch, ClaimerRoleArns=claimers)
    feeds: dict[str, set[str]] = {}
    for name, rule in stack.of_type("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            feeds.setdefault(target["Arn"], set()).add(f"{name}.Arn")
            feeds.setdefault(target["DeadLetterConfig"]["Arn"], set()).add(f"{name}.Arn")
    admitted = {}
    for policy in stack.of_type("AWS::SQS::QueuePolicy").values():
        [statement] = policy["PolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        assert [f"{queue}.Arn" for queue in policy["Queues"]] == [statement["Resource"]]
        admitted[statement["Resource"]] = set(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert admitted == feeds
