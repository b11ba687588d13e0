"""The life of a slice: handed out once, freed when EC2 shows it with nobody, handed out again after a quarantine."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nodenet.errors import NodeError
from nodenet.interfaces.steps import SliceWanted
from nodenet.networks import Instance
from nodenet.nodes.outcome import State
from nodenet.ranges import AddressRange
from nodenet.slices.register import STRANGER, Held, free
from nodenet.slices.sweep import GRACE_SECONDS, QUARANTINE_SECONDS, Fill, Swept, sweep
from nodenet.slices.take import Slices
from tests.unit.cloud import Cloud, MemoryRegister
from tests.unit.deliveries import NO_ADDRESS
from tests.unit.test_launch_addresses import SLICE, launch, plans, ranges

RANGE = AddressRange.parse("10.0.4.32-10.0.4.223")


def want(holder: str, size: int = 16) -> SliceWanted:
    return SliceWanted("subnet-1", "n3", holder, size, (RANGE,), as_prefixes=True)


class Nobody:
    """EC2, as far as a full register asks it: no node is left."""

    def instances(self, instance_ids: Any) -> dict[str, Instance]:
        return {}


def run(cloud: Cloud) -> Swept:
    cloud.calls.clear()
    return sweep(cloud, cloud.register, cloud.adapter)


def end(cloud: Cloud, instance_id: str) -> None:
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])


# ---- handing out


def test_the_same_holder_gets_the_same_slice_again() -> None:
    slices = Slices(MemoryRegister(), Nobody())
    assert slices.take(want("i-1/n3/0")) == slices.take(want("i-1/n3/0"))


def test_slices_are_aligned_contiguous_and_wholly_inside_the_range() -> None:
    uneven = SliceWanted("subnet-1", "n3", "i", 16, (AddressRange.parse("10.0.4.30-10.0.4.70"),), as_prefixes=True)
    assert sorted(free([], uneven)) == [
        AddressRange.parse("10.0.4.32-10.0.4.47"),
        AddressRange.parse("10.0.4.48-10.0.4.63"),
    ]


def test_many_at_once_get_every_slice_once_and_none_twice() -> None:
    register = MemoryRegister()
    slices = Slices(register, Nobody())
    with ThreadPoolExecutor(12) as pool:
        taken = list(pool.map(lambda number: slices.take(want(f"i-{number}/n3/0")), range(12)))
    assert sorted(taken) == list(RANGE.slices(16))


def test_slices_of_another_size_do_not_overlap_with_what_is_held() -> None:
    slices = Slices(MemoryRegister(), Nobody())
    held = slices.take(want("i-1/n3/0", 64))
    others = [slices.take(want(f"i-{number}/n3/0")) for number in range(2, 8)]
    assert not any(held.overlaps(other) for other in others)


def test_a_slice_that_ec2_refused_is_somebody_else_s_and_not_offered() -> None:
    register = MemoryRegister()
    slices = Slices(register, Nobody())
    refused = slices.take(want("i-1/n3/0"))
    slices.refuse(want("i-1/n3/0"), refused)
    assert [entry.holder for entry in register.everything()] == [STRANGER]
    assert slices.take(want("i-1/n3/0")) != refused


def test_a_range_full_of_strangers_is_full() -> None:
    register = MemoryRegister()
    for each in RANGE.slices(16):
        register.hold(Held("subnet-1", each, "n3", STRANGER, 0.0))
    with pytest.raises(NodeError, match="full"):
        Slices(register, Nobody()).take(want("i-1/n3/0"))


# ---- coming free


def test_a_slice_comes_free_when_its_interface_is_gone_and_the_quarantine_has_passed(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    nodes = [launch(cloud) for _ in range(4)]
    end(cloud, nodes[0].instance_id)
    cloud.register.age(GRACE_SECONDS + 1)
    (freed,) = run(cloud).freed
    assert nodes[0].instance_id in freed
    assert launch(cloud).state is State.WAITING
    cloud.register.age(QUARANTINE_SECONDS + 1)
    assert ranges(launch(cloud)) == ranges(nodes[0])


def test_a_slice_is_not_freed_while_an_interface_has_it(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    launch(cloud)
    cloud.register.age(10 * GRACE_SECONDS)
    assert run(cloud).freed == ()


def test_a_slice_of_an_interface_that_outlives_its_node_is_not_freed(cloud: Cloud) -> None:
    plans(cloud, SLICE, more=", retention: keep")
    end(cloud, launch(cloud).instance_id)
    cloud.register.age(10 * GRACE_SECONDS)
    assert run(cloud).freed == ()


def test_a_slice_just_taken_is_not_freed_though_its_interface_is_not_there_yet(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    cloud.register.hold(Held(cloud.subnets["n3"][0], AddressRange.parse("10.0.16.32/28"), "n3", "i-1/n3/0", 2e10))
    assert run(cloud).freed == ()


def test_a_launch_that_crashed_or_was_rolled_back_gives_its_slice_back(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    cloud.fail("AttachNetworkInterface", NO_ADDRESS, times=2)
    assert launch(cloud).state is State.FAILED
    assert len(cloud.register.entries) == 1
    cloud.register.age(GRACE_SECONDS + 1)
    assert len(run(cloud).freed) == 1
    cloud.register.age(QUARANTINE_SECONDS + 1)
    assert run(cloud).fills[0] == Fill("n3", "eu-west-1a", 4, 0)


def test_a_slice_taken_again_meanwhile_is_not_freed() -> None:
    register = MemoryRegister()
    first = Held("subnet-1", AddressRange.parse("10.0.4.32/28"), "n3", "i-1/n3/0", 1.0)
    register.hold(first)
    register.hold(Held("subnet-1", first.range, "n3", "i-1/n3/0", 2.0))
    assert not register.let_go(first, 3.0)


def test_slices_that_an_empty_register_does_not_know_are_entered_again(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    held = {text for _ in range(3) for text in ranges(launch(cloud))}
    cloud.register.entries.clear()
    assert len(run(cloud).entered) == 3
    assert not held & set(ranges(launch(cloud)))


def test_a_sweep_costs_one_describe_and_without_slices_none(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    launch(cloud)
    run(cloud)
    assert Counter(cloud.calls) == {"DescribeNetworkInterfaces": 1}
    cloud.register.entries.clear()
    cloud.configure()
    assert run(cloud) == Swept()
    assert cloud.calls == []


def test_while_the_configuration_is_wrong_slices_come_free_all_the_same(cloud: Cloud) -> None:
    cloud.register.hold(Held("subnet-1", AddressRange.parse("10.0.4.32/28"), "n3", "i-1/n3/0", 0.0))
    cloud.mistaken("networks: required")
    swept = run(cloud)
    assert swept.mistakes == ("networks: required",)
    assert len(swept.freed) == 1


def test_how_full_each_range_is_is_told_before_it_is_full(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    fills = []
    for _ in range(4):
        launch(cloud)
        fills.append(next(fill for fill in run(cloud).fills if fill.used))
    assert [(fill.used, fill.total) for fill in fills] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [fill.almost_full for fill in fills] == [False, False, False, True]


# ---- everything at once


def test_two_hundred_launches_at_once_on_one_range_get_two_hundred_slices(cloud: Cloud) -> None:
    """In twenty batches of ten, as a queue would deliver them; in the end EC2 itself shows the prefixes."""
    cloud.subnets["n3"] = [
        cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.64.0/19", AvailabilityZone="eu-west-1a")["Subnet"][
            "SubnetId"
        ]
    ]
    cloud.configure(networks={"n3": "addresses: {ipv4: {slice: 16, from: 10.0.65.0-10.0.77.127}}"}, names="n3")
    messages = [cloud.running(cloud.instance()) for _ in range(200)]
    batches = [messages[start : start + 10] for start in range(0, 200, 10)]
    with ThreadPoolExecutor(len(batches)) as pool:
        outcomes = [outcome for each in pool.map(lambda batch: cloud.launch(*batch), batches) for outcome in each]
    assert Counter(outcome.state for outcome in outcomes) == {State.READY: 200}
    prefixes = [prefix["Ipv4Prefix"] for eni in cloud.enis() for prefix in eni["Ipv4Prefixes"]]
    assert len(prefixes) == len(set(prefixes)) == 200
    assert len(cloud.register.entries) == 200
