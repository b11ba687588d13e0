"""Who may claim, and what claimants and those who listen are told."""

import json
from typing import Any, cast

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

from nodenet.aws.address_bus import AddressBus
from nodenet.claims.outcome import Outcome, State
from nodenet.claims.register import Key, Record
from nodenet.claims.register import State as Held
from nodenet.claims.requests import NodeGone, Request, parse
from tests.contracts.stack import CLAIMER, Stack, sample

OTHER = "arn:aws:iam::111122223333:role/admin"
TWO = f"{CLAIMER},arn:aws:iam::111122223333:role/init"
HOLDER = Record(Key("n3", "10.0.4.225"), Held.REGISTERED, "core/upf-0", 1795166040, "i-0b5f2c7d91e3a4608", "eni-1")


def decision(claimers: str, principal: str, source: str = "nodenet.pods") -> str:
    """What the bus says of PutEvents by the principal."""
    statements = Stack(ClusterName="demo", ClaimerRoleArns=claimers).of_type("AWS::Events::EventBusPolicy").values()
    document = {"Version": "2012-10-17", "Statement": [each["Statement"] for each in statements]}
    request = EvalContext(
        principal_arn=principal,
        principal_type="AWS",
        principal_account="111122223333",
        action="events:PutEvents",
        resource_arn="ClaimBus.Arn",
        region="eu-west-1",
        service_context={"events:source": source},
    )
    return str(evaluate_resource_policy(document, request).decision)


def test_the_bus_admits_claimers_with_claims_and_denies_everybody_else_whatever_their_own_policies_say() -> None:
    """A Deny wins over every Allow: "Policy evaluation logic", AWS IAM User Guide."""
    for claimer in TWO.split(","):
        assert decision(TWO, claimer) == "Allow"
        assert decision(TWO, claimer, "aws.ec2") != "Allow"
    for other in (OTHER, f"{CLAIMER}-2", "arn:aws:iam::444455556666:role/claimers", "arn:aws:iam::111122223333:root"):
        assert decision(TWO, other) == "Deny"


def test_a_statement_s_id_is_its_name() -> None:
    """ "StatementId", AWS::Events::EventBusPolicy, CloudFormation Template Reference: unique on a bus."""
    policies = Stack(ClusterName="demo", ClaimerRoleArns=CLAIMER).of_type("AWS::Events::EventBusPolicy")
    assert {name: each["StatementId"] for name, each in policies.items()} == {name: name for name in policies}
    assert {each["EventBusName"] for each in policies.values()} == {"ClaimBus"}


def test_without_claimers_there_is_nothing_for_claims() -> None:
    with_claimers, without = Stack(ClusterName="demo", ClaimerRoleArns=CLAIMER), Stack(ClusterName="demo")
    more = with_claimers.resources.keys() - without.resources.keys()
    assert not [name for name in without.resources if name.startswith(("Claim", "PublicAddresses"))]
    assert {"ClaimBus", "ClaimRule", "ClaimQueue", "ClaimFunction", "ClaimFunctionQueue", "ClaimRole"} <= more


def test_a_burst_comes_in_large_batches() -> None:
    """More than ten need a window of a second ("Creating an event source mapping", AWS Lambda Developer Guide)."""
    mapping = Stack(ClusterName="demo", ClaimerRoleArns=CLAIMER).of_type("AWS::Lambda::EventSourceMapping")
    claims = mapping["ClaimFunctionQueue"]
    assert (claims["BatchSize"], claims["MaximumBatchingWindowInSeconds"]) == (500, 1)


@pytest.mark.parametrize("name", ["pod-addresses-claimed", "pod-addresses-released"])
def test_a_sample_of_a_claimer_is_understood(name: str) -> None:
    event = sample(name)
    request = parse(json.dumps(event), "demo")
    assert isinstance(request, Request)
    assert request.kind == event["detail-type"]
    assert list(request.addresses) == event["detail"]["addresses"]


def test_the_end_of_an_instance_is_understood() -> None:
    assert isinstance(parse(json.dumps(sample("terminated")), "demo"), NodeGone)


TOLD = [
    ("pod-addresses-registered", Outcome(State.REGISTERED, "", public={"10.0.4.225": "198.51.100.7"})),
    ("pod-addresses-refused", Outcome(State.REFUSED, "", holder=HOLDER)),
    ("pod-addresses-refused", Outcome(State.STALE, "", holder=HOLDER)),
]


@pytest.mark.parametrize(("name", "outcome"), TOLD)
def test_what_is_published_has_the_fields_of_the_sample(name: str, outcome: Outcome) -> None:
    event = sample(name)
    sent: list[dict[str, Any]] = []

    class Client:
        def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
            sent.extend(Entries)
            return {"Entries": [{"EventId": event["id"]}]}

    AddressBus(cast("Any", Client()), "default", "demo").tell([outcome])
    [entry] = sent
    detail = json.loads(entry["Detail"])
    assert (entry["Source"], entry["DetailType"]) == (event["source"], event["detail-type"])
    assert list(detail) == list(event["detail"])
    assert bool(detail["holder"]) == bool(event["detail"]["holder"])
    if detail["holder"]:
        assert detail["holder"] == event["detail"]["holder"]
