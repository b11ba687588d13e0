"""Slices where something comes between: strangers, kept interfaces, cut-off launches, full ranges, large fleets."""

import time
from collections import Counter
from ipaddress import IPv6Network, ip_network
from itertools import islice

import pytest

from nodenet.interfaces.create import TRIES
from nodenet.networks import Interface
from nodenet.nodes.outcome import State
from nodenet.plans import Slice
from nodenet.ranges import AddressRange
from nodenet.slices.register import STRANGER, Held
from nodenet.slices.sweep import GRACE_SECONDS, QUARANTINE_SECONDS, Shown, sweep, unentered, unheld
from tests.unit.cloud import Cloud, Killed
from tests.unit.deliveries import NO_ADDRESS, redelivered, settle
from tests.unit.test_launch_addresses import SLICE, launch, plans, ranges, with_ipv6
from tests.unit.wanting import network

# ---- interfaces from before


@pytest.mark.parametrize(("before", "after"), [("", "prefixes: 1"), ("prefixes: 1", "prefixes: 2"), ("", SLICE)])
def test_a_half_made_interface_without_what_the_plan_asks_for_by_now_is_not_taken(
    cloud: Cloud, before: str, after: str
) -> None:
    """The client token is another: with the old one EC2 would give the old interface back."""
    cloud.configure(networks={"n3": f"addresses: {{ipv4: {{{before}}}}}"} if before else {}, names="n3")
    message = cloud.running(cloud.instance())
    cloud.kill_after = 2
    with pytest.raises(Killed):
        cloud.launch(message)
    cloud.kill_after = None
    cloud.store.claims.clear()
    cloud.configure(networks={"n3": f"addresses: {{ipv4: {{{after}}}}}"}, names="n3")
    outcome = settle(cloud, redelivered(message))[-1]
    assert outcome.state is State.READY
    assert len(ranges(outcome)) == (2 if after == "prefixes: 2" else 1)
    assert len(cloud.enis()) == 1


def test_a_slice_whose_interface_outlived_its_node_is_the_interface_s_and_then_the_next_node_s(cloud: Cloud) -> None:
    plans(cloud, SLICE, more=", retention: keep")
    first = launch(cloud)
    cloud.ec2.terminate_instances(InstanceIds=[first.instance_id])
    cloud.register.age(GRACE_SECONDS + 1)
    sweep(cloud, cloud.register, cloud.adapter)
    assert [entry.holder.partition("/")[0] for entry in cloud.register.everything()] == ["kept"]
    second = launch(cloud)
    cloud.register.age(GRACE_SECONDS + 1)
    sweep(cloud, cloud.register, cloud.adapter)
    assert [entry.instance_id for entry in cloud.register.everything()] == [second.instance_id]


def test_kept_interfaces_that_fit_no_more_make_a_range_full_and_are_named(cloud: Cloud) -> None:
    plans(cloud, SLICE, more=", retention: keep")
    for node in [launch(cloud) for _ in range(4)]:
        cloud.ec2.terminate_instances(InstanceIds=[node.instance_id])
    plans(cloud, SLICE.replace("slice: 16", "slice: 32"), more=", retention: keep")
    cloud.register.age(GRACE_SECONDS + 1)
    sweep(cloud, cloud.register, cloud.adapter)
    outcome = launch(cloud)
    assert outcome.state is State.FAILED
    assert "4 by interfaces that were kept" in outcome.reason


def test_a_kept_interface_with_a_larger_slice_is_not_taken(cloud: Cloud) -> None:
    """What a slice is can be known beforehand: firewalls count on it."""
    plans(cloud, SLICE.replace("slice: 16", "slice: 32"), more=", retention: keep")
    cloud.ec2.terminate_instances(InstanceIds=[launch(cloud).instance_id])
    plans(cloud, SLICE, more=", retention: keep")
    assert [AddressRange.parse(each).size for each in ranges(launch(cloud))] == [16]


# ---- launches that fail


