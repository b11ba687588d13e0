"""Which subnet gives what: each rule of where nodes, ENIs and prefixes come to lie."""

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.fleet import ExtraNetwork, Fleet, Reservation, Subnet, Target
from nodenet.capacity.placing.dealing import came_to, dealt, heaviest
from nodenet.capacity.placing.place import place
from tests.unit.capacity.fleets import cni, fleet, fleets, group, taken_by_nodes, use

A = Subnet("a", "z1", 22)
B = Subnet("b", "z2", 22)
PODS_A = Subnet("pods-a", "z1", 20)
CUSTOM = cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=True)


def test_a_node_takes_its_own_address_and_those_of_its_enis() -> None:
    """amazon-vpc-cni-k8s, docs/eni-and-ip-target.md: with WARM_ENI_TARGET 1 a whole ENI beyond the pods is kept. An
    m5.large has 3 ENIs of 10 addresses: 5 pods lie on the first, and a second is warm."""
    found = place(fleet([A], group("web", "m5.large", {5: 2}, "a")))
    assert (use(found, "a").nodes, use(found, "a").pods) == (2, 2 * (9 + 10))
    assert use(found, "a").left == 1024 - 5 - 40
    assert not found.shortages
    assert [(each.nodes, each.holding.taken, each.idle) for each in found.nodes] == [(2, 20, 0)]


def test_nodes_are_even_over_zones_and_then_over_the_subnets_of_a_zone() -> None:
    """EC2 Auto Scaling keeps Availability Zones even, not subnets: one zone has two of the three subnets here."""
    subnets = [A, replace(A, name="a2"), B]
    found = place(fleet(subnets, group("web", "m5.large", {5: 5, 6: 4}, "a", "a2", "b")))
    assert [use(found, name).nodes for name in ("a", "a2", "b")] == [3, 2, 4]


def test_groups_of_one_name_are_dealt_out_as_one_group() -> None:
    subnets = [A, B]
    groups = [group("web", each, {5: 1}, "a", "b") for each in ("m5.large", "m5.xlarge", "c5.2xlarge", "t3.medium")]
    found = place(fleet(subnets, *groups))
    assert [use(found, name).nodes for name in ("a", "b")] == [2, 2]
    alone = place(fleet(subnets, *(replace(each, name=str(number)) for number, each in enumerate(groups))))
    assert [use(alone, name).nodes for name in ("a", "b")] == [4, 0]


@given(st.integers(1, 7), st.integers(0, 50))
def test_dealing_round_gives_every_node_a_place(ways: int, number: int) -> None:
    shares = [came_to(place, number, ways) for place in range(ways)]
    assert sum(shares) == number
    assert shares == [sum(each % ways == place for each in range(number)) for place in range(ways)]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 9))
def test_dealing_all_at_once_is_as_one_by_one(first: int, more: int, ways: int) -> None:
    one_by_one = Counter(number % ways for number in range(first, first + more))
    assert dict(dealt(first, first + more, ways)) == one_by_one


def test_prefixes_take_sixteen_addresses_each() -> None:
    """docs/prefix-and-ip-target.md: WARM_PREFIX_TARGET 1 keeps one more prefix than pods need."""
    found = place(fleet([A], group("web", "m5.large", {5: 1}, "a"), cni=cni(ENABLE_PREFIX_DELEGATION=True)))
    assert (use(found, "a").nodes, use(found, "a").pods) == (1, 32)
    assert use(found, "a").blocks.wanted == 2
    assert found.nodes[0].holding.prefix_count == 2


def test_with_custom_networking_the_nodes_subnet_gives_one_address() -> None:
    """The primary ENI carries no pods ("Deploy Pods in alternate subnets with custom networking", EKS User Guide)."""
    web = group("web", "m5.large", {5: 3}, "a")
    found = place(fleet([A, PODS_A], web, cni=CUSTOM, eni_configs={"z1": ("pods-a",)}))
    assert (use(found, "a").nodes, use(found, "a").pods) == (3, 0)
    assert (use(found, "pods-a").nodes, use(found, "pods-a").pods) == (0, 3 * 20)


