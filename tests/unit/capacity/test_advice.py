"""What would help: each advice is a what-if that was tried, and is worth its words.

That pods pay for warm addresses with EC2 calls, MINIMUM_IP_TARGET belongs a little above the pods of a node, and the
two IP targets are never both 0 with prefixes: amazon-vpc-cni-k8s, docs/eni-and-ip-target.md, prefix-and-ip-target.md.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.advice import advise
from nodenet.capacity.advice.case import Case, sample, set_to
from nodenet.capacity.advice.prefixes import risk
from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.fleet import ExtraNetwork, Fleet, NodeGroup, Subnet, Target
from nodenet.capacity.ipamd.curve import holdings
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import Advice
from nodenet.limits import shipped, shipped_types


def cni(**environment: object) -> CniSettings:
    return CniSettings.of({**SHIPPED, **{name: str(value) for name, value in environment.items()}})


def group(name: str, instance_type: str, pods: Mapping[int, int], subnets: str = "n", **others: Any) -> NodeGroup:
    """`pods`: how many nodes run so many; `subnets`: their names, one letter each."""
    limits = shipped(instance_type)
    assert limits
    made = NodeGroup(name, limits, tuple(subnets), tuple(pods.items()))
    return replace(made, **others)


def fleet(*groups: NodeGroup, length: int = 20, **others: Any) -> Fleet:
    """Groups in one subnet of zone a."""
    return replace(Fleet((Subnet("n", "a", length),), groups, cni()), **others)


def advice(one: Fleet, kind: str) -> list[Advice]:
    return [each for each in advise(one, place(one)) if each.kind == kind]


def only(one: Fleet, kind: str) -> Advice:
    (found,) = advice(one, kind)
    return found


def applied(one: Fleet, environment: Mapping[str, str]) -> Fleet:
    """The fleet with what the advice says to set."""
    read = {
        "WARM_IP_TARGET": "warm_ip_target",
        "MINIMUM_IP_TARGET": "minimum_ip_target",
        "WARM_PREFIX_TARGET": "warm_prefix_target",
    }
    switches = {"ENABLE_PREFIX_DELEGATION": "prefix_delegation", "ENABLE_SUBNET_DISCOVERY": "subnet_discovery"}
    numbers = {field: int(environment[name]) for name, field in read.items() if name in environment}
    on = {field: environment[name] == "true" for name, field in switches.items() if name in environment}
    changed: dict[str, Any] = {**numbers, **on}
    return replace(one, cni=replace(one.cni, **changed))


def taken(one: Fleet) -> int:
    return sum(use.taken for use in place(one).subnets)


WEB = group("web", "m5.large", {20: 40})


# ---- warm targets


def test_minimum_a_little_above_the_pods_and_few_warm() -> None:
    """m5.large with 20 pods: three ENIs of ten addresses become 22 addresses and three ENIs' own.

    One call fills the primary ENI, and each ENI that is attached takes six, two of them DescribeSubnets. With
    WARM_ENI_TARGET both go again once the pods have gone, in three calls each; with the minimum they stay.
    """
    found = only(fleet(WEB), "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "22"}
    assert found.saves == 40 * (30 - 25)
    assert found.calls == (1 + 2 * 6 + 2 * 3, 1 + 2 * 6)
    assert "holds 25 addresses instead of 30" in found.sentence


def test_what_is_set_already_is_no_advice() -> None:
    assert not advice(fleet(WEB, cni=cni(WARM_IP_TARGET=2, MINIMUM_IP_TARGET=22)), "warm targets")


def test_a_warm_target_without_a_minimum_gets_one_for_its_calls_alone() -> None:
    """Every pod costs a call then; with a minimum as high as they come the addresses are the same."""
    found = only(fleet(WEB, cni=cni(WARM_IP_TARGET=1)), "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "1", "MINIMUM_IP_TARGET": "21"}
    assert found.saves == 0
    assert found.calls is not None
    assert found.calls[1] * 2 <= found.calls[0]


def test_one_pair_for_all_groups_that_is_enough_for_half_of_the_nodes() -> None:
    """The setting is the DaemonSet's: 22 for the forty nodes with 20 pods, though others have 5 and 60."""
    mixed = fleet(group("few", "m5.large", {5: 20}), WEB, group("many", "m5.4xlarge", {60: 10}))
    found = only(mixed, "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "22"}
    assert found.saves == taken(mixed) - taken(applied(mixed, found.settings)) > 0


def test_pods_on_branch_interfaces_need_no_warm_addresses() -> None:
    """Of twenty pods five have security groups and so branch ENIs: fifteen take addresses from ipamd's pool."""
    secured = fleet(group("web", "m5.xlarge", {20: 10}, branch_pods=5), cni=cni(ENABLE_POD_ENI=True))
    found = only(secured, "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "17"}
    assert found.saves == taken(secured) - taken(applied(secured, found.settings)) > 0


def test_nodes_that_need_all_their_addresses_save_nothing() -> None:
    assert not advice(fleet(group("full", "m5.large", {27: 40})), "warm targets")


def test_never_both_targets_0_with_prefixes() -> None:
    dense = fleet(group("dense", "m5.large", {30: 40}), cni=cni(ENABLE_PREFIX_DELEGATION=True))
    found = only(dense, "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "32"}
    # Three prefixes, one of them warm, become the two that 32 addresses are.
    assert found.saves == 40 * 16


def test_too_many_calls_are_no_advice() -> None:
    """Half of the nodes have one pod, half 100: a pair for the former asks EC2 for each pod of the latter."""
    spread = fleet(group("one", "m5.4xlarge", {1: 10}), group("many", "m5.4xlarge", {100: 10}))
    for found in advice(spread, "warm targets"):
        assert found.settings is not None
        assert int(found.settings["MINIMUM_IP_TARGET"]) > 100


# ---- prefixes


def test_full_nodes_take_more_pods_with_prefixes() -> None:
    """m5.large: 29 pods by addresses, 110 with prefixes, which is EKS's limit for two vCPUs."""
    full = fleet(group("full", "m5.large", {27: 40}))
    found = only(full, "prefixes")
    assert "m5.large from 29 to 110" in found.sentence
    assert found.settings == {"ENABLE_PREFIX_DELEGATION": "true"}
    assert found.saves == taken(full) - taken(applied(full, found.settings))


def test_without_a_warm_prefix_target_the_advice_brings_one() -> None:
    bare = fleet(group("full", "m5.large", {27: 40}), cni=CniSettings())
    assert only(bare, "prefixes").settings == {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}


def test_prefixes_save_where_whole_enis_are_kept_warm() -> None:
    """m5.24xlarge with 60 pods: three ENIs of fifty addresses, or one with five prefixes."""
    large = fleet(group("large", "m5.24xlarge", {60: 10}))
    assert only(large, "prefixes").saves == 10 * (3 * 50 - (1 + 5 * 16))


def test_no_prefixes_for_types_that_are_not_built_on_nitro() -> None:
    assert not advice(fleet(group("old", "m4.large", {18: 40})), "prefixes")


def test_types_without_prefixes_are_named_beside_others() -> None:
    both = fleet(group("full", "m5.large", {27: 40}), group("old", "m4.large", {18: 4}))
    assert "Nothing changes for m4.large, not built on Nitro" in only(both, "prefixes").sentence


def test_no_more_pods_by_prefixes_where_the_subnet_has_no_room_for_them() -> None:
    """27 pods take 30 addresses of an m5.large, and three prefixes 49."""
    full = fleet(group("full", "m5.large", {27: 40}))
    # Of 4,091 addresses 2,891 are left, and with prefixes 2,131.
    assert advice(replace(full, headroom=0.5), "prefixes")
    assert not advice(replace(full, headroom=0.6), "prefixes")


def test_no_prefixes_where_a_full_subnet_would_overflow() -> None:
    """Blocks there are enough for 24 prefixes; but eight m5.large would take 392 addresses instead of 240, of 1,019."""
    nodes = (group("full", "m5.large", {27: 8}), group("old", "m4.large", {18: 20}))
    full = fleet(*nodes, subnets=(Subnet("n", "a", 22, used=250),))
    assert not place(full).shortages
    assert not advice(full, "prefixes")


def test_no_prefixes_where_a_subnet_has_too_few_blocks_for_them() -> None:
    """Four m5.24xlarge would take fewer addresses with prefixes, but twenty blocks, and a /24 has fourteen."""
    assert not advice(fleet(group("large", "m5.24xlarge", {60: 4}), length=24), "prefixes")


def test_nodes_with_room_for_pods_need_no_prefixes() -> None:
    assert not advice(fleet(group("idle", "m5.large", {5: 40})), "prefixes")


def test_prefixes_that_are_on_get_a_reservation_where_single_addresses_scatter() -> None:
    scattered = Fleet(
        (Subnet("n", "a", 22), Subnet("m", "a", 22)),
        (
            group("dense", "m5.large", {10: 12}, subnets="n"),
            group("old", "m4.large", {8: 20}, subnets="n"),
        ),
        cni(ENABLE_PREFIX_DELEGATION=True),
    )
    blocks = {use.name: use.blocks for use in place(scattered).subnets}
    assert blocks["n"].wanted == 24
    found = only(scattered, "prefixes")
    assert f"n is likely to have {blocks['n'].expected} aligned /28 free for 24 prefixes" in found.sentence
    # 24 prefixes are 384 addresses: a /23.
    assert "reservation of a /23" in found.sentence
    (use,) = (use for use in place(scattered).subnets if use.name == "n")
    sixteen = replace(use, blocks=replace(use.blocks, wanted=16))
    assert "reservation of a /24" in risk(sixteen)


# ---- max pods


def test_a_kubelet_that_takes_more_pods_than_there_are_addresses_is_told() -> None:
    found = only(fleet(group("web", "m5.large", {15: 40}, max_pods=110)), "max pods")
    assert "Set maxPods to 29 for web (m5.large)" in found.sentence


def test_pods_on_branch_interfaces_and_on_the_hosts_network_have_their_place_in_the_maximum() -> None:
    """The trunk leaves an m5.xlarge three ENIs with 14 addresses: 42 pods, five on branches, six on the host."""
    high = group("web", "m5.xlarge", {20: 40}, max_pods=110, branch_pods=5, host_network_pods=6)
    assert "Set maxPods to 53 for web" in only(fleet(high, cni=cni(ENABLE_POD_ENI=True)), "max pods").sentence


def test_a_group_with_nodes_in_a_shut_out_subnet_keeps_the_places_of_the_others() -> None:
    """Of m5.large those in `x` have no pods on the primary interface, and places for 20; the others for 29."""
    subnets = (Subnet("n", "a", 20, cni=True), Subnet("x", "a", 20, cni=False))
    mixed = Fleet(subnets, (group("web", "m5.large", {15: 40}, subnets="nx", max_pods=110),), cni())
    assert "Set maxPods to 29 for web" in only(mixed, "max pods").sentence


def test_more_calls_than_ec2_lets_an_account_make_are_told() -> None:
    """The heavier half asks EC2 for each pod beyond the lighter half's twenty, at five AssignPrivateIpAddresses a
    second for all ("Request throttling for the Amazon EC2 API")."""

    def many(nodes: int) -> Advice:
        kinds = (group("few", "m5.4xlarge", {20: nodes}), group("many", "m5.4xlarge", {60: nodes}))
        return only(fleet(*kinds, length=12), "warm targets")

    assert "on all 1,000 nodes at the same time, EC2's limit" in many(500).sentence
    assert "EC2's limit" not in many(20).sentence


def test_full_nodes_with_idle_addresses_could_be_fewer() -> None:
    """18 pods and two on the host's network fill a kubelet of 20, and the second ENI's last addresses go to nobody:
    27 pods a node need two nodes where there were three."""
    narrow = fleet(group("web", "m5.large", {18: 42}, max_pods=20))
    found = only(narrow, "max pods")
    assert "maxPods 29 for web (m5.large). The same pods then run on 14 nodes less" in found.sentence
    denser = fleet(group("web", "m5.large", {27: 28}, max_pods=29))
    assert found.saves == taken(narrow) - taken(denser) > 0


def test_pods_on_branch_interfaces_would_not_all_come_to_lie_on_fewer_nodes() -> None:
    """Each node has as many of them as before."""
    narrow, switch = group("web", "m5.large", {9: 42}, max_pods=11), cni(ENABLE_POD_ENI=True)
    assert advice(fleet(narrow, cni=switch), "max pods")
    assert not advice(fleet(replace(narrow, branch_pods=1), cni=switch), "max pods")


@pytest.mark.parametrize("pods", [{10: 42}, {10: 41, 18: 1}, {18: 1, 10: 41}])
def test_nodes_that_are_not_full_stay_as_they_are(pods: dict[int, int]) -> None:
    assert not advice(fleet(group("web", "m5.large", pods, max_pods=20)), "max pods")


def test_nodes_with_more_pods_on_the_hosts_network_than_the_kubelet_takes_are_no_case_of_idle_addresses() -> None:
    assert not advice(fleet(group("web", "m5.large", {0: 42}, max_pods=20, host_network_pods=40)), "max pods")


def test_a_lower_maximum_stops_ipamd_where_that_ends_a_shortage() -> None:
    """It keeps no more than there may be pods (isDatastorePoolTooLow): 32 pods in two prefixes, and none warm."""
    short = fleet(group("web", "m5.large", {30: 40}), length=21, cni=cni(ENABLE_PREFIX_DELEGATION=True))
    short = replace(short, subnets=(replace(short.subnets[0], used=300),))
    assert place(short).shortages
    lower = replace(short, groups=(replace(short.groups[0], max_pods=32),))
    found = only(short, "max pods")
    assert "maxPods of 32 for web (m5.large)" in found.sentence
    assert found.saves == taken(short) - taken(lower) == 40 * 16


# ---- all of it


def test_networks_on_further_cards_take_no_interface_from_the_vpc_cni() -> None:
    """Calls are counted for the default card, where ipamd works."""
    bare = fleet(group("web", "c6in.32xlarge", {200: 1}, max_pods=250))
    on_card = [
        replace(
            bare,
            groups=(replace(bare.groups[0], networks=("n3",)),),
            networks=(ExtraNetwork("n3", {"a": "n"}, 6, 0, 0, card),),
        )
        for card in (0, 1)
    ]
    of_default, of_further, without = (
        Case.of(each).calls(Case.of(each).placement.nodes[0], each.cni) for each in (*on_card, bare)
    )
    assert of_further == without != of_default


def test_what_is_set_is_set_for_the_nodes_of_a_migration_too() -> None:
    """aws-node is one DaemonSet."""
    one = fleet(WEB, target=Target(cni(WARM_ENI_TARGET=2), {}))
    changed = set_to(one, warm_ip_target=5)
    assert changed.target
    assert (changed.cni.warm_ip_target, changed.target.cni.warm_ip_target) == (5, 5)
    assert changed.target.cni.warm_eni_target == 2


def test_an_empty_fleet_needs_no_advice() -> None:
    assert advise(fleet(), place(fleet())) == ()


def test_what_ends_a_shortage_comes_before_what_saves_more() -> None:
    """Warm targets save on the nodes in `m`, where there is room; those in `n` need all they have."""
    two = Fleet(
        (Subnet("n", "a", 23), Subnet("m", "b", 16), Subnet("h", "a", 20)),
        (group("full", "m5.large", {27: 20}), group("idle", "m5.4xlarge", {5: 40}, subnets="m")),
        cni(),
    )
    found = advise(two, place(two))
    kinds = [each.kind for each in found]
    assert kinds.index("subnet discovery") < kinds.index("warm targets")
    assert {each.kind: each.saves for each in found}["warm targets"] > 0


types = st.sampled_from(["t3.small", "m5.large", "m5.4xlarge", "m4.large", "c5.2xlarge", "p3dn.24xlarge"])
groups = st.builds(
    lambda name, kind, pods, nodes: group(name, kind, {pods: nodes}),
    st.sampled_from(["x", "y", "z"]),
    types,
    st.integers(0, 40),
    st.integers(1, 60),
)
environments = st.fixed_dictionaries(
    {},
    optional={
        "WARM_IP_TARGET": st.integers(0, 20),
        "MINIMUM_IP_TARGET": st.integers(0, 40),
        "ENABLE_PREFIX_DELEGATION": st.booleans(),
        "MAX_ENI": st.integers(0, 4),
    },
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(groups, min_size=1, max_size=3, unique_by=lambda each: each.name),
    environments,
    st.integers(16, 26),
    st.integers(0, 10),
)
def test_settings_that_are_told_save_what_is_said_and_make_nothing_worse(
    found: list[NodeGroup], environment: dict[str, object], length: int, used: int
) -> None:
    one = Fleet((Subnet("n", "a", length, used=used), Subnet("m", "a", 20)), tuple(found), cni(**environment))
    before = place(one)
    for each in advise(one, before):
        if each.kind in ("warm targets", "prefixes") and each.settings:
            then = applied(one, each.settings)
            assert each.saves == taken(one) - taken(then)
            assert sum(short.missing for short in place(then).shortages) <= sum(
                short.missing for short in before.shortages
            )
            assert each.kind == "prefixes" or each.saves >= 0


def test_the_typical_node_is_the_one_in_the_middle() -> None:
    uses = place(fleet(group("few", "m5.large", {5: 20}), WEB, group("many", "m5.4xlarge", {60: 10}))).nodes
    assert [use.pods for use in sample(uses, 1)] == [20]
    assert [use.pods for use in sample(uses, 7)] == [5, 5, 20, 20, 20, 20, 60]
    assert sample((), 4) == []


def forty_types() -> list[str]:
    found = [name for name in sorted(shipped_types()) if name.startswith(("m5", "m6", "c5", "c6", "r5", "r6"))]
    return [name for name in found if (limits := shipped(name)) and limits.vcpus][:200:5]


def test_forty_types_in_five_hundred_subnets_are_advised_in_half_a_second() -> None:
    """Processor time with cold caches, and twice as much for slow machines."""
    subnets = tuple(Subnet(f"s{number}", "abc"[number % 3], 22) for number in range(500))
    there = tuple(
        replace(
            group(f"g{number}", name, {5 + number: 125, 25: 125}),
            subnets=tuple(subnet.name for subnet in subnets[number * 12 : number * 12 + 12]),
        )
        for number, name in enumerate(forty_types())
    )
    one = Fleet(subnets, there, cni())
    placement = place(one)
    holdings.cache_clear()
    began = time.process_time()
    assert advise(one, placement)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("worse", ["n", "web"])
def test_more_missing_anywhere_is_worse_whatever_is_gained_elsewhere(worse: str) -> None:
    case = Case.of(fleet(WEB))
    other = Case.of(fleet(WEB))
    case.missing_at.update({worse: 1})
    other.missing_at.update({"elsewhere": 100})
    assert case.worse_than(other)
    assert not Case.of(fleet(WEB)).worse_than(other)
