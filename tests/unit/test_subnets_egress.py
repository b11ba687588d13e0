"""The ways out of IPv6 subnets: which gateway, which table, and whose routes are left alone.

Sources: VPC User Guide, "Egress-only internet gateways", "DNS64 and NAT64" (64:ff9b::/96 to a NAT gateway, DNS64 by
subnet), "Subnet route tables" (a subnet without an association is the main table's), "NAT gateways" (public, private,
regional).
"""

from typing import Any

import pytest

from nodenet.plans import AddressPlans, Floating, Ipv6Egress
from nodenet.subnets.seen import EgressOnlyGateway, NatGateway, Route, RouteTable
from nodenet.subnets.steps import AddRoute, EnableDns64, Plan, Reserve
from tests.unit.subnet_views import OURS, configuration, network, occupant, planned, ranges, refusal, subnet

ANY = Ipv6Egress(egress_only_gateway="", nat_gateway=None)
NAT64 = Ipv6Egress(egress_only_gateway=None, nat_gateway="")
ONLY_A = {"a": "subnet-a"}
GATEWAY = EgressOnlyGateway("eigw-1", "vpc-1")
NAT_A, NAT_B = NatGateway("nat-a", "vpc-1", "a"), NatGateway("nat-b", "vpc-1", "b")


def table(*routes: Route, **more: Any) -> RouteTable:
    given = {"id": "rtb-a", "vpc_id": "vpc-1", "main": False, "subnet_ids": frozenset({"subnet-a"}), "tags": OURS}
    return RouteTable(**{**given, **more}, routes=routes)


def leaving(egress: Ipv6Egress, *tables: RouteTable, zones: dict[str, str] | None = None, **seen: Any) -> Plan:
    seen = {"egress_only_gateways": (GATEWAY,), "nat_gateways": (NAT_A,), **seen}
    return planned(configuration(network(egress=egress, subnets=zones or ONLY_A)), tables=tables or (table(),), **seen)


def routes(plan: Plan) -> list[tuple[str, str, str]]:
    return [(each.table, each.destination, each.target) for each in plan.steps if isinstance(each, AddRoute)]


def test_nothing_is_done_that_is_not_asked_for() -> None:
    assert planned(configuration(network()), tables=(table(),), nat_gateways=(NAT_A,)) == Plan()


def test_the_way_out_is_the_vpc_s_only_egress_only_gateway() -> None:
    others = (GATEWAY, EgressOnlyGateway("eigw-2", "vpc-2"))
    plan = leaving(ANY, egress_only_gateways=others)
    assert routes(plan) == [("rtb-a", "::/0", "eigw-1")]
    assert len(plan.steps) == 1


def test_ipv4_hosts_are_reached_by_a_route_and_after_it_by_their_names() -> None:
    plan = leaving(NAT64)
    assert routes(plan) == [("rtb-a", "64:ff9b::/96", "nat-a")]
    assert [type(each) for each in plan.steps] == [AddRoute, EnableDns64]


def test_what_is_there_is_kept() -> None:
    there = table(Route("::/0", "eigw-1"), Route("64:ff9b::/96", "nat-a"), tags={})
    both = Ipv6Egress("", "")
    plan = leaving(both, there, subnets=[subnet("a", {}, dns64=True), subnet("b")])
    assert (plan.steps, plan.refused) == ((), ())
    assert {each.what for each in plan.kept} == {"::/0 in rtb-a", "64:ff9b::/96 in rtb-a", "DNS64"}


def test_reservations_come_before_routes_and_dns64_last() -> None:
    plans = AddressPlans(ipv6=Floating(ranges("2001:db8::100/120")))
    wants = configuration(network(plans, Ipv6Egress("", ""), subnets=ONLY_A))
    plan = planned(wants, tables=(table(),), egress_only_gateways=(GATEWAY,), nat_gateways=(NAT_A,))
    assert [type(each) for each in plan.steps] == [Reserve, AddRoute, AddRoute, EnableDns64]


# ---- which gateway


