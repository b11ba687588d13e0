"""What goes wrong with one node, with the table or with the bus harms nobody else, and makes no second message."""

from collections.abc import Sequence

import pytest

from nodenet.errors import HeldError, NodenetError, Throttled
from nodenet.limits import shipped
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import Claim, End
from tests.unit.cloud import Cloud, MemoryBus, MemoryStore
from tests.unit.deliveries import instance_of, older, redelivered

NEW_TYPE = "m5.xlarge"
REFUSALS = [HeldError("UpdateItem: AccessDeniedException"), Throttled("UpdateItem: ThrottlingException")]


class Bug(Exception):
    """What nobody foresaw."""


def bug() -> None:
    raise Bug


class StoreWithABug(MemoryStore):
    """Fails for one node."""

    victim = ""

    def claim(self, instance_id: str, until: float, owner: str, ended: Sequence[str] = ()) -> Claim | None:
        if instance_id == self.victim:
            raise Bug
        return super().claim(instance_id, until, owner, ended)


class StoreThatRefuses(MemoryStore):
    """DynamoDB refuses some of the writes."""

    def __init__(self, error: NodenetError, *, records: bool = True, releases: bool = True) -> None:
        super().__init__()
        self.error, self.records_refused, self.releases_refused = error, records, releases

    def record(self, outcome: Outcome) -> None:
        if self.records_refused:
            raise self.error
        super().record(outcome)

    def release(self, instance_id: str, end: End | None) -> None:
        if self.releases_refused:
            raise self.error
        super().release(instance_id, end)


class BusThatRefuses(MemoryBus):
    def publish(self, detail_type: str, outcome: Outcome) -> None:
        raise HeldError("PutEvents: AccessDeniedException")


# ---- what nobody foresaw


@pytest.fixture
def new_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """NEW_TYPE is not in the shipped table: EC2 is asked for its limits."""
    monkeypatch.setattr("nodenet.limits.shipped", lambda each: None if each == NEW_TYPE else shipped(each))


def failing(cloud: Cloud, *messages: Message) -> set[str]:
    """The messages that fail."""
    failed = set()
    for message_id, result in cloud.results(*messages).items():
        try:
            result()
        except Bug:
            failed.add(message_id)
    return failed


def test_a_bug_while_claiming_fails_the_messages_of_its_node_alone(cloud: Cloud) -> None:
    good, bad = cloud.running(cloud.instance()), cloud.running(cloud.instance())
    cloud.store = StoreWithABug()
    cloud.store.victim = instance_of(bad)
    assert failing(cloud, good, bad) == {bad.id}
    assert cloud.networks_of(instance_of(good)) == ["n3", "n6"]


@pytest.mark.usefixtures("new_type")
def test_a_bug_while_deciding_fails_the_messages_of_its_node_alone(cloud: Cloud) -> None:
    good, bad = cloud.running(cloud.instance()), cloud.running(cloud.instance(instance_type=NEW_TYPE))
    cloud.fail("DescribeInstanceTypes", "", action=bug)
    assert failing(cloud, good, bad) == {bad.id}
    assert cloud.networks_of(instance_of(good)) == ["n3", "n6"]


def test_a_bug_while_wiring_fails_all_messages_of_its_node_alone(cloud: Cloud) -> None:
    cloud.configure(names="n3")
    cloud.group(size=2)
    actions = cloud.launch_actions()
    running = [cloud.running(instance_of(action)) for action in actions]
    cloud.fail("CreateNetworkInterface", "", action=bug)
    failed = failing(cloud, *actions, *running)
    assert failed in [{action.id, event.id} for action, event in zip(actions, running, strict=True)]
    assert cloud.states() == ["InService", "Pending:Wait"]


def test_a_node_that_met_a_bug_is_wired_when_its_message_is_here_again(cloud: Cloud) -> None:
    message = cloud.running(cloud.instance())
    cloud.fail("CreateNetworkInterface", "", action=bug)
    assert failing(cloud, message) == {message.id}
    (ready,) = cloud.launch(redelivered(message))
    assert ready.state is State.READY
    assert len(cloud.enis()) == 2


@pytest.mark.usefixtures("new_type")
def test_a_type_that_ec2_refuses_to_describe_harms_no_other_node(cloud: Cloud) -> None:
    good, bad = cloud.running(cloud.instance()), cloud.running(cloud.instance(instance_type=NEW_TYPE))
    cloud.fail("DescribeInstanceTypes", "InvalidInstanceType", times=9)
    ready, held = cloud.launch(good, bad)
    assert (ready.state, held.state) == (State.READY, State.HELD)


# ---- the table


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("refused", ["records", "releases"])
def test_what_cannot_be_written_does_not_bring_the_message_of_a_waiting_node_back_as_well(
    cloud: Cloud, error: NodenetError, refused: str
) -> None:
    cloud.group()
    cloud.mistaken("anything")
    cloud.store = StoreThatRefuses(error, records=refused == "records", releases=refused == "releases")
    (held,) = cloud.launch(*cloud.launch_actions())
    assert held.state is State.HELD
    assert f"not recorded: {error}" in held.reason
    assert len(cloud.queue.sent) == 1


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: type(error).__name__)
def test_what_cannot_be_written_does_not_bring_a_ready_node_back(cloud: Cloud, error: NodenetError) -> None:
    cloud.group()
    cloud.store = StoreThatRefuses(error)
    (ready,) = cloud.launch(*cloud.launch_actions())
    assert ready.state is State.READY
    assert cloud.states() == ["InService"]
    assert not cloud.queue.sent


def test_a_table_that_cannot_be_reached_holds_the_node_in_one_message(cloud: Cloud) -> None:
    class Closed(MemoryStore):
        def claim(self, instance_id: str, until: float, owner: str, ended: Sequence[str] = ()) -> Claim | None:
            raise HeldError("UpdateItem: AccessDeniedException")

    cloud.group()
    cloud.store = Closed()
    (held,) = cloud.launch(*cloud.launch_actions())
    assert held.state is State.HELD
    assert len(cloud.queue.sent) == 1
    assert cloud.states() == ["Pending:Wait"]


# ---- the bus


def test_a_bus_that_refuses_keeps_no_node_waiting_and_the_next_delivery_tells(cloud: Cloud) -> None:
    cloud.group()
    cloud.bus = BusThatRefuses()
    (held,) = cloud.launch(*cloud.launch_actions())
    assert held.state is State.HELD
    assert cloud.states() == ["InService"]
    cloud.bus = MemoryBus()
    (ready,) = cloud.launch(*cloud.queue.take())
    assert ready.state is State.READY
    assert cloud.bus.kinds == ["Node Network Ready"]
    assert not cloud.queue.sent


def test_a_bus_that_refuses_makes_no_message_for_a_node_that_is_given_up(cloud: Cloud) -> None:
    cloud.mistaken("anything")
    cloud.bus = BusThatRefuses()
    (outcome,) = cloud.launch(older(cloud.running(cloud.instance()), hours=49))
    assert outcome.state is State.GIVEN_UP
    assert not cloud.queue.sent
