"""Pods come to a node and go: what it costs in addresses, in EC2 calls and in waiting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.datastore import Shuffled
from nodenet.capacity.ipamd.simulation import Change, Sample, simulate
from nodenet.capacity.shape import NodeShape

M5_LARGE = NodeShape(enis=3, per_eni=9, prefixes=False, pods_on_primary=True, max_pods=29)
WITH_PREFIXES = NodeShape(enis=3, per_eni=9, prefixes=True, pods_on_primary=True, max_pods=110)
WARM_ENI = CniSettings()
WARM_IP = CniSettings(warm_ip_target=1)
WARM_AND_MINIMUM = CniSettings(warm_ip_target=2, minimum_ip_target=24)
UP_AND_DOWN = [Change(10.0, 20), Change(300.0, 0)]


def at(samples: tuple[Sample, ...], second: float) -> Sample:
    return [sample for sample in samples if sample.second <= second][-1]


def test_fewer_warm_addresses_cost_more_calls_and_longer_waits() -> None:
    """The CNI's README on WARM_IP_TARGET: "it will cause additional calls to the EC2 API"."""
    roomy, tight = (simulate(M5_LARGE, settings, UP_AND_DOWN) for settings in (WARM_ENI, WARM_IP))

    assert tight.most < roomy.most
    assert tight.calls["AssignPrivateIpAddresses"] > 10 * roomy.calls["AssignPrivateIpAddresses"]
    assert tight.pod_seconds > 10 * roomy.pod_seconds


def test_a_minimum_above_the_pods_saves_both() -> None:
    """docs/eni-and-ip-target.md: MINIMUM_IP_TARGET "slightly higher than the expected number of pods"."""
    run = simulate(M5_LARGE, WARM_AND_MINIMUM, UP_AND_DOWN)

    assert run.pod_seconds == 0
    assert sum(run.calls.values()) < sum(simulate(M5_LARGE, WARM_IP, UP_AND_DOWN).calls.values())


def test_an_eni_with_subnet_discovery_costs_six_calls_and_three_when_it_goes() -> None:
    """awsutils.AllocENI and FreeENI; setupENI looks for the subnet's tag again."""
    run = simulate(M5_LARGE, WARM_ENI, [Change(10.0, 1), Change(300.0, 0)])

    assert run.calls == {
        "AssignPrivateIpAddresses": 1,
        "DescribeSubnets": 2,
        "CreateNetworkInterface": 1,
        "DescribeInstances": 1,
        "AttachNetworkInterface": 1,
        "ModifyNetworkInterfaceAttribute": 1,
        "DescribeNetworkInterfaces": 1,
        "DetachNetworkInterface": 1,
        "DeleteNetworkInterface": 1,
    }


@pytest.mark.parametrize(
    ("settings", "looks"),
    [
        (CniSettings(), 2),
        (CniSettings(subnet_discovery=False), 1),
        (CniSettings(custom_networking=True), 1),
        (CniSettings(custom_networking=True, subnet_discovery=False), 0),
    ],
)
def test_subnets_are_looked_at_where_something_is_to_be_chosen(settings: CniSettings, looks: int) -> None:
    shape = NodeShape(3, 9, prefixes=False, pods_on_primary=True, max_pods=29)

    assert simulate(shape, settings, [Change(10.0, 1)]).calls.get("DescribeSubnets", 0) == looks


def test_grows_by_one_eni_in_a_pass() -> None:
    run = simulate(NodeShape(8, 9, prefixes=False, pods_on_primary=True, max_pods=80), WARM_ENI, [Change(1.0, 60)])

    assert [at(run.samples, second).enis for second in (4, 5, 9, 10, 15, 20, 25, 30, 35)] == [1, 2, 2, 3, 4, 5, 6, 7, 8]


def test_an_eni_stays_for_a_minute_and_while_an_address_of_it_cools() -> None:
    """isTooYoung, hasIPInCooling."""
    soon = simulate(M5_LARGE, WARM_ENI, [Change(1.0, 12), Change(21.0, 0)])
    late = simulate(M5_LARGE, WARM_ENI, [Change(1.0, 12), Change(201.0, 0)])
    slow = simulate(M5_LARGE, CniSettings(ip_cooldown_period=90), [Change(1.0, 12), Change(201.0, 0)])

    assert [at(soon.samples, second).enis for second in (60, 65, 70)] == [3, 2, 1]
    assert [at(late.samples, second).enis for second in (230, 235)] == [2, 1]
    assert at(slow.samples, 290).enis == 2, "the third held no address that had been used"


def test_gives_addresses_back_at_most_every_thirty_seconds() -> None:
    """decreaseIPPoolInterval."""
    changes = [Change(1.0, 20), Change(200.0, 15), Change(207.0, 10), Change(214.0, 5)]
    run = simulate(M5_LARGE, WARM_IP, changes)

    went = [
        now.second
        for last, now in zip(run.samples, run.samples[1:], strict=False)
        if now.warm + now.pods < last.warm + last.pods
    ]
    assert went[:2] == [200.0, 235.0]


