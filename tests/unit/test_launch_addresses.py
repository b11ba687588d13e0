"""Address plans at launch: what a node's pods get, in the call that creates the interface."""

from collections import Counter
from ipaddress import ip_network

import pytest

from nodenet.nodes.outcome import Outcome, State
from nodenet.ranges import AddressRange
from tests.unit.cloud import Cloud, Killed
from tests.unit.deliveries import redelivered, settle

BUDGET = {
    "DescribeInstances": 1,
    "CreateNetworkInterface": 2,
    "AttachNetworkInterface": 2,
    "ModifyNetworkInterfaceAttribute": 2,
    "CompleteLifecycleAction": 1,
}
SLICE = "slice: 16, from: [10.0.16.32-10.0.16.95, 10.0.17.32-10.0.17.95, 10.0.18.32-10.0.18.95]"


def plans(cloud: Cloud, ipv4: str = "", ipv6: str = "", more: str = "") -> None:
    """Gives n3 these address plans."""
    families = ", ".join(f"{family}: {{{plan}}}" for family, plan in (("ipv4", ipv4), ("ipv6", ipv6)) if plan)
    cloud.configure(networks={"n3": f"addresses: {{{families}}}{more}"})


def launch(cloud: Cloud, instance_type: str = "m5.2xlarge", zone: int = 0) -> Outcome:
    """A node without a hook, wired by its running event."""
    (outcome,) = cloud.launch(cloud.running(cloud.instance(zone, instance_type)))
    return outcome


def ranges(outcome: Outcome, network: str = "n3") -> list[str]:
    return [text for each in outcome.interfaces if each.network == network for text in each.ranges]