def test_several_eniconfigs_of_a_zone_are_used_evenly() -> None:
    other = replace(PODS_A, name="pods-a2")
    web = group("web", "m5.large", {5: 5}, "a")
    found = place(fleet([A, PODS_A, other], web, cni=CUSTOM, eni_configs={"z1": ("pods-a", "pods-a2")}))
    assert [use(found, name).pods for name in ("pods-a", "pods-a2")] == [3 * 20, 2 * 20]


def test_subnets_and_eniconfigs_of_a_zone_are_even_where_their_numbers_do_not_match() -> None:
    subnets = [A, replace(A, name="a2"), *(replace(PODS_A, name=f"pods-{number}") for number in range(3))]
    web = group("web", "m5.large", {5: 6}, "a", "a2")
    found = place(fleet(subnets, web, cni=CUSTOM, eni_configs={"z1": ("pods-0", "pods-1", "pods-2")}))
    assert [use(found, name).nodes for name in ("a", "a2")] == [3, 3]
    assert len({use(found, f"pods-{number}").pods for number in range(3)}) == 1


def test_a_zone_without_eniconfig_cannot_be_placed() -> None:
    with pytest.raises(KeyError):
        place(fleet([A], group("web", "m5.large", {5: 1}, "a"), cni=CUSTOM))


def test_extra_networks_lie_in_their_subnet_of_the_zone() -> None:
    networks = (ExtraNetwork("n3", {"z1": "a", "z2": "n3-b"}, interfaces=2, addresses=3, prefixes=1),)
    web = group("web", "c5.2xlarge", {5: 3}, "a", "b", networks=("n3",))
    found = place(fleet([A, B, Subnet("n3-b", "z2", 24)], web, networks=networks))
    assert [use(found, name).networks for name in ("a", "b", "n3-b")] == [2 * 2 * 20, 0, 2 * 20]
    assert use(found, "n3-b").blocks.wanted == 2
    assert found.nodes[0].network_addresses == 40


def test_networks_take_enis_away_from_the_vpc_cni() -> None:
    """hasRoomForEni, pkg/ipamd/ipamd.go: unmanaged ENIs are taken off the maximum. Of an m5.large's three one is the
    network's, so that nine pods stay without an address that 27 would have."""
    networks = (ExtraNetwork("n3", {"z1": "a"}),)
    web = group("web", "m5.large", {27: 2}, "a", networks=("n3",))
    found = place(fleet([A], web, networks=networks))
    assert found.nodes[0].holding.waiting == 9
    (short,) = found.shortages
    assert (short.where, short.missing) == ("web", 18)
    assert short.sentence == (
        "web: 27 pods on each m5.large, 18 in all have no address: run fewer pods on a node, take a larger type, or "
        "have the VPC CNI assign prefixes"
    )


def test_trunk_and_branches_lie_in_the_nodes_subnet() -> None:
    """amazon-vpc-resource-controller-k8s, pkg/provider/branch/trunk/trunk.go: both are made in the instance's subnet.
    Pods on branches take none of ipamd's addresses; the trunk takes one of the ENIs."""
    web = group("web", "m5.large", {12: 1}, "a", branch_pods=4)
    found = place(fleet([A], web, cni=cni(ENABLE_POD_ENI=True)))
    assert found.nodes[0].branch_addresses == 1 + 4
    assert found.nodes[0].holding.active == 8
    assert use(found, "a").taken == 1 + 9 + 10 + 5


def test_with_custom_networking_trunk_and_branches_lie_in_the_eniconfigs_subnet() -> None:
    """updateCurrentSubnetAndCidrBlock, pkg/aws/ec2/instance.go."""
    web = group("web", "m5.large", {5: 1}, "a", branch_pods=2)
    aws_node = replace(CUSTOM, pod_eni=True)
    found = place(fleet([A, PODS_A], web, cni=aws_node, eni_configs={"z1": ("pods-a",)}))
    assert (use(found, "a").taken, use(found, "pods-a").taken) == (1, 10 + 3)


def test_every_node_of_a_type_that_takes_one_has_a_trunk() -> None:
    """tryEnableSecurityGroupsForPods asks for it at a node's start, before any pod wants it. A t3.medium takes none."""
    groups = (group("web", "m5.large", {5: 1}, "a"), group("db", "t3.medium", {5: 1}, "a"))
    found = place(fleet([A], *groups, cni=cni(ENABLE_POD_ENI=True)))
    assert [each.branch_addresses for each in found.nodes] == [1, 0]


