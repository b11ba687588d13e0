"""Enhanced subnet discovery (amazon-vpc-cni-k8s, pkg/awsutils/awsutils.go: createENI, GetVpcSubnets,
isSubnetValidForENICreation, IsSubnetExcluded): in which subnets ENIs come to lie, one by one and all at once."""

from dataclasses import replace
from ipaddress import IPv4Network
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.fleet import Reservation, Subnet
from nodenet.capacity.placing.blocks import well
from nodenet.capacity.placing.discovery import Well, candidates, share
from nodenet.capacity.placing.ground import survey
from nodenet.capacity.placing.load import Load
from nodenet.capacity.placing.place import place
from tests.unit.capacity.fleets import cni, fleet, group, use

HOME = Subnet("home", "z1", 22)
TAGGED = Subnet("tagged", "z1", 20, cni=True)
UNTAGGED = Subnet("untagged", "z1", 16)
ELSEWHERE = Subnet("elsewhere", "z2", 16, cni=True)


def one_by_one(count: int, wells: list[Well]) -> list[int]:
    """What GetVpcSubnets and createENI do, ENI by ENI."""
    shares = [0] * len(wells)
    for _ in range(count):
        free = [well.free - each * well.step for well, each in zip(wells, shares, strict=True)]
        room = [place for place, well in enumerate(wells) if shares[place] < well.most]
        best = max(room or range(len(wells)), key=lambda place: (free[place], -place))
        shares[best] += 1
    return shares


some_wells = st.builds(Well, st.integers(-20, 300), st.integers(1, 40), st.integers(0, 12))


@given(st.integers(0, 60), st.lists(some_wells, min_size=1, max_size=6))
def test_all_at_once_is_as_one_by_one(count: int, some: list[Well]) -> None:
    assert share(count, some) == one_by_one(count, some)


def test_a_million_enis_are_shared_out_at_once() -> None:
    assert share(10**6, [Well(10**8, 10, 10**7), Well(10**8 - 5, 10, 10**7)]) == [500_000, 500_000]


def test_a_node_may_use_its_own_subnet_and_the_tagged_ones_of_its_zone() -> None:
    zone = [HOME, TAGGED, UNTAGGED]
    assert candidates(HOME, zone, cni()) == (HOME, TAGGED)
    assert candidates(UNTAGGED, zone, cni()) == (TAGGED, UNTAGGED)
    assert candidates(TAGGED, zone, cni()) == (TAGGED,)


def test_a_tag_of_0_shuts_out_every_subnet_the_nodes_own_too() -> None:
    shut = replace(HOME, cni=False)
    assert candidates(shut, [shut, TAGGED], cni()) == (TAGGED,)
    assert candidates(TAGGED, [shut, TAGGED], cni()) == (TAGGED,)


def test_without_discovery_it_is_the_nodes_own_or_none() -> None:
    off = cni(ENABLE_SUBNET_DISCOVERY=False)
    assert candidates(HOME, [HOME, TAGGED], off) == (HOME,)
    assert candidates(replace(HOME, cni=False), [TAGGED], off) == ()


def test_new_enis_go_where_most_addresses_are_free() -> None:
    web = group("web", "m5.large", {5: 10}, "home")
    found = place(fleet([HOME, TAGGED, UNTAGGED, ELSEWHERE], web))
    assert (use(found, "home").nodes, use(found, "home").pods) == (10, 10 * 9)
    assert use(found, "tagged").pods == 10 * 10
    assert not use(found, "untagged").taken
    assert not use(found, "elsewhere").taken


def test_subnets_end_level() -> None:
    """Each new ENI goes to the one with most free: the tagged one falls to the other's level, and then both fall."""
    web = group("web", "m5.large", {12: 40}, "home")
    found = place(fleet([HOME, replace(TAGGED, length=22)], web))
    # The nodes and their primary ENIs take 40 x 10 of one subnet; their 80 further ENIs then take 10 each.
    assert use(found, "tagged").pods == 60 * 10
    assert use(found, "home").pods == 40 * 9 + 20 * 10
    assert use(found, "home").left == use(found, "tagged").left == 1019 - 600


def test_the_primary_eni_in_an_excluded_subnet_carries_no_pods() -> None:
    """setupENI marks it (SetENIExcludedForPodIPs): the node has its own address there and nothing else."""
    web = group("web", "m5.large", {5: 2}, "home")
    found = place(fleet([replace(HOME, cni=False), TAGGED], web))
    assert (use(found, "home").taken, use(found, "tagged").taken) == (2, 2 * 20)


def test_where_all_is_shut_out_pods_have_no_address() -> None:
    web = group("web", "m5.large", {5: 2}, "home")
    found = place(fleet([replace(HOME, cni=False)], web))
    (short,) = found.shortages
    assert short.missing == 10
    assert "kubernetes.io/role/cni" in short.sentence