def with_ipv6(cloud: Cloud) -> None:
    """Gives the VPC and n3's subnets IPv6 blocks."""
    cloud.ec2.associate_vpc_cidr_block(VpcId=cloud.vpc, AmazonProvidedIpv6CidrBlock=True)
    block = cloud.ec2.describe_vpcs(VpcIds=[cloud.vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    for subnet_id, cidr in zip(cloud.subnets["n3"], ip_network(block).subnets(new_prefix=64), strict=False):
        cloud.ec2.associate_subnet_cidr_block(SubnetId=subnet_id, Ipv6CidrBlock=str(cidr))


def fragment(cloud: Cloud) -> None:
    """Leaves n3's subnet in the first zone addresses, but no free /28: one of each is in use."""
    for block in ip_network("10.0.16.0/24").subnets(new_prefix=28):
        cloud.ec2.create_network_interface(SubnetId=cloud.subnets["n3"][0], PrivateIpAddress=str(block[7]))


# ---- prefixes


def test_prefixes_come_with_the_interface_and_cost_no_call_more(cloud: Cloud) -> None:
    plans(cloud, "prefixes: 2")
    cloud.group()
    (outcome,) = cloud.launch(*cloud.launch_actions())
    assert outcome.state is State.READY
    assert Counter(cloud.calls) == BUDGET
    (eni,) = [each for each in cloud.enis() if "n3" in each["Description"]]
    held = [each["Ipv4Prefix"] for each in eni["Ipv4Prefixes"]]
    assert len(held) == 2
    assert [str(AddressRange.of(ip_network(each))) for each in held] == ranges(outcome)
    assert ranges(outcome, "n6") == []


def test_ipv4_and_ipv6_plans_mix_in_one_network(cloud: Cloud) -> None:
    with_ipv6(cloud)
    plans(cloud, SLICE, "prefixes: 1")
    outcome = launch(cloud)
    (eni,) = [each for each in cloud.enis() if "n3" in each["Description"]]
    assert len(eni["Ipv4Prefixes"]) == len(eni["Ipv6Prefixes"]) == 1
    assert len(ranges(outcome)) == 2


def test_where_no_block_is_free_a_plan_without_another_way_fails_and_says_so(cloud: Cloud) -> None:
    """InsufficientCidrBlocks (EC2 API Reference, "Error codes for the Amazon EC2 API")."""
    plans(cloud, "prefixes: 1")
    fragment(cloud)
    outcome = launch(cloud)
    assert outcome.state is State.FAILED
    assert "n3" in outcome.reason
    assert "cidr blocks" in outcome.reason


def test_where_no_block_is_free_secondary_addresses_do_if_the_plan_says_so(cloud: Cloud) -> None:
    plans(cloud, "prefixes: 1, otherwise: {addresses: 5}")
    fragment(cloud)
    outcome = launch(cloud)
    assert outcome.state is State.READY
    assert sum(AddressRange.parse(text).size for text in ranges(outcome)) == 5
    assert Counter(cloud.calls)["CreateNetworkInterface"] == 3


def test_where_no_block_is_free_a_slice_does_if_the_plan_says_so(cloud: Cloud) -> None:
    # The declared range lies outside of what is fragmented.
    plans(cloud, f"prefixes: 1, otherwise: {{{SLICE}}}")
    for block in ip_network("10.0.16.0/24").subnets(new_prefix=28):
        if block[0] not in AddressRange.parse("10.0.16.32-10.0.16.95"):
            cloud.ec2.create_network_interface(SubnetId=cloud.subnets["n3"][0], PrivateIpAddress=str(block[7]))
    cloud.ec2.create_subnet_cidr_reservation(
        SubnetId=cloud.subnets["n3"][0], Cidr="10.0.16.32/27", ReservationType="explicit"
    )
    cloud.ec2.create_subnet_cidr_reservation(
        SubnetId=cloud.subnets["n3"][0], Cidr="10.0.16.64/27", ReservationType="explicit"
    )
    outcome = launch(cloud)
    assert outcome.state is State.READY
    (held,) = ranges(outcome)
    assert AddressRange.parse(held) in AddressRange.parse("10.0.16.32-10.0.16.95")


def test_a_type_without_prefixes_takes_the_other_way_at_once(cloud: Cloud) -> None:
    """Prefixes are for Nitro types (EC2 User Guide, "Assigning prefixes to network interfaces")."""
    plans(cloud, "prefixes: 1, otherwise: {addresses: 5}")
    outcome = launch(cloud, "m4.xlarge")
    assert outcome.state is State.READY
    assert Counter(cloud.calls)["CreateNetworkInterface"] == 2
    assert sum(AddressRange.parse(text).size for text in ranges(outcome)) == 5


def test_a_type_without_prefixes_and_no_other_way_is_held_before_anything_is_made(cloud: Cloud) -> None:
    plans(cloud, "prefixes: 1")
    outcome = launch(cloud, "m4.xlarge")
    assert outcome.state is State.HELD
    assert "m4.xlarge" in outcome.reason
    assert cloud.calls == ["DescribeInstances"]


# ---- slices


def test_a_slice_is_an_aligned_prefix_of_the_zone_s_range_and_costs_no_call_more(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    cloud.group()
    (outcome,) = cloud.launch(*cloud.launch_actions())
    assert outcome.state is State.READY
    assert Counter(cloud.calls) == BUDGET
    (eni,) = [each for each in cloud.enis() if "n3" in each["Description"]]
    (prefix,) = [ip_network(each["Ipv4Prefix"]) for each in eni["Ipv4Prefixes"]]
    zone = "abc".index(cloud.zone_of(outcome.instance_id)[-1])
    assert AddressRange.of(prefix) in AddressRange.parse(f"10.0.{16 + zone}.32-10.0.{16 + zone}.95")


def test_on_a_type_without_prefixes_a_slice_is_single_addresses_beside_the_primary_one(cloud: Cloud) -> None:
    plans(cloud, SLICE.replace("slice: 16", "slice: 8"))
    outcome = launch(cloud, "m4.xlarge")
    (wired,) = [each for each in outcome.interfaces if each.network == "n3"]
    (held,) = map(AddressRange.parse, wired.ranges)
    assert held.size == 8
    assert int(held.first) % 8 == 0
    assert wired.address not in [str(each) for each in held.addresses]


def test_no_two_nodes_have_the_same_slice(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    held = [text for _ in range(4) for text in ranges(launch(cloud))]
    assert sorted(map(AddressRange.parse, held)) == list(AddressRange.parse("10.0.16.32-10.0.16.95").slices(16))


def test_a_full_range_is_a_clear_failure(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    for _ in range(4):
        launch(cloud)
    outcome = launch(cloud)
    assert outcome.state is State.FAILED
    assert "10.0.16.32-10.0.16.95" in outcome.reason
    assert "full" in outcome.reason
    assert not cloud.networks_of(outcome.instance_id)


def test_a_full_range_is_waited_for_where_a_holder_is_gone(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    first, *_ = [launch(cloud) for _ in range(4)]
    cloud.ec2.terminate_instances(InstanceIds=[first.instance_id])
    outcome = launch(cloud)
    assert outcome.state is State.WAITING
    assert first.instance_id in outcome.reason


def test_a_slice_in_which_somebody_else_has_an_address_is_passed_over(cloud: Cloud) -> None:
    plans(cloud, SLICE)
    for host in (40, 50, 70):
        cloud.ec2.create_network_interface(SubnetId=cloud.subnets["n3"][0], PrivateIpAddress=f"10.0.16.{host}")
    outcome = launch(cloud)
    assert outcome.state is State.READY
    assert ranges(outcome) == ["10.0.16.80-10.0.16.95"]


def test_a_slice_too_large_for_the_type_is_held_before_anything_is_made(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": f"addresses: {{ipv4: {{{SLICE}}}}}"}, names="n3")
    outcome = launch(cloud, "m4.large")
    assert outcome.state is State.HELD
    assert "m4.large" in outcome.reason
    assert cloud.calls == ["DescribeInstances"]
    assert not cloud.register.entries


@pytest.mark.parametrize("plan", ["prefixes: 1", SLICE])
@pytest.mark.parametrize("calls", range(1, 9))
def test_a_launch_cut_off_after_any_call_ends_with_one_slice_or_prefix(cloud: Cloud, calls: int, plan: str) -> None:
    plans(cloud, plan)
    cloud.group()
    (action,) = cloud.launch_actions()
    cloud.kill_after = calls
    with pytest.raises(Killed):
        cloud.launch(action)
    cloud.kill_after = None
    cloud.store.claims.clear()
    (outcome,) = settle(cloud, redelivered(action))
    assert outcome.state is State.READY
    enis = [each for each in cloud.enis() if "n3" in each["Description"]]
    assert [len(each["Ipv4Prefixes"]) for each in enis] == [1]
    if plan == SLICE:
        (entry,) = cloud.register.entries.values()
        assert entry.range == AddressRange.of(ip_network(enis[0]["Ipv4Prefixes"][0]["Ipv4Prefix"]))


def test_a_kept_interface_brings_its_slice_to_the_next_node(cloud: Cloud) -> None:
    plans(cloud, SLICE, more=", retention: keep")
    first = launch(cloud)
    cloud.ec2.terminate_instances(InstanceIds=[first.instance_id])
    second = launch(cloud)
    assert ranges(second) == ranges(first)
    assert len(cloud.register.entries) == 1


def test_a_kept_interface_without_what_the_plan_asks_for_is_not_taken(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": "retention: keep"})
    first = launch(cloud)
    cloud.ec2.terminate_instances(InstanceIds=[first.instance_id])
    plans(cloud, "prefixes: 1", more=", retention: keep")
    second = launch(cloud)
    assert len(ranges(second)) == 1


def test_two_networks_in_one_subnet_each_get_their_own_addresses(cloud: Cloud) -> None:
    """Known by their groups: a CIDR would find either."""
    cloud.subnets["n6"] = cloud.subnets["n3"]
    cloud.configure(
        networks={
            "n3": "addresses: {ipv4: {slice: 16, from: [10.0.16.32/27, 10.0.17.32/27, 10.0.18.32/27]}}",
            "n6": "addresses: {ipv4: {slice: 16, from: [10.0.16.64/27, 10.0.17.64/27, 10.0.18.64/27]}}",
        }
    )
    outcome = launch(cloud)
    (n3,), (n6,) = ranges(outcome, "n3"), ranges(outcome, "n6")
    assert AddressRange.parse(n3) in AddressRange.parse("10.0.16.32/27")
    assert AddressRange.parse(n6) in AddressRange.parse("10.0.16.64/27")
