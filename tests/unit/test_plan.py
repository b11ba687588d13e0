"""The pure decision: what a node needs, whatever it has already."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodenet.configuration.resolved import ResolvedGroup
from nodenet.interfaces.identity import client_token, is_of
from nodenet.interfaces.plan import plan
from nodenet.interfaces.steps import Attach, Create, Fail, Gone, Hold, SetDeleteOnTermination, Wait, Wire
from nodenet.limits import InstanceLimits, NetworkCard, shipped
from nodenet.networks import Attachment, Instance, Interface
from tests.unit.wanting import ZONE, eni, group, instance, kinds, network, unattached


def limits_of(instance_type: str) -> InstanceLimits:
    found = shipped(instance_type)
    assert found is not None
    return found


M5 = limits_of("m5.2xlarge")
P4 = limits_of("p4d.24xlarge")


def decide(node: Instance, *networks: object, limits: InstanceLimits | None = None, **more: object) -> object:
    return plan("demo", node, group(*networks), limits or M5, **more)  # type: ignore[arg-type]


def wire(decision: object) -> Wire:
    assert isinstance(decision, Wire), decision
    return decision


def test_a_new_node_gets_each_network_created_attached_and_bound_to_its_life() -> None:
    wired = wire(decide(instance(), network("n3"), network("n6")))
    assert [each.network for each in wired.interfaces] == ["n3", "n6"]
    for each in wired.interfaces:
        assert kinds(each.steps) == ["Create", "Attach", "SetDeleteOnTermination"]


def test_tags_that_keep_the_vpc_cni_away_are_part_of_the_creation() -> None:
    create = wire(decide(instance(), network("n3", tags={"owner": "a=b"}))).interfaces[0].steps[0]
    assert isinstance(create, Create)
    assert create.tags["node.k8s.amazonaws.com/no_manage"] == "true"
    assert {"multus": "true", "cluster": "demo", "Zone": ZONE, "owner": "a=b"}.items() <= create.tags.items()
    assert {"nodenet:network": "n3", "nodenet:instance": "i-1"}.items() <= create.tags.items()
    assert not {"node.k8s.amazonaws.com/instance_id", "node.k8s.amazonaws.com/createdAt"} & create.tags.keys()


def test_the_highest_free_device_indexes_are_taken_since_the_vpc_cni_takes_the_lowest() -> None:
    cni = eni("eni-cni", "subnet-node", {"sg-node"}, 0, 1)
    wired = wire(decide(instance(cni), network("n3"), network("n6")))
    assert [step.index for each in wired.interfaces for step in each.steps if isinstance(step, Attach)] == [3, 2]


def test_a_wired_node_needs_nothing() -> None:
    n3 = network("n3")
    assert wire(decide(instance(eni("eni-3", "subnet-n3a", {"sg-n3"}, 0, 3)), n3)).done


def test_an_interface_that_was_attached_but_not_bound_is_bound() -> None:
    loose = eni("eni-3", "subnet-n3a", {"sg-n3"}, 0, 3, goes=False, says="nodenet n3 #0")
    (only,) = wire(decide(instance(loose), network("n3"))).interfaces
    assert kinds(only.steps) == ["SetDeleteOnTermination", "Retag"]


def test_an_interface_of_somebody_else_with_the_same_subnet_and_groups_counts_and_is_left_as_it_is() -> None:
    theirs = eni("eni-3", "subnet-n3a", {"sg-n3"}, 0, 3, goes=False, says="made by hand")
    (only,) = wire(decide(instance(theirs), network("n3", source_dest_check=False))).interfaces
    assert only.steps == ()


def test_an_interface_of_the_vpc_cni_is_never_a_network() -> None:
    theirs = eni("eni-3", "subnet-n3a", {"sg-n3"}, 0, 1, says="aws-K8S-i-1")
    (only,) = wire(decide(instance(theirs), network("n3"))).interfaces
    assert "Create" in kinds(only.steps)


def test_a_network_that_nothing_tells_from_the_node_s_own_interfaces_is_refused() -> None:
    node = network("n3", subnet_by_zone={ZONE: "subnet-node"}, security_groups=frozenset({"sg-node"}))
    decision = decide(instance(), node)
    assert isinstance(decision, Hold)
    assert "primary interface" in decision.reason


def test_a_spare_interface_that_is_not_wanted_any_more_is_surplus_and_a_kept_one_is_not() -> None:
    n3, n6, n9 = network("n3"), network("n6"), network("n9", retention="keep")
    spare = [unattached(n6), unattached(n9, interface_id="eni-kept")]
    assert [each.id for each in wire(decide(instance(), n3, spare=spare)).surplus] == ["eni-spare"]


def test_an_interface_from_a_delivery_that_was_cut_off_is_attached_and_no_other_made() -> None:
    n3 = network("n3")
    (only,) = wire(decide(instance(), n3, spare=[unattached(n3)])).interfaces
    assert only.interface is not None
    assert kinds(only.steps) == ["Attach", "SetDeleteOnTermination"]


def test_a_kept_interface_goes_to_the_next_node_and_stays_beyond_it() -> None:
    n3 = network("n3", retention="keep")
    (only,) = wire(decide(instance(), n3, spare=[unattached(n3, made_for="i-old")])).interfaces
    assert only.interface is not None
    assert kinds(only.steps) == ["Attach", "Retag"]
    assert only.otherwise is not None
    assert kinds(only.otherwise.steps) == ["Create", "Attach"]


def test_source_dest_check_costs_a_call_only_where_it_is_configured_off() -> None:
    (only,) = wire(decide(instance(), network("n3", source_dest_check=False))).interfaces
    assert kinds(only.steps) == ["Create", "Attach", "SetDeleteOnTermination", "SetSourceDestCheck"]


def test_a_network_may_have_several_interfaces_each_with_a_token_of_its_own() -> None:
    wired = wire(decide(instance(), network("n3", interfaces=3)))
    creates = [step for each in wired.interfaces for step in each.steps if isinstance(step, Create)]
    assert len({create.token for create in creates}) == 3


def test_tokens_are_stable_for_an_attempt_new_after_a_roll_back_and_short_enough_for_ec2() -> None:
    assert client_token("i-1", "n3", 0, 0) == client_token("i-1", "n3", 0, 0)
    assert len({client_token("i-1", "n3", 0, attempt) for attempt in range(9)}) == 9
    assert len(client_token("i-" + "0" * 17, "n" * 15, 14, 99)) <= 64


def test_changed_groups_make_no_second_interface_on_a_node_that_has_the_network() -> None:
    old = eni("eni-3", "subnet-n3a", {"sg-old"}, 0, 3, says="nodenet n3 #0")
    wired = wire(decide(instance(old), network("n3")))
    assert wired.done
    assert "differ" in wired.interfaces[0].reason


def test_a_zone_without_a_subnet_fails_the_node_and_names_the_networks() -> None:
    n3 = network("n3", subnet_by_zone={"eu-west-1b": "subnet-n3b"})
    assert decide(instance(), n3, network("n6")) == Fail("no subnet in eu-west-1a for n3")


def test_more_networks_than_the_type_can_hold_fail_before_anything_is_made() -> None:
    decision = decide(instance(type="m5.large"), *map(network, ("n1", "n2", "n3")), limits=limits_of("m5.large"))
    assert isinstance(decision, Fail)
    assert "m5.large takes 3 interfaces" in decision.reason


def test_places_filled_by_others_hold_the_node_and_replace_nothing() -> None:
    others = [eni(f"eni-{index}", "subnet-node", {"sg-node"}, 0, index) for index in (1, 2, 3)]
    assert isinstance(decide(instance(*others), network("n3")), Hold)


def test_an_instance_that_ends_is_gone_and_one_that_starts_is_waited_for() -> None:
    assert isinstance(decide(instance(state="shutting-down"), network("n3")), Gone)
    assert isinstance(decide(instance(state="pending"), network("n3")), Wait)
    assert isinstance(decide(instance(state="stopped"), network("n3")), Wire)


def test_a_starting_instance_that_has_its_networks_is_not_waited_for() -> None:
    node = instance(eni("eni-3", "subnet-n3a", {"sg-n3"}, 0, 3), state="pending")
    assert wire(decide(node, network("n3"))).done


def test_each_network_card_counts_its_own_indexes() -> None:
    here, there = network("n3"), network("n6", network_card=1)
    wired = wire(decide(instance(type="p4d.24xlarge"), here, there, limits=P4))
    attaches = [step for each in wired.interfaces for step in each.steps if isinstance(step, Attach)]
    tops = {card.index: card.maximum_interfaces - 1 for card in P4.cards}
    assert [(step.card, step.index) for step in attaches] == [(0, tops[0]), (1, tops[1])]


def test_a_card_that_the_type_does_not_have_fails_the_node() -> None:
    assert isinstance(decide(instance(), network("n3", network_card=1)), Fail)


LIMITS = InstanceLimits(
    instance_type="x.test",
    cards=(NetworkCard(0, 6), NetworkCard(1, 4)),
    ipv4_per_interface=15,
    ipv6_per_interface=15,
    default_card=0,
    nitro=True,
    architectures=("x86_64",),
    vcpus=8,
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Instance, ResolvedGroup, list[Interface]]:
    """A node with anything attached: foreign ENIs, some of its own, bound or not; and spare ENIs."""
    networks = [
        network(name, network_card=draw(st.integers(0, 1)), interfaces=draw(st.integers(1, 2)))
        for name in draw(st.lists(st.sampled_from(["n1", "n2", "n3"]), min_size=1, max_size=3, unique=True))
    ]
    places = draw(st.permutations([(0, index) for index in range(1, 6)] + [(1, index) for index in range(4)]))
    attached: list[Interface] = []
    for number, (card, index) in enumerate(places[: draw(st.integers(0, 6))]):
        mine = [each for each in networks if each.network_card == card]
        here = draw(st.sampled_from([None, *mine]))
        if here and sum(is_of(each, here, here.subnet_by_zone[ZONE]) for each in attached) < here.interfaces:
            subnet, groups = here.subnet_by_zone[ZONE], set(here.security_groups)
            ordinal = sum(is_of(each, here, subnet) for each in attached)
            says = f"nodenet {here.name} #{ordinal}"
            attached.append(eni(f"eni-{number}", subnet, groups, card, index, goes=draw(st.booleans()), says=says))
        else:
            attached.append(eni(f"eni-{number}", "subnet-node", {"sg-node"}, card, index))
    spare = [
        unattached(draw(st.sampled_from(networks)), draw(st.integers(0, 1)), interface_id=f"eni-spare{number}")
        for number in range(draw(st.integers(0, 3)))
    ]
    return instance(*attached, type="x.test"), group(*networks), spare


def carry_out(node: Instance, wired: Wire, networks: ResolvedGroup) -> Instance:
    """What EC2 would hold after the steps, with EC2's rule that a place takes one interface."""
    interfaces = {each.id: each for each in node.interfaces}
    by_name = {each.name: each for each in networks.networks}
    for number, each in enumerate(wired.interfaces):
        of = by_name[each.network]
        interface = each.interface
        for step in each.steps:
            match step:
                case Create():
                    interface = unattached(of, interface_id=f"eni-new{number}")
                    interface = replace(interface, description=step.description)
                case Attach(card, index):
                    taken = {
                        (other.attachment.card, other.attachment.index)
                        for other in interfaces.values()
                        if other.attachment
                    }
                    assert (card, index) not in taken, "a clash of device indexes"
                    assert index < {card.index: card.maximum_interfaces for card in LIMITS.cards}[card]
                    assert interface is not None
                    interface = replace(interface, attachment=Attachment("a", node.id, card, index, False))
                case SetDeleteOnTermination(value):
                    assert interface is not None
                    assert interface.attachment is not None
                    interface = replace(
                        interface, attachment=replace(interface.attachment, delete_on_termination=value)
                    )
        assert interface is not None
        interfaces[interface.id] = interface
    return replace(node, interfaces=tuple(interfaces.values()))