@pytest.mark.parametrize(
    ("gateways", "said"),
    [
        ((), "vpc-1 has no egress-only internet gateway: create one"),
        ((EgressOnlyGateway("eigw-2", "vpc-2"),), "vpc-1 has no egress-only internet gateway: create one"),
        ((GATEWAY, EgressOnlyGateway("eigw-2", "vpc-1")), "there are several, eigw-1, eigw-2: name one as"),
    ],
)
def test_none_or_several_gateways_are_refused_and_named(gateways: Any, said: str) -> None:
    assert said in refusal(leaving(ANY, egress_only_gateways=gateways)).reason


def test_a_named_gateway_must_be_attached_to_the_vpc() -> None:
    named = Ipv6Egress("eigw-2", None)
    gateways = (GATEWAY, EgressOnlyGateway("eigw-2", "vpc-1"))
    assert routes(leaving(named, egress_only_gateways=gateways)) == [("rtb-a", "::/0", "eigw-2")]
    assert "eigw-2 is no egress-only internet gateway of vpc-1" in refusal(leaving(named)).reason


@pytest.mark.parametrize(
    ("gateways", "chosen"),
    [
        ((NAT_B, NAT_A), "nat-a"),
        ((NAT_B, NatGateway("nat-r", "vpc-1", "")), "nat-r"),
        ((NAT_B,), "nat-b"),
        ((NatGateway("nat-x", "vpc-1", "a", available=False), NAT_B), "nat-b"),
        ((NatGateway("nat-x", "vpc-1", "a", public=False), NAT_B), "nat-b"),
        ((NatGateway("nat-x", "vpc-2", "a"), NAT_B), "nat-b"),
    ],
)
def test_the_nat_gateway_is_the_zone_s_then_the_regional_then_the_only_one(gateways: Any, chosen: str) -> None:
    plan = leaving(NAT64, nat_gateways=gateways)
    assert routes(plan) == [("rtb-a", "64:ff9b::/96", chosen)]
    assert ("crosses zones" in plan.steps[0].reason) == (chosen == "nat-b")


@pytest.mark.parametrize(
    ("gateways", "said"),
    [
        ((), "vpc-1 has no public NAT gateway that is available"),
        ((NatGateway("nat-x", "vpc-1", "a", public=False),), "vpc-1 has no public NAT gateway that is available"),
        ((NAT_A, NatGateway("nat-x", "vpc-1", "a")), "there are several, nat-a, nat-x"),
        ((NAT_B, NatGateway("nat-c", "vpc-1", "c")), "there are several, nat-b, nat-c"),
    ],
)
def test_no_nat_gateway_or_several_are_refused_and_named(gateways: Any, said: str) -> None:
    assert said in refusal(leaving(NAT64, nat_gateways=gateways)).reason


def test_a_named_nat_gateway_may_be_private_but_must_be_available() -> None:
    named = Ipv6Egress(None, "nat-p")
    private = NatGateway("nat-p", "vpc-1", "a", public=False)
    pending = NatGateway("nat-p", "vpc-1", "a", available=False)
    assert routes(leaving(named, nat_gateways=(NAT_A, private))) == [("rtb-a", "64:ff9b::/96", "nat-p")]
    assert (
        "nat-p is no NAT gateway of vpc-1 that is available" in refusal(leaving(named, nat_gateways=(pending,))).reason
    )


def test_a_subnet_without_an_ipv6_block_is_refused() -> None:
    found = refusal(leaving(ANY, subnets=[subnet("a", blocks=ranges("10.0.4.0/24"))]))
    assert "no IPv6 block" in found.reason


# ---- whose route, whose table


@pytest.mark.parametrize(
    "route",
    [
        Route("::/0", "igw-1"),
        Route("::/0", "eigw-2"),
        Route("::/0", "tgw-1"),
        Route("::/0", "eni-1", blackhole=True),
    ],
)
def test_a_route_of_somebody_else_s_is_refused_by_its_target(route: Route) -> None:
    """A stopped instance or a detached interface is a blackhole that may come back."""
    found = refusal(leaving(ANY, table(route)))
    assert f"it leads to {route.target}" in found.reason


