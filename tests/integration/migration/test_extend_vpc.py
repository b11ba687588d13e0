"""The VPC gets room for pods, and loses it again, in the local region's EC2."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.region import Region
from nodenet.aws.vpc_changes import VpcChanges
from nodenet.errors import HeldError, NodenetError, Waiting
from nodenet.migration.request import GroupWish, Request, SubnetWish
from nodenet.migration.run import Run
from nodenet.migration.vpc.extend_vpc import ExtendVpc
from tests.unit.migration.record import Cut, CutOff, started

ZONES = ("eu-west-1a", "eu-west-1b")
WISHES = tuple(SubnetWish(zone, cidr=f"100.64.{32 * n}.0/19") for n, zone in enumerate(ZONES))
REQUEST = Request("prod", (GroupWish("web"),), cidrs=("100.64.0.0/16",), pod_subnets=WISHES)


class Counting(VpcChanges):
    """Cuts the function off after its n-th change of EC2, which was made."""

    def __init__(self, client: Any, cut: Cut) -> None:
        super().__init__(client)
        self._cut = cut

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in ("associate", "disassociate", "make_subnet", "delete_subnet", "route", "reserve", "free"):
            return found

        def counted(*args: Any, **more: Any) -> Any:
            answer = found(*args, **more)
            self._cut.count()
            return answer

        return counted


class Vpc:
    """A VPC whose two node subnets have route tables of their own, beside the main one."""

    def __init__(self, region: Region) -> None:
        self.ec2 = region.client("ec2")
        self.id = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.tables: dict[str, str] = {}
        self.nodes: list[str] = []
        for n, zone in enumerate(ZONES):
            subnet = self.ec2.create_subnet(VpcId=self.id, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone)["Subnet"]
            table = self.ec2.create_route_table(VpcId=self.id)["RouteTable"]["RouteTableId"]
            self.ec2.associate_route_table(SubnetId=subnet["SubnetId"], RouteTableId=table)
            self.tables[zone] = table
            self.nodes.append(subnet["SubnetId"])
        self.before = self.state()

    def run(self, request: Request = REQUEST) -> Run:
        return started(request, preflight={"facts": {"vpc": self.id, "groups": [{"subnets": self.nodes}]}})

    def blocks(self) -> set[str]:
        [vpc] = self.ec2.describe_vpcs(VpcIds=[self.id])["Vpcs"]
        return {
            each["CidrBlock"]
            for each in vpc["CidrBlockAssociationSet"]
            if each["CidrBlockState"]["State"] == "associated"
        }

    def subnets(self) -> dict[str, Any]:
        found = self.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.id]}])["Subnets"]
        return {each["CidrBlock"]: each for each in found}

    def table_of(self, subnet: str) -> str:
        filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
        [table] = self.ec2.describe_route_tables(Filters=filters)["RouteTables"]
        return str(table["RouteTableId"])

    def state(self) -> Any:
        return (self.blocks(), sorted(self.subnets()))


@pytest.fixture
def vpc(fresh_region: Region) -> Iterator[Vpc]:
    yield Vpc(fresh_region)
    fresh_region.control.clear_faults()


def step(vpc: Vpc, cut: Cut | None = None, clock: float = 10_000.0) -> ExtendVpc:
    return ExtendVpc(Counting(vpc.ec2, cut or Cut()), lambda: clock)


def forward(vpc: Vpc, run: Run) -> str:
    return step(vpc).forward(run, run.notes("extend_vpc"))


def back(vpc: Vpc, run: Run, **more: Any) -> str:
    notes = run.notes("extend_vpc")
    notes.keep(**{"back.began": 9_000.0})
    return step(vpc, **more).back(run, notes)


def test_each_zone_gets_a_subnet_with_the_route_table_of_its_node_subnets(vpc: Vpc) -> None:
    run = vpc.run()
    assert forward(vpc, run) == "100.64.0.0/16 associated, 2 of 2 subnets made"
    for wish in WISHES:
        subnet = vpc.subnets()[wish.cidr]
        assert subnet["AvailabilityZone"] == wish.zone
        assert vpc.table_of(subnet["SubnetId"]) == vpc.tables[wish.zone]
        tags = {each["Key"]: each["Value"] for each in subnet["Tags"]}
        assert tags == {"Name": f"prod-pods-{wish.zone}", "nodenet:cluster": "prod", "nodenet:run": "r1"}
    kept = run.notes("extend_vpc")
    assert kept["associations"] == {"100.64.0.0/16": {"made": True}}
    assert [(each["zone"], each["cidr"], each["made"]) for each in kept["podSubnets"]] == [
        (wish.zone, wish.cidr, True) for wish in WISHES
    ]


def test_taken_twice_it_changes_nothing_more(vpc: Vpc) -> None:
    run = vpc.run()
    forward(vpc, run)
    before, first = vpc.state(), run.notes("extend_vpc")["podSubnets"]
    cut = Cut()
    step(vpc, cut).forward(run, run.notes("extend_vpc"))
    assert (vpc.state(), run.notes("extend_vpc")["podSubnets"], cut.calls) == (before, first, 0)


@pytest.mark.parametrize("calls", range(7))
def test_wherever_it_is_cut_off_it_is_finished_and_undone_completely(vpc: Vpc, calls: int) -> None:
    run = vpc.run(replace(REQUEST, reserve=True))
    with contextlib.suppress(CutOff):
        step(vpc, Cut(after=calls)).forward(run, run.notes("extend_vpc"))
    forward(vpc, run)
    assert vpc.state() == ({"10.0.0.0/16", "100.64.0.0/16"}, sorted([*vpc.before[1], *(w.cidr for w in WISHES)]))
    with contextlib.suppress(CutOff):
        back(vpc, run, cut=Cut(after=calls))
    back(vpc, run)
    assert vpc.state() == vpc.before


@pytest.mark.parametrize("calls", range(7))
def test_what_was_half_made_is_undone_completely(vpc: Vpc, calls: int) -> None:
    run = vpc.run()
    with contextlib.suppress(CutOff):
        step(vpc, Cut(after=calls)).forward(run, run.notes("extend_vpc"))
    back(vpc, run)
    assert vpc.state() == vpc.before


def test_a_block_and_subnets_that_were_there_before_stay(vpc: Vpc) -> None:
    vpc.ec2.associate_vpc_cidr_block(VpcId=vpc.id, CidrBlock="100.64.0.0/16")
    theirs = vpc.ec2.create_subnet(VpcId=vpc.id, CidrBlock="100.64.224.0/19", AvailabilityZone=ZONES[0])["Subnet"]
    before = vpc.state()
    wishes = (SubnetWish(ZONES[0], id=theirs["SubnetId"]), WISHES[1])
    run = vpc.run(replace(REQUEST, pod_subnets=wishes))
    assert forward(vpc, run) == "no block associated, 1 of 2 subnets made"
    back(vpc, run)
    assert vpc.state() == before


def test_it_waits_until_ec2_has_associated_the_block(vpc: Vpc, fresh_region: Region) -> None:
    fresh_region.control.delays(vpc_block=5)
    run = vpc.run()
    with pytest.raises(Waiting, match=r"associates 100\.64\.0\.0/16"):
        forward(vpc, run)
    fresh_region.control.delays(vpc_block=0)


def test_a_subnet_of_somebody_else_with_the_same_block_is_named_and_nothing_is_made(vpc: Vpc) -> None:
    vpc.ec2.associate_vpc_cidr_block(VpcId=vpc.id, CidrBlock="100.64.0.0/16")
    made = vpc.ec2.create_subnet(VpcId=vpc.id, CidrBlock=WISHES[0].cidr, AvailabilityZone=ZONES[0])["Subnet"]
    before, run = vpc.state(), vpc.run()
    with pytest.raises(HeldError, match=f"{made['SubnetId']} has {WISHES[0].cidr} already"):
        forward(vpc, run)
    assert vpc.state() == before


def test_node_subnets_of_a_zone_with_several_route_tables_are_a_question_for_a_person(vpc: Vpc) -> None:
    another = vpc.ec2.create_subnet(VpcId=vpc.id, CidrBlock="10.0.9.0/24", AvailabilityZone=ZONES[0])["Subnet"]
    vpc.nodes.append(another["SubnetId"])
    run = vpc.run()
    with pytest.raises(HeldError, match="several route tables"):
        forward(vpc, run)


def test_reserved_subnets_leave_a_sixteenth_to_single_addresses(vpc: Vpc) -> None:
    run = vpc.run(replace(REQUEST, reserve=True))
    forward(vpc, run)
    subnet = run.notes("extend_vpc")["podSubnets"][0]["id"]
    found = vpc.ec2.get_subnet_cidr_reservations(SubnetId=subnet)["SubnetIpv4CidrReservations"]
    assert {each["Cidr"] for each in found} == {"100.64.2.0/23", "100.64.4.0/22", "100.64.8.0/21", "100.64.16.0/20"}
    assert {each["ReservationType"] for each in found} == {"prefix"}


def test_load_balancer_tags_are_given_where_they_are_asked_for_and_subnet_discovery_s_never(vpc: Vpc) -> None:
    run = vpc.run(replace(REQUEST, load_balancers="internal-elb"))
    forward(vpc, run)
    for wish in WISHES:
        tags = {each["Key"]: each["Value"] for each in vpc.subnets()[wish.cidr]["Tags"]}
        assert tags["kubernetes.io/role/internal-elb"] == "1"
        assert "kubernetes.io/role/cni" not in tags


def test_what_others_use_by_then_is_left_and_named_and_interfaces_are_given_time_to_go(vpc: Vpc) -> None:
    run = vpc.run()
    forward(vpc, run)
    subnet = run.notes("extend_vpc")["podSubnets"][0]["id"]
    eni = vpc.ec2.create_network_interface(SubnetId=subnet, Description="somebody's")["NetworkInterface"]
    with pytest.raises(Waiting, match=subnet):
        back(vpc, run, clock=9_100.0)
    said = back(vpc, run)
    assert f"{subnet} (100.64.0.0/19), where {eni['NetworkInterfaceId']} (somebody's) is" in said
    assert "100.64.0.0/16, in which something is" in said
    assert vpc.blocks() == {"10.0.0.0/16", "100.64.0.0/16"}


def test_a_run_that_never_came_so_far_undoes_nothing(vpc: Vpc) -> None:
    assert back(vpc, vpc.run()) == "nothing was extended"


def test_throttling_is_not_a_person_s_affair(vpc: Vpc, fresh_region: Region) -> None:
    fresh_region.control.fail("ec2", "CreateSubnet", code="RequestLimitExceeded", times=20)
    with pytest.raises(NodenetError) as caught:
        forward(vpc, vpc.run())
    assert type(caught.value).__name__ == "Throttled"