@given(situations())
def test_whatever_is_attached_the_result_has_exactly_the_wanted_networks(
    situation: tuple[Instance, ResolvedGroup, list[Interface]],
) -> None:
    node, wanted, spare = situation
    decision = plan("demo", node, wanted, LIMITS, spare=spare)
    if not isinstance(decision, Wire):
        assert isinstance(decision, Fail | Hold)
        return
    after = carry_out(node, decision, wanted)
    for each in wanted.networks:
        mine = [one for one in after.interfaces if is_of(one, each, each.subnet_by_zone[ZONE])]
        assert len(mine) == each.interfaces
        assert all(one.attachment and one.attachment.delete_on_termination for one in mine)
    assert {each.id for each in node.interfaces} <= {each.id for each in after.interfaces}
    again = plan("demo", after, wanted, LIMITS, spare=[])
    assert isinstance(again, Wire)
    assert again.done, "a second delivery finds something to do"


@given(situations())
def test_a_plan_is_refused_only_where_the_interfaces_cannot_fit(
    situation: tuple[Instance, ResolvedGroup, list[Interface]],
) -> None:
    node, wanted, spare = situation
    decision = plan("demo", node, wanted, LIMITS, spare=spare)
    lacks = 0
    for card in LIMITS.cards:
        used = sum(1 for each in node.interfaces if each.attachment and each.attachment.card == card.index)
        missing = sum(
            each.interfaces - sum(is_of(one, each, each.subnet_by_zone[ZONE]) for one in node.interfaces)
            for each in wanted.networks
            if each.network_card == card.index
        )
        lacks += used + missing > card.maximum_interfaces
    assert isinstance(decision, Wire) == (lacks == 0)


@pytest.mark.parametrize("state", ["pending", "running", "stopped"])
def test_every_step_says_why(state: str) -> None:
    decision = decide(instance(state=state), network("n3"))
    if isinstance(decision, Wire):
        assert all(step.reason for each in decision.interfaces for step in each.steps)
    else:
        assert decision.reason  # type: ignore[attr-defined]