def test_a_cordoned_node_gets_nothing_and_keeps_its_enis() -> None:
    """isENIAttachmentAllowed; facts of AWS_MANAGE_ENIS_NON_SCHEDULABLE in the CNI's README."""
    changes = [Change(10.0, 9), Change(100.0, 14, cordoned=True), Change(300.0, 0, cordoned=True)]
    managed = CniSettings(manage_enis_non_schedulable=True)

    left_alone, looked_after = (simulate(M5_LARGE, each, changes) for each in (WARM_ENI, managed))

    assert len(left_alone.holding.enis) == 2
    assert at(looked_after.samples, 299).enis == 3
    assert len(looked_after.holding.enis) == 1


def test_a_full_subnet_is_asked_again_after_two_minutes() -> None:
    """insufficientCidrErrorCooldown."""
    run = simulate(M5_LARGE, WARM_ENI, [Change(1.0, 15)], seconds=400, room=9)

    assert run.calls["CreateNetworkInterface"] == 4
    assert run.holding.waiting == 6
    assert at(run.samples, 125).calls == at(run.samples, 5).calls < at(run.samples, 130).calls


@pytest.mark.parametrize(("discovery", "made"), [(True, 1), (False, 0)])
def test_where_a_subnet_is_full_an_eni_is_tried_in_another_by_discovery_only(discovery: bool, made: int) -> None:
    """tryAssignIPs goes on where useSubnetDiscovery is set; else the error ends the pass (increaseDatastorePool)."""
    settings = CniSettings(warm_ip_target=1, subnet_discovery=discovery)
    run = simulate(M5_LARGE, settings, [], seconds=100, room=0)

    assert run.calls.get("CreateNetworkInterface", 0) == made


def test_an_eni_that_goes_leaves_its_own_address_to_its_subnet_too() -> None:
    run = simulate(M5_LARGE, WARM_ENI, [Change(1.0, 12), Change(300.0, 0), Change(700.0, 12)], room=9 + 2 * 10)

    assert at(run.samples, 699).enis == 1
    assert len(run.holding.enis) == 3


def test_an_eni_stays_while_the_others_lack_the_warm_target_in_whole_prefixes() -> None:
    """isRequiredForWarmIPTarget rounds the target up to prefixes."""
    shape = NodeShape(enis=2, per_eni=1, prefixes=True, pods_on_primary=True, max_pods=32)
    settings = CniSettings(warm_ip_target=5)
    changes = [Change(1.0, 12), Change(300.0, 11)]

    assert len(simulate(shape, settings, changes).holding.enis) == 2
    assert len(simulate(shape, settings, [*changes, Change(600.0, 0)]).holding.enis) == 1


def test_a_subnet_with_room_for_a_few_gives_one_address_in_a_pass() -> None:
    """tryAssignIPs: "Try to just get one more IP"."""
    run = simulate(M5_LARGE, WARM_ENI, [Change(1.0, 4)], seconds=20, room=3)

    assert [at(run.samples, second).addresses for second in (0, 5, 10)] == [2, 3, 4]


def test_scattered_pods_keep_enis_that_packed_ones_would_free() -> None:
    changes = [Change(10.0, 25), Change(300.0, 0), Change(335.0, 4)]

    packed = simulate(M5_LARGE, WARM_ENI, changes, seconds=900)
    scattered = [simulate(M5_LARGE, WARM_ENI, changes, seconds=900, order=Shuffled(seed)) for seed in range(20)]

    assert len(packed.holding.enis) == 2
    assert max(len(run.holding.enis) for run in scattered) == 3


def test_the_same_seed_gives_the_same_run() -> None:
    one, two = (simulate(WITH_PREFIXES, WARM_IP, UP_AND_DOWN, order=Shuffled(7), leaving=Shuffled(8)) for _ in range(2))

    assert one == two


@settings(max_examples=150, deadline=None)
@given(
    pods=st.lists(st.integers(0, 29), min_size=1, max_size=6),
    warm=st.integers(0, 5),
    minimum=st.integers(0, 20),
    seed=st.integers(0, 5),
    prefixes=st.booleans(),
)
def test_whatever_comes_the_books_balance(
    pods: list[int], warm: int, minimum: int, seed: int, *, prefixes: bool
) -> None:
    shape = NodeShape(3, 9, prefixes=prefixes, pods_on_primary=True, max_pods=29)
    settings = CniSettings(warm_ip_target=warm, minimum_ip_target=minimum, warm_prefix_target=1)
    changes = [Change(10.0 + 47 * number, each) for number, each in enumerate(pods)]

    run = simulate(shape, settings, changes, order=Shuffled(seed), leaving=Shuffled(seed), room=120)

    assert run.holding.active + run.holding.waiting == pods[-1]
    assert run.most <= 1 + 120
    assert all(sample.addresses == sample.warm + sample.pods + sample.enis for sample in run.samples)
    assert [each.calls for each in run.samples] == sorted(each.calls for each in run.samples)


def test_changes_out_of_order_and_too_many_pods_are_refused() -> None:
    with pytest.raises(ValueError, match="one after the other"):
        simulate(M5_LARGE, WARM_ENI, [Change(10.0, 1), Change(5.0, 1)])
    with pytest.raises(ValueError, match="30 pods; the kubelet of this node takes 29"):
        simulate(M5_LARGE, WARM_ENI, [Change(10.0, 30)])