def test_without_discovery_the_primary_eni_of_a_shut_out_subnet_carries_pods_still() -> None:
    """createENI refuses further ones there, but only discovery marks the ENI itself."""
    web = group("web", "m5.large", {12: 1}, "home")
    found = place(fleet([replace(HOME, cni=False)], web, cni=cni(ENABLE_SUBNET_DISCOVERY=False)))
    assert (found.nodes[0].holding.active, found.nodes[0].holding.waiting) == (9, 3)


def test_custom_networking_does_not_ask_which_subnet_has_most_free() -> None:
    web = group("web", "m5.large", {5: 2}, "home")
    aws_node = cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=True)
    found = place(fleet([HOME, TAGGED, UNTAGGED], web, cni=aws_node, eni_configs={"z1": ("untagged",)}))
    assert (use(found, "untagged").pods, use(found, "tagged").pods) == (2 * 20, 0)


def test_an_eniconfigs_subnet_with_a_tag_of_0_serves_no_pods() -> None:
    web = group("web", "m5.large", {5: 2}, "home")
    aws_node = cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=True)
    shut = replace(UNTAGGED, cni=False)
    assert place(fleet([HOME, shut], web, cni=aws_node, eni_configs={"z1": ("untagged",)})).nodes[0].holding.waiting
    off = replace(aws_node, subnet_discovery=False)
    assert not place(fleet([HOME, shut], web, cni=off, eni_configs={"z1": ("untagged",)})).nodes[0].holding.waiting


def test_what_is_set_aside_for_prefixes_does_not_count_as_free() -> None:
    """Seen by awslabs/eks-perf-tests, pull request 511: a subnet that is reserved whole is never chosen. Prefixes come
    from the reservation, so that an ENI takes one of the addresses that count."""
    half = Reservation(IPv4Network("10.0.8.0/21"), "prefix")
    reserved = replace(TAGGED, cidr=IPv4Network("10.0.0.0/20"), reservations=(half,))
    assert well(survey(reserved), Load(), 1, 2) == Well(2048 - 4, 1, 127 // 2)
    assert well(survey(reserved), Load(pods=3 * 33, prefixes=6), 1, 2) == Well(2048 - 4 - 3, 1, (127 - 6) // 2)
    other = replace(half, kind="explicit")
    assert well(survey(replace(reserved, reservations=(other,))), Load(), 1, 2) == Well(4091, 33, 2044 // 33)
    # More are free in the reserved subnet than in the other, but fewer count.
    web = group("web", "m5.large", {5: 1}, "home")
    subnets = [HOME, reserved, Subnet("open", "z1", 20, used=1000, cni=True)]
    found = place(fleet(subnets, replace(web, pods=((60, 4),), max_pods=250), cni=cni(WARM_ENI_TARGET=2)))
    assert (use(found, "tagged").pods, use(found, "open").pods) == (0, 4 * 20)


def test_the_largest_enis_come_first_so_that_small_ones_find_the_rest() -> None:
    subnets = [
        Subnet("home", "z1", 27),
        Subnet("x", "z1", 27, used=12, cni=True),
        Subnet("y", "z1", 27, used=17, cni=True),
    ]
    found = place(fleet(subnets, group("s", "m5.large", {5: 1}, "home"), group("l", "m5.xlarge", {5: 1}, "home")))
    assert [each.left for each in found.subnets] == [2, 0, 0]
    assert not found.shortages


@given(st.integers(0, 80), st.integers(0, 80), st.lists(st.integers(20, 26), min_size=1, max_size=3))
@settings(deadline=None)
def test_enis_that_come_node_by_node_lie_nearly_the_same(first: int, second: int, tagged: list[int]) -> None:
    """All at once, the largest ENIs go first; in truth nodes come one by one. No subnet differs by more than the ENIs
    of one node of each kind, while there is room."""
    subnets = [HOME, *(Subnet(f"t{place}", "z1", length, cni=True) for place, length in enumerate(tagged))]
    aws_node = cni(WARM_IP_TARGET=2)
    groups = [group("one", "m5.xlarge", {20: first}, "home"), group("two", "m5.large", {12: second}, "home")]
    found = place(fleet(subnets, *groups, cni=aws_node))
    if found.shortages:
        return
    free = {each.name: each.size - 5 for each in subnets}
    for use_of in found.nodes:
        free["home"] -= use_of.nodes * (1 + use_of.holding.enis[0].slots)
    for use_of in found.nodes:
        for _ in range(use_of.nodes):
            for eni in use_of.holding.enis[1:]:
                best = max(free, key=lambda name: free[name])
                free[best] -= 1 + eni.addresses
    for name, left in free.items():
        assert abs(use(found, name).left - left) <= 2 * 15


def test_the_order_of_groups_does_not_matter_where_all_have_the_same_choice() -> None:
    groups = [group(name, kind, {9: 30}, "home") for name, kind in (("x", "m5.large"), ("y", "m5.xlarge"))]
    both = [place(fleet([HOME, TAGGED], *some)) for some in (groups, groups[::-1])]
    for one, other in pairwise(both):
        assert one.subnets == other.subnets
