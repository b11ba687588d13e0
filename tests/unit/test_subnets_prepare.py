"""Preparing subnets at the region's own EC2: what is made, what a second run finds, and who comes between."""

from typing import Any

import pytest

from nodenet.errors import ConfigurationError, HeldError
from nodenet.interfaces.identity import NETWORK_TAG
from nodenet.networks import CLUSTER_TAG
from nodenet.subnets.answer import dry_run_of
from tests.unit.cloud import CLUSTER, Cloud, Killed
from tests.unit.subnet_stage import WANTED, Stage
from tests.unit.subnet_views import configuration


@pytest.fixture
def stage(cloud: Cloud) -> Stage:
    return Stage(cloud)


def test_what_is_missing_is_reserved_and_says_whose_it_is(stage: Stage) -> None:
    said = stage.run()
    assert [each["cidr"] for each in said["steps"]] == WANTED
    assert all(each["done"] and each["action"] == "reserve" for each in said["steps"])
    assert stage.reserved() == WANTED
    (first, *_) = stage.ec2.get_subnet_cidr_reservations(SubnetId=stage.a)["SubnetIpv4CidrReservations"]
    tags = {tag["Key"]: tag["Value"] for tag in first["Tags"]}
    assert tags == {CLUSTER_TAG: CLUSTER, NETWORK_TAG: "n3"}
    assert first["Description"] == "nodenet n3"


def test_a_second_run_changes_nothing_and_says_what_is_there(stage: Stage) -> None:
    stage.run()
    said = stage.run()
    assert (said["steps"], said["refused"], stage.changes()) == ([], [], [])
    assert sorted(each["what"] for each in said["kept"]) == WANTED
    assert all(each["id"].startswith("scr-") for each in said["kept"])


def test_a_dry_run_says_what_it_would_do_and_does_nothing(stage: Stage) -> None:
    said = stage.run(dry_run=True)
    assert [(each["cidr"], each["done"], each["error"]) for each in said["steps"]] == [
        (cidr, False, "") for cidr in WANTED
    ]
    assert said["dryRun"] is True
    assert (stage.reserved(), stage.changes()) == ([], [])


def test_slices_cost_a_describe_of_subnets_and_interfaces_and_a_call_for_each_subnet(stage: Stage) -> None:
    stage.run(dry_run=True)
    assert stage.cloud.calls == ["DescribeSubnets", "DescribeNetworkInterfaces", *["GetSubnetCidrReservations"] * 2]


@pytest.mark.parametrize("calls", [1, 4, 5, 6])
def test_a_run_that_is_killed_is_finished_by_the_next(stage: Stage, calls: int) -> None:
    stage.cloud.kill_after = calls
    with pytest.raises(Killed):
        stage.run()
    stage.cloud.kill_after = None
    said = stage.run()
    assert all(each["done"] for each in said["steps"])
    assert stage.reserved() == WANTED
    assert len(said["steps"]) + len(said["kept"]) == len(WANTED)


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_two_runs_at_once_end_in_the_same_place(stage: Stage, skip: int) -> None:
    """The other run does all its work between this one's reading and one of its changes."""
    stage.cloud.fail("CreateSubnetCidrReservation", "", skip=skip, action=lambda: other.append(stage.run()))
    other: list[dict[str, Any]] = []
    said = stage.run()
    assert other
    assert [each["error"] for each in said["steps"] if each["error"]] == []
    assert stage.reserved() == WANTED
    made = [each["cidr"] for run in (said, *other) for each in run["steps"] if each["done"]]
    assert sorted(made) == WANTED


def test_what_somebody_else_reserves_meanwhile_is_refused_in_the_end(stage: Stage) -> None:
    def meddle() -> None:
        stage.ec2.create_subnet_cidr_reservation(SubnetId=stage.b, Cidr="10.0.17.32/28", ReservationType="prefix")

    stage.cloud.fail("CreateSubnetCidrReservation", "", action=meddle)
    said = stage.run()
    assert [(each["subnet"], each["what"]) for each in said["refused"]] == [(stage.b, "10.0.17.32/28")]
    assert stage.reserved() == [*WANTED[:2], "10.0.17.32/28"]


def test_a_spent_rate_costs_time_only(stage: Stage) -> None:
    stage.cloud.fail("CreateSubnetCidrReservation", "RequestLimitExceeded", skip=1, times=2)
    assert all(each["done"] for each in stage.run()["steps"])
    assert stage.reserved() == WANTED


def test_when_the_time_is_up_the_answer_says_what_is_left(stage: Stage) -> None:
    said = stage.run(seconds=-1)
    assert {each["error"] for each in said["steps"]} == {"not tried, since the time was up: run it again"}
    assert stage.reserved() == []


def test_what_ec2_refuses_stands_in_the_answer_and_stops_nothing_else(stage: Stage) -> None:
    stage.cloud.fail("CreateSubnetCidrReservation", "UnauthorizedOperation", "not allowed")
    said = stage.run()
    assert [each["done"] for each in said["steps"]] == [True, True, False]
    assert "UnauthorizedOperation: not allowed" in said["steps"][-1]["error"]
    assert stage.reserved() == WANTED[1:]


def test_what_cannot_be_looked_at_ends_the_run(stage: Stage) -> None:
    stage.cloud.fail("GetSubnetCidrReservations", "UnauthorizedOperation")
    with pytest.raises(HeldError, match="GetSubnetCidrReservations"):
        stage.run()


def test_a_wrong_configuration_is_told_and_ec2_is_not_even_asked(stage: Stage) -> None:
    stage.wants = ConfigurationError(["networks.0.addresses: unknown"])
    said = stage.run()
    assert (said["configuration"], said["mistakes"]) == ("wrong", ["networks.0.addresses: unknown"])
    assert stage.cloud.calls == []


def test_a_configuration_without_networks_asks_nothing(stage: Stage) -> None:
    stage.wants = configuration()
    assert stage.run()["steps"] == stage.cloud.calls == []


# ---- what it is asked


@pytest.mark.parametrize(("event", "dry"), [({}, False), ({"dryRun": True}, True), ({"dryRun": False}, False)])
def test_a_run_is_dry_only_where_it_is_asked_to_be(event: dict[str, Any], dry: bool) -> None:
    assert dry_run_of(event) is dry


@pytest.mark.parametrize("event", [{"dryrun": True}, {"dryRun": "true"}, {"dryRun": 1}, {"DryRun": True}])
def test_an_event_that_is_mistyped_does_nothing(event: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        dry_run_of(event)