def test_branch_pods_beyond_the_types_branches_are_short() -> None:
    """pkg/aws/vpc/limits.go: an m5.large carries nine."""
    web = group("web", "m5.large", {14: 2}, "a", branch_pods=12)
    found = place(fleet([A], web, cni=cni(ENABLE_POD_ENI=True)))
    (short,) = found.shortages
    assert short.missing == 2 * 3
    assert "6 in all find no branch interface" in short.sentence


def test_without_pod_enis_such_pods_take_ordinary_addresses() -> None:
    found = place(fleet([A], group("web", "m5.large", {14: 1}, "a", branch_pods=12)))
    assert (found.nodes[0].branch_addresses, found.nodes[0].holding.active) == (0, 14)


@pytest.mark.parametrize(("prefixes", "pool"), [(False, 1), (True, 16)])
def test_each_further_network_card_has_an_eni_with_a_pool_of_its_own(prefixes: bool, pool: int) -> None:
    """pkg/ipamd/ipamd.go: DefaultWarmIPTarget and DefaultMinimumIPTarget are 1; with prefixes there is no less than
    one. A c6in.32xlarge has two cards, a p4d.24xlarge four."""
    aws_node = cni(ENABLE_MULTI_NIC=True, ENABLE_PREFIX_DELEGATION=prefixes)
    found = place(
        fleet([A], group("g", "c6in.32xlarge", {5: 1}, "a"), group("h", "p4d.24xlarge", {5: 1}, "a"), cni=aws_node)
    )
    assert [each.card_addresses for each in found.nodes] == [1 + pool, 3 * (1 + pool)]
    assert use(found, "a").taken == taken_by_nodes(found)
    without = place(fleet([A], group("g", "c6in.32xlarge", {5: 1}, "a"), cni=cni(ENABLE_PREFIX_DELEGATION=prefixes)))
    assert without.nodes[0].card_addresses == 0


def test_max_eni_counts_on_further_cards_too() -> None:
    """hasRoomForEni takes the card's unmanaged ENIs off MAX_ENI, whichever card it is."""
    networks = (ExtraNetwork("n3", {"z1": "a"}, interfaces=2, card=1),)
    one = group("g", "c6in.32xlarge", {5: 1}, "a", networks=("n3",))
    cards = [
        place(fleet([A], one, networks=networks, cni=cni(ENABLE_MULTI_NIC=True, MAX_ENI=most))).nodes[0].card_addresses
        for most in (2, 3)
    ]
    assert cards == [0, 2]


def test_pods_beyond_the_kubelets_maximum_have_no_place() -> None:
    """The pods on the host's network count in it as well."""
    found = place(fleet([A], group("web", "m5.large", {20: 3}, "a", max_pods=20)))
    (short,) = found.shortages
    assert (short.where, short.missing) == ("web", 6)
    assert "beyond the kubelet's maximum of 20" in short.sentence
    assert found.nodes[0].holding.active == 18


def test_addresses_that_no_pod_can_have_are_idle() -> None:
    """ipamd looks at the maximum of pods before it grows, and an ENI comes whole."""
    found = place(fleet([A], group("web", "m5.large", {5: 1}, "a", max_pods=12)))
    assert found.nodes[0].holding.pool == 18
    assert found.nodes[0].idle == 18 - (12 - 2)


def test_a_subnet_that_does_not_fit_says_by_how_much_and_what_to_do() -> None:
    small = Subnet("a", "z1", 26, used=10)
    found = place(fleet([small], group("web", "m5.large", {5: 3}, "a")))
    (short,) = found.shortages
    assert (short.where, short.missing) == ("a", 70 - 59)
    assert use(found, "a").left == -11
    assert short.sentence == (
        "a: 11 addresses too few, 70 are taken of 59: add a subnet in z1 or take a larger one, or keep fewer addresses "
        "warm"
    )


def test_single_addresses_do_not_come_from_a_reservation() -> None:
    """ "Subnet CIDR reservations", VPC User Guide: what is set aside, EC2 assigns to nobody by itself."""
    reserved = Subnet(
        "a", "z1", 24, IPv4Network("10.0.0.0/24"), reservations=(Reservation(IPv4Network("10.0.0.128/25"), "explicit"),)
    )
    found = place(fleet([reserved], group("web", "m5.large", {5: 7}, "a")))
    (short,) = found.shortages
    assert short.missing == 140 - (128 - 4)
    assert "outside its CIDR reservations" in short.sentence
    assert use(found, "a").left > 0