@pytest.mark.parametrize("gone", ["eigw-9", "nat-9"])
def test_a_blackhole_left_by_a_deleted_gateway_is_replaced(gone: str) -> None:
    (step,) = leaving(ANY, table(Route("::/0", gone, blackhole=True))).steps
    assert isinstance(step, AddRoute)
    assert step.replaces == gone
    assert f"it leads to {gone}, which is gone" in step.reason


def test_a_subnet_without_a_table_of_its_own_has_the_main_one_and_the_step_says_whom_it_touches() -> None:
    main = table(id="rtb-main", main=True, subnet_ids=frozenset())
    others = table(id="rtb-x", subnet_ids=frozenset({"subnet-x"}))
    (step,) = leaving(ANY, others, main).steps
    assert isinstance(step, AddRoute)
    assert step.table == "rtb-main"
    assert step.reason.endswith("it is the VPC's main table; it serves subnet-b too")


def test_a_table_of_its_own_goes_before_the_main_one_and_serves_nobody_else() -> None:
    main = table(id="rtb-main", main=True, subnet_ids=frozenset())
    (step,) = leaving(ANY, main, table()).steps
    assert isinstance(step, AddRoute)
    assert (step.table, step.reason) == ("rtb-a", "the way out, by which nobody comes in")


def test_the_main_table_of_another_vpc_is_nobody_s() -> None:
    elsewhere = table(id="rtb-main", vpc_id="vpc-2", main=True, subnet_ids=frozenset())
    assert "no route table" in refusal(leaving(ANY, elsewhere)).reason


@pytest.mark.parametrize("tags", [{}, {"nodenet:cluster": "other"}])
def test_a_table_that_does_not_name_the_cluster_is_not_changed(tags: dict[str, str]) -> None:
    main = table(id="rtb-main", main=True, subnet_ids=frozenset(), tags=tags)
    found = refusal(leaving(ANY, main))
    assert "tag it nodenet:cluster=demo" in found.reason
    assert "subnet-b" in found.reason


def test_dns64_needs_the_subnet_s_own_consent() -> None:
    found = refusal(leaving(NAT64, subnets=[subnet("a", {}), subnet("b")]))
    assert found.what == "DNS64"


def test_subnets_of_one_table_that_want_one_gateway_ask_for_its_route_once() -> None:
    shared = table(subnet_ids=frozenset({"subnet-a", "subnet-b"}))
    zones = {"a": "subnet-a", "b": "subnet-b"}
    plan = leaving(NAT64, shared, zones=zones)
    assert routes(plan) == [("rtb-a", "64:ff9b::/96", "nat-a")]
    assert [each.subnet for each in plan.steps if isinstance(each, EnableDns64)] == ["subnet-a", "subnet-b"]


def test_subnets_of_one_table_whose_zones_have_nat_gateways_of_their_own_are_refused_together() -> None:
    shared = table(subnet_ids=frozenset({"subnet-a", "subnet-b"}))
    plan = leaving(NAT64, shared, zones={"a": "subnet-a", "b": "subnet-b"}, nat_gateways=(NAT_A, NAT_B))
    assert not plan.steps
    assert [each.subnet for each in plan.refused] == ["subnet-a", "subnet-b"]
    assert all("subnet-a nat-a and subnet-b nat-b" in each.reason for each in plan.refused)


def test_two_networks_of_a_subnet_ask_for_the_same_once() -> None:
    wants = configuration(
        network(egress=NAT64, subnets=ONLY_A), network(egress=Ipv6Egress("", ""), name="n6", subnets=ONLY_A)
    )
    plan = planned(wants, tables=(table(),), egress_only_gateways=(GATEWAY,), nat_gateways=(NAT_A,))
    assert sorted(routes(plan)) == [("rtb-a", "64:ff9b::/96", "nat-a"), ("rtb-a", "::/0", "eigw-1")]
    assert sum(isinstance(each, EnableDns64) for each in plan.steps) == 1


def test_a_subnet_refused_for_its_addresses_gets_no_route_either() -> None:
    plans = AddressPlans(ipv4=Floating(ranges("10.0.4.0/28")))
    wants = configuration(network(plans, ANY, subnets=ONLY_A))
    plan = planned(wants, tables=(table(),), egress_only_gateways=(GATEWAY,), occupants=(occupant(),))
    assert refusal(plan).holders