def test_a_create_that_fails_gives_its_slice_back_at_once(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    for _ in range(6):
        cloud.fail("CreateNetworkInterface", NO_ADDRESS, times=2)
        assert launch(cloud).state is State.FAILED
    assert launch(cloud).state is State.READY


def test_a_range_that_failing_nodes_have_used_up_is_waited_for(cloud: Cloud) -> None:
    """Their interfaces are gone, and the next sweep frees the slices."""
    plans(cloud, SLICE)
    for _ in range(4):
        cloud.fail("AttachNetworkInterface", NO_ADDRESS, times=2)
        assert launch(cloud).state is State.FAILED
    outcome = launch(cloud)
    assert outcome.state is State.WAITING
    assert "not wired yet" in outcome.reason


def test_nodes_that_wait_for_a_full_range_share_one_describe(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    first, *_ = [launch(cloud) for _ in range(4)]
    cloud.ec2.terminate_instances(InstanceIds=[first.instance_id])
    messages = [cloud.running(cloud.instance()) for _ in range(5)]
    assert {outcome.state for outcome in cloud.launch(*messages)} == {State.WAITING}
    assert Counter(cloud.calls)["DescribeInstances"] == 2


# ---- strangers


def test_only_so_many_strangers_slices_are_tried_in_one_delivery_and_the_reason_says_what_to_do(cloud: Cloud) -> None:
    plans(cloud, "slice: 8, from: [10.0.16.32-10.0.16.95, 10.0.17.32-10.0.17.95, 10.0.18.32-10.0.18.95]")
    for block in ip_network("10.0.16.32/27").subnets(new_prefix=29):
        cloud.ec2.create_network_interface(SubnetId=cloud.subnets["n3"][0], PrivateIpAddress=str(block[3]))
    for block in ip_network("10.0.16.64/27").subnets(new_prefix=29):
        cloud.ec2.create_network_interface(SubnetId=cloud.subnets["n3"][0], PrivateIpAddress=str(block[3]))
    outcome = launch(cloud)
    assert outcome.state is State.WAITING
    assert "prepare the subnet" in outcome.reason
    assert Counter(cloud.calls)["CreateNetworkInterface"] == TRIES + 1


def test_a_refusal_that_names_an_address_of_the_slice_means_that_it_is_taken_whatever_its_code(cloud: Cloud) -> None:
    """The first two slices of the range are told of, whichever was asked for: the next try has one of the others."""
    halves = "from: [10.0.16.32/27, 10.0.17.32/27, 10.0.18.32/27]"
    cloud.configure(networks={"n3": f"addresses: {{ipv4: {{slice: 16, {halves}}}}}"}, names="n3")
    cloud.fail(
        "CreateNetworkInterface", "InvalidParameterCombination", "10.0.16.32/28, 10.0.16.48/28 are not available"
    )
    outcome = launch(cloud)
    assert outcome.state is State.READY
    assert sorted(entry.holder == STRANGER for entry in cloud.register.everything()) == [False, True]


def test_an_ipv6_slice_that_a_stranger_has_costs_no_ipv4_slice(cloud: Cloud) -> None:
    with_ipv6(cloud)
    sixes: list[str] = []
    for subnet in cloud.ec2.describe_subnets(SubnetIds=cloud.subnets["n3"])["Subnets"]:
        block = IPv6Network(subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        first, second = islice(block.subnets(new_prefix=80), 1, 3)
        sixes.append(f"{first[0]}-{second[-1]}")
        if subnet["SubnetId"] == cloud.subnets["n3"][0]:
            cloud.ec2.create_network_interface(
                SubnetId=subnet["SubnetId"], Ipv6Addresses=[{"Ipv6Address": str(first[9])}]
            )
    plans(cloud, SLICE, f"slice: /80, from: [{', '.join(sixes)}]")
    assert launch(cloud).state is State.READY
    assert len([entry for entry in cloud.register.everything() if entry.range.version == 4]) == 1


# ---- large fleets


def test_a_full_range_of_more_holders_than_a_filter_takes_is_asked_for_in_parts(cloud: Cloud) -> None:
    """200 values at most ("List and filter using the CLI and API", EC2 User Guide)."""
    made = cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.64.0/19", AvailabilityZone="eu-west-1a")
    cloud.subnets["n3"] = [made["Subnet"]["SubnetId"]]
    within = AddressRange.parse("10.0.65.0-10.0.77.143")
    cloud.configure(networks={"n3": f"addresses: {{ipv4: {{slice: 16, from: {within}}}}}"}, names="n3")
    for number, each in enumerate(within.slices(16)):
        holder = f"i-{number:017x}/n3/0/ipv4"
        cloud.register.hold(Held(cloud.subnets["n3"][0], each, "n3", holder, time.time()))
    assert launch(cloud).state is State.WAITING
    assert Counter(cloud.calls)["DescribeInstances"] == 3


@pytest.mark.parametrize("singles", [False, True])
def test_a_sweep_of_a_thousand_nodes_takes_less_than_a_second(singles: bool) -> None:
    within = AddressRange.parse("10.1.0.0/16")
    slices = [within.slice(16, number) for number in range(1000)]
    entries = [Held("subnet-n3a", each, "n3", f"i-{number}/n3/0", 1.0) for number, each in enumerate(slices)]
    interfaces = [
        Interface(
            f"eni-{number}",
            "subnet-n3a",
            frozenset(),
            "in-use",
            addresses=("10.2.0.9", *(map(str, each.addresses) if singles else ())),
            prefixes=() if singles else (str(each.cidrs[0]),),
            tags={"nodenet:network": "n3", "nodenet:instance": f"i-{number}"},
        )
        for number, each in enumerate(slices)
    ]
    start = time.process_time()
    found = Shown(interfaces)
    assert unheld(entries, found, 5000.0) == []
    assert unentered(network("n3"), Slice(16, {"eu-west-1a": (within,)}), entries, found, 5000.0) == []
    assert time.process_time() - start < 1


def test_the_quarantine_ends_though_dynamodb_has_not_deleted_the_entry_yet(cloud: Cloud) -> None:
    """What has expired is deleted within days ("Using time to live in DynamoDB", DynamoDB Developer Guide)."""
    plans(cloud, SLICE)
    first = launch(cloud)
    cloud.ec2.terminate_instances(InstanceIds=[first.instance_id])
    cloud.register.age(GRACE_SECONDS + 1)
    sweep(cloud, cloud.register, cloud.adapter)
    cloud.register.age(QUARANTINE_SECONDS + 1)
    assert len({tuple(ranges(launch(cloud))) for _ in range(4)}) == 4