def test_the_surge_is_like_the_heaviest_nodes_and_counted_apart() -> None:
    web = group("web", "m5.large", {5: 10, 20: 1}, "a")
    calm, surging = place(fleet([A], web)), place(fleet([A], replace(web, surge=2)))
    assert surging.nodes == calm.nodes
    assert use(surging, "a").surge == 30 + 20
    assert use(surging, "a").pods == use(calm, "a").pods
    assert use(surging, "a").left == use(calm, "a").left - 50


def test_the_surge_goes_on_where_the_nodes_ended() -> None:
    """Auto Scaling launches in the zone that has fewest."""
    found = place(fleet([A, B], group("web", "m5.large", {5: 3}, "a", "b", surge=1)))
    assert [use(found, name).surge for name in ("a", "b")] == [0, 20]


@pytest.mark.parametrize(
    ("count", "found"),
    [(0, []), (1, [(20, 1)]), (3, [(20, 2), (5, 1)]), (5, [(20, 2), (5, 3)]), (11, [(20, 5), (5, 6)])],
)
def test_the_heaviest_of_all_nodes_are_the_nodes_themselves(count: int, found: list[tuple[int, int]]) -> None:
    assert heaviest([(5, 3), (20, 2)], count) == found


def test_a_migrations_surge_runs_with_the_targets_settings() -> None:
    web = group("web", "m5.large", {5: 4}, "a", surge=4)
    target = Target(CUSTOM, {"z1": ("pods-a",)})
    found = place(fleet([A, PODS_A], web, target=target))
    assert (use(found, "a").surge, use(found, "pods-a").surge) == (4, 4 * 20)
    assert use(found, "a").nodes + use(found, "a").pods == 4 * 20


def test_pods_that_find_no_address_only_after_a_migration_are_told_of_as_such() -> None:
    """Custom networking takes the pods of one ENI away: 27 pods fit on an m5.large before, 18 after."""
    web = group("web", "m5.large", {27: 2}, "a", surge=2, max_pods=29)
    found = place(fleet([A, PODS_A], web, target=Target(CUSTOM, {"z1": ("pods-a",)})))
    (short,) = found.shortages
    assert short.missing == 18
    assert "while the group is replaced" in short.sentence


@given(fleets())
@settings(deadline=None)
def test_no_address_is_counted_twice_and_none_forgotten(one: Fleet) -> None:
    found = place(one)
    in_subnets = sum(each.nodes + each.pods + each.networks for each in found.subnets)
    assert in_subnets == taken_by_nodes(found)
    assert sum(each.nodes for each in found.subnets) == sum(each.nodes for each in one.groups)
    assert sum(each.nodes for each in found.nodes) == sum(each.nodes for each in one.groups)


@given(fleets())
@settings(deadline=None)
def test_every_pod_has_an_address_or_is_named_as_short(one: Fleet) -> None:
    calm = replace(one, groups=tuple(replace(each, surge=0) for each in one.groups))
    found = place(calm)
    groups = {each.name for each in one.groups}
    served = sum(each.nodes * each.holding.active for each in found.nodes)
    on_branches = sum(each.nodes * max(0, each.branch_addresses - 1) for each in found.nodes)
    without = sum(each.missing for each in found.shortages if each.where in groups)
    assert served + on_branches + without == sum(each.pods_in_all for each in one.groups)


@given(fleets(tagged=False), st.data())
@settings(deadline=None)
def test_more_nodes_never_take_less(one: Fleet, data: st.DataObject) -> None:
    place_of = data.draw(st.integers(0, len(one.groups) - 1))
    last = one.groups[place_of]
    pods, nodes = last.pods[-1]
    more = replace(last, pods=(*last.pods[:-1], (pods, nodes + data.draw(st.integers(1, 9)))), surge=last.surge)
    grown = replace(one, groups=(*one.groups[:place_of], more, *one.groups[place_of + 1 :]))
    assert taken_by_nodes(place(grown)) > taken_by_nodes(place(one))
