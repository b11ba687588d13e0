"""Events to a bus: in the region, which checks signatures and policies, and against answers written by hand."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from local.region import Region
from node.agent.aws_calls import endpoint
from node.agent.connection import bus_of
from node.agent.credentials import Credentials
from node.agent.imds import Imds, ImdsUnavailable
from node.agent.put_events import Bus, Event, NotSent
from tests.node_daemon.test_credentials import nothing
from tests.node_daemon.web import Answer, web

ROLE = "arn:aws:iam::111122223333:role/claimer"


def event(number: int = 1) -> Event:
    return Event("Pod Addresses Claimed", {"network": "n3", "number": number, "pod": "ä/ü"})


@pytest.fixture
def role(fresh_region: Region) -> Iterator[dict[str, str]]:
    """The environment of a program that has assumed a role which may send to the bus; policies are enforced."""
    iam = fresh_region.client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="claimer", AssumeRolePolicyDocument=json.dumps(trust))
    may = {
        "Effect": "Allow",
        "Action": "events:PutEvents",
        "Resource": "arn:aws:events:eu-west-1:111122223333:event-bus/nodenet-prod-pods",
        "Condition": {"StringEquals": {"events:source": "nodenet.pods"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_role_policy(RoleName="claimer", PolicyName="it", PolicyDocument=policy)
    keys = fresh_region.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
    fresh_region.control.enforce_identity(on=True)
    yield {
        **fresh_region.environment(),
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    fresh_region.control.enforce_identity(on=False)


def bus(environment: dict[str, str], name: str = "nodenet-prod-pods") -> Bus:
    return Bus(name, "eu-west-1", environment, Credentials(environment, "eu-west-1", nothing), lambda _: False)


def test_events_arrive_on_the_bus(fresh_region: Region, queue: str, role: dict[str, str]) -> None:
    assert bus(role).put([event(number) for number in range(10)]) == [None] * 10
    sqs = fresh_region.client("sqs")
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + 10
    while len(found) < 10 and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found += [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    assert sorted(one["detail"]["number"] for one in found) == list(range(10))
    assert {(one["source"], one["detail-type"], one["detail"]["pod"]) for one in found} == {
        ("nodenet.pods", "Pod Addresses Claimed", "ä/ü")
    }


def test_a_wrong_secret_is_found_out_and_not_tried_again(queue: str, role: dict[str, str]) -> None:
    """So that the tests above do prove the signature."""
    (missed,) = bus({**role, "AWS_SECRET_ACCESS_KEY": "guess"}).put([event()])
    assert missed is not None
    assert "Signature" in missed.reason
    assert not missed.passing


def test_another_bus_is_refused_by_the_roles_policy(queue: str, role: dict[str, str]) -> None:
    (missed,) = bus(role, "nodenet-other-pods").put([event()])
    assert missed is not None
    assert "AccessDenied" in missed.reason
    assert not missed.passing


def test_a_throttled_call_is_tried_again(fresh_region: Region, queue: str, role: dict[str, str]) -> None:
    fresh_region.control.fail("events", "PutEvents", code="ThrottlingException", status=400)
    assert bus(role).put([event()]) == [None]


def scripted(*answers: Answer, entries: int = 1, waits: list[float] | None = None) -> tuple[list[Any], list[list[int]]]:
    """What `put` returns when the bus answers so, and the numbers of the events in each call."""
    left = list(answers)
    with web(lambda *_: left.pop(0)) as server:
        environment = {"AWS_ENDPOINT_URL_EVENTS": server.url, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}
        credentials = Credentials(environment, "eu-west-1", nothing)
        pauses = [] if waits is None else waits
        sender = Bus("b", "eu-west-1", environment, credentials, pauses.append)
        answered = sender.put([event(number) for number in range(entries)])
    calls = [
        [json.loads(each["Detail"])["number"] for each in json.loads(body)["Entries"]] for *_, body in server.asked
    ]
    return answered, calls


def entries(*codes: str) -> Answer:
    """An answer of EventBridge with an error for some entries."""
    results = [{"ErrorCode": code, "ErrorMessage": "m"} if code else {"EventId": "e"} for code in codes]
    return 200, json.dumps({"FailedEntryCount": sum(map(bool, codes)), "Entries": results})


def error(code: str, status: int = 400) -> Answer:
    return status, json.dumps({"__type": f"com.amazonaws#{code}", "message": "m"})


def test_of_a_call_that_half_fails_only_the_failed_entries_are_sent_again() -> None:
    """EventBridge API Reference, PutEventsResultEntry: which errors are retryable."""
    answered, calls = scripted(
        entries("", "ThrottlingException", "MalformedDetail", "InternalFailure"),
        entries("InternalFailure", ""),
        entries(""),
        entries=4,
    )
    assert answered == [None, None, NotSent("MalformedDetail: m", passing=False), None]
    assert calls == [[0, 1, 2, 3], [1, 3], [1]]


@pytest.mark.parametrize(
    ("first", "tried_again"),
    [
        (error("InternalException", 500), True),
        ((503, "<html>busy</html>"), True),
        (error("ThrottlingException"), True),
        (error("ExpiredTokenException"), True),
        ((200, "not JSON"), True),
        ((200, "[]"), True),
        (error("AccessDeniedException"), False),
        (error("ResourceNotFoundException"), False),
    ],
)
def test_only_what_passes_by_itself_is_tried_again(first: Answer, tried_again: bool) -> None:
    (answered,), calls = scripted(first, entries(""))
    assert len(calls) == (2 if tried_again else 1)
    assert (answered is None) == tried_again


def test_attempts_end_and_their_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    pauses: list[float] = []
    (answered,), calls = scripted(*[error("ThrottlingException")] * 5, waits=pauses)
    assert answered.passing
    assert len(calls) == 4
    assert pauses == [0.4, 0.8, 1.6]


def test_no_answer_at_all_passes() -> None:
    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}
    (missed,) = bus(environment).put([event()])
    assert missed is not None
    assert missed.passing


def test_without_keys_nothing_is_sent_and_the_source_is_named() -> None:
    (missed,) = bus({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}).put([event()])
    assert missed == NotSent(
        "no AWS credentials from the instance's role: ImdsUnavailable('iam/security-credentials/')", True
    )


def test_every_regions_endpoint_is_where_botocore_says() -> None:
    document = Loader().load_data("partitions")
    checked = 0
    for partition in document["partitions"]:
        for region in partition["regions"]:
            if "global" not in region:
                for service in ("events", "sts"):
                    assert (
                        endpoint(service, region, {})
                        == f"https://{service}.{region}.{partition['outputs']['dnsSuffix']}/"
                    )
                checked += 1
    assert checked > 30


def test_the_bus_is_the_one_that_the_stack_makes() -> None:
    template = (Path(__file__).parents[2] / "template.yaml").read_text()
    assert "nodenet-${ClusterName}-pods" in template
    environment = {"AWS_REGION": "eu-west-1"}
    made, node = bus_of("prod", Shown({"instance-id": "i-1"}), environment, lambda _: None)
    assert (made._name, node) == ("nodenet-prod-pods", "i-1")


def test_the_region_is_the_environments_or_else_the_instances() -> None:
    metadata = Shown({"instance-id": "i-1", "placement/region": "cn-north-1"})
    made, _ = bus_of("prod", metadata, {}, lambda _: None)
    assert made._url == "https://events.cn-north-1.amazonaws.com.cn/"
    with pytest.raises(ImdsUnavailable, match="no instance-id or no placement/region"):
        bus_of("prod", Shown({"instance-id": "i-1"}), {}, lambda _: None)


class Shown(Imds):
    """Metadata that holds just this."""

    def __init__(self, content: dict[str, str]) -> None:
        super().__init__()
        self._content = content

    def get(self, category: str) -> str | None:
        return self._content.get(category)


def test_an_endpoint_of_the_environment_goes_before() -> None:
    """AWS SDKs and Tools Reference Guide, "Service-specific endpoints"."""
    both = {"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_EVENTS": "http://b/"}
    assert endpoint("events", "eu-west-1", both) == "http://b/"
    assert endpoint("sts", "eu-west-1", both) == "http://a/"
