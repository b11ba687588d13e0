"""Who has what of the subnets; rules of amazon-vpc-cni-k8s, pkg/awsutils (isSubnetValidForENICreation), and of
amazon-vpc-resource-controller-k8s, pkg/config/type.go (tags)."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from nodenet.capacity.fleet import Reservation
from nodenet.capacity.running.seen import Subnet
from nodenet.capacity.running.subnets import usable
from tests.unit.capacity.snapshot_stage import Stage, interface

CNI, CLUSTER = "kubernetes.io/role/cni", "kubernetes.io/cluster/"
NO_MANAGE = {"node.k8s.amazonaws.com/no_manage": "true"}
N3 = {"nodenet:cluster": "prod", "nodenet:network": "n3", **NO_MANAGE}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def occupied(stage: Stage) -> list[str]:
    found: list[str] = stage.document()["subnets"][0]["occupied"]
    return found


def test_others_addresses_and_prefixes_are_occupied_in_the_fewest_ranges(stage: Stage) -> None:
    stage.node()
    stage.enis += [
        interface("subnet-a", "10.0.0.21", "10.0.0.20", prefixes=["10.0.0.32/28"]),
        interface("subnet-a", "10.0.0.48"),
        interface("subnet-b", "10.0.1.9"),
    ]
    assert occupied(stage) == ["10.0.0.20-10.0.0.21", "10.0.0.32-10.0.0.48"]


def test_what_the_vpc_cni_has_on_a_planned_node_is_not_occupied(stage: Stage) -> None:
    instance = stage.node()
    made = {"node.k8s.amazonaws.com/instance_id": instance}
    stage.enis += [
        interface("subnet-a", "10.0.0.20", "10.0.0.21", instance=instance, tags=made),
        interface("subnet-a", "10.0.0.30", tags=made),
        interface("subnet-a", "10.0.0.40", instance=instance, id_="eni-trunk"),
        interface("subnet-a", "10.0.0.41", tags={"vpcresources.k8s.aws/trunk-eni-id": "eni-trunk"}),
    ]
    assert occupied(stage) == []


def test_what_left_out_nodes_and_nobody_have_is_occupied(stage: Stage) -> None:
    stage.node()
    stage.enis += [
        interface("subnet-a", "10.0.0.20", tags={"node.k8s.amazonaws.com/instance_id": "i-gone"}),
        interface("subnet-a", "10.0.0.22", instance="i-other"),
        interface("subnet-a", "10.0.0.24", tags={"vpcresources.k8s.aws/trunk-eni-id": "eni-other"}),
        interface("subnet-a", "10.0.0.26", tags=N3),
    ]
    assert occupied(stage) == ["10.0.0.20", "10.0.0.22", "10.0.0.24", "10.0.0.26"]


def test_strangers_on_a_planned_node_are_occupied_and_told(stage: Stage) -> None:
    instance = stage.node()
    stage.enis.append(interface("subnet-a", "10.0.0.20", instance=instance, tags=NO_MANAGE))
    stage.enis.append(interface("subnet-a", "10.0.0.30", instance=instance, tags=N3 | {"nodenet:cluster": "other"}))
    assert occupied(stage) == ["10.0.0.20", "10.0.0.30"]
    assert stage.take().notes[0].startswith("2 interfaces of nodes are neither the VPC CNI's nor nodenet's")


def test_a_primary_interface_is_the_vpc_cnis_whatever_its_tags_say(stage: Stage) -> None:
    """filterUnmanagedENIs in pkg/ipamd/ipamd.go."""
    stage.node()
    stage.enis[0] = replace(stage.enis[0], tags=NO_MANAGE)
    assert occupied(stage) == []


def test_interfaces_on_further_network_cards_are_strangers_unless_the_vpc_cni_takes_them(stage: Stage) -> None:
    """markUnmanagedNetworkCards in pkg/ipamd/ipamd.go; EFA interfaces are there, for one."""
    instance = stage.node(type_="p4d.24xlarge", most=250)
    stage.enis.append(interface("subnet-a", "10.0.0.20", instance=instance, card=1))
    assert occupied(stage) == ["10.0.0.20"]
    assert stage.take().notes[0].startswith("1 interface of nodes is neither the VPC CNI's nor nodenet's")
    stage.environment(ENABLE_MULTI_NIC="true")
    assert occupied(stage) == []


def test_interfaces_left_over_of_nodes_that_are_gone_are_told(stage: Stage) -> None:
    """getLeakedENIs in pkg/awsutils: every ipamd of the cluster looks for them."""
    stage.node()
    gone = {"node.k8s.amazonaws.com/instance_id": "i-gone"}
    ours, other = ({"cluster.k8s.amazonaws.com/name": name} for name in ("prod", "other"))
    stage.enis += [
        interface("subnet-a", "10.0.0.20", prefixes=["10.0.0.32/28"], tags=gone | ours, id_="eni-1"),
        interface("subnet-a", "10.0.0.22", tags=gone, id_="eni-2"),
        interface("subnet-a", "10.0.0.24", tags=gone | other),
    ]
    assert occupied(stage) == ["10.0.0.20", "10.0.0.22", "10.0.0.24", "10.0.0.32-10.0.0.47"]
    (note,) = stage.take().notes
    assert note == (
        "2 interfaces that the VPC CNI made for nodes that are gone, with 18 addresses, count as used; ipamd deletes "
        "what nobody uses: eni-1, eni-2"
    )


def test_in_another_accounts_subnet_ec2s_count_tells_what_it_does_not_show(stage: Stage) -> None:
    """Of 256 addresses, 5 are AWS's, 1 the node's, 2 a load balancer's and 32 reserved: the other 16 are of accounts
    that this one is not shown ("Share your VPC subnets with other accounts", VPC User Guide)."""
    stage.cluster = replace(stage.cluster, account="111122223333")
    stage.shown[0] = replace(stage.shown[0], owner="444455556666", free=256 - 5 - 1 - 2 - 32 - 16)
    stage.kept["subnet-a"] = [Reservation(IPv4Network("10.0.0.64/27"), "explicit")]
    stage.node()
    stage.enis.append(interface("subnet-a", "10.0.0.20", "10.0.0.21"))
    subnet = stage.document()["subnets"][0]
    assert (subnet["used"], "occupied" in subnet) == (18, False)
    (note,) = stage.take().notes
    assert note == (
        "other accounts share these subnets, and only they are shown whose the addresses are that count as used there: "
        "subnet-a (16)"
    )
    stage.shown[0] = replace(stage.shown[0], owner="111122223333")
    assert occupied(stage) == ["10.0.0.20-10.0.0.21"]


def test_only_subnets_that_the_nodes_have_or_may_come_to_have_are_planned_for_and_asked_about(stage: Stage) -> None:
    stage.shown += [
        Subnet("subnet-c", "eu-west-1a", "10.0.2.0/24", {CNI: "1"}),
        Subnet("subnet-d", "eu-west-1c", "10.0.3.0/24", {CNI: "1"}),
        Subnet("subnet-e", "eu-west-1a", "10.0.4.0/24"),
    ]
    stage.kept["subnet-a"] = [Reservation(IPv4Network("10.0.0.64/26"), "explicit")]
    stage.node()
    subnets = {each["name"]: each for each in stage.document()["subnets"]}
    assert subnets.keys() == {"subnet-a", "subnet-c"}
    assert stage.calls == {"subnet-a": 1, "subnet-c": 1}
    assert subnets["subnet-a"]["reservations"] == [{"cidr": "10.0.0.64/26", "type": "explicit"}]
    assert (subnets["subnet-c"]["cni"], subnets["subnet-a"].get("cni")) == (True, None)
    stage.environment(ENABLE_SUBNET_DISCOVERY="false")
    assert [each["name"] for each in stage.document()["subnets"]] == ["subnet-a"]


@pytest.mark.parametrize(
    ("tags", "environment", "means"),
    [
        ({}, {}, None),
        ({CNI: ""}, {}, None),
        ({f"{CLUSTER}other": "shared"}, {"CLUSTER_NAME": "prod"}, None),
        ({CNI: "0", f"{CLUSTER}prod": "owned"}, {"CLUSTER_NAME": "prod"}, False),
        ({CNI: "1"}, {"CLUSTER_NAME": "prod"}, True),
        ({CNI: "yes"}, {"CLUSTER_NAME": "prod"}, True),
        ({CNI: "1", f"{CLUSTER}prod": "shared", f"{CLUSTER}other": "shared"}, {"CLUSTER_NAME": "prod"}, True),
        ({CNI: "1", f"{CLUSTER}other": "shared"}, {"CLUSTER_NAME": "prod"}, False),
        ({CNI: "1", f"{CLUSTER}other": "shared"}, {}, True),
    ],
)
def test_the_tag_means_what_ipamd_takes_it_for(
    tags: dict[str, str], environment: dict[str, str], means: bool | None
) -> None:
    assert usable(tags, environment) is means


def test_nodenets_interfaces_become_its_networks(stage: Stage) -> None:
    for subnet, place in (("subnet-a", 40), ("subnet-b", 50)):
        instance = stage.node(subnet=subnet)
        other = f"10.0.{ord(subnet[-1]) - 97}"
        for card in (0, 1):
            number = place + card
            block = f"{other}.{128 + 16 * card}/28"
            stage.enis.append(
                interface(subnet, f"{other}.{number}", instance=instance, tags=N3, card=card, prefixes=[block])
            )
        tags = N3 | {"nodenet:network": "n6"}
        addresses = [f"{other}.{place + 10 + more}" for more in range(3)]
        stage.enis.append(interface(subnet, *addresses, instance=instance, tags=tags, card=1))
    document = stage.document()
    n3, n6 = document["networks"]
    assert (n3["interfaces"], n3["addresses"], n3.get("networkCard")) == (2, {"prefixes": 1}, None)
    assert (n6["interfaces"], n6["addresses"], n6["networkCard"]) == (1, {"addresses": 2}, 1)
    assert n3["subnets"] == ["subnet-a", "subnet-b"]
    assert document["nodeGroups"][0]["networks"] == ["n3", "n6"]
    assert [each["occupied"] for each in document["subnets"]] == [[], []]
    assert stage.take().notes == ()


def test_single_addresses_beside_prefixes_are_counted_together(stage: Stage) -> None:
    """A document's network has one or the other."""
    instance = stage.node()
    stage.enis.append(
        interface("subnet-a", "10.0.0.90", "10.0.0.91", instance=instance, tags=N3, prefixes=["10.0.0.128/28"])
    )
    (network,) = stage.document()["networks"]
    assert network["addresses"] == {"addresses": 1 + 16}


def test_interfaces_of_a_network_that_are_not_alike_are_told(stage: Stage) -> None:
    stage.shown.append(Subnet("subnet-c", "eu-west-1a", "10.0.2.0/24"))
    for place, subnet in enumerate(("subnet-a", "subnet-a", "subnet-c")):
        instance = stage.node()
        own = f"10.0.{ord(subnet[-1]) - 97}"
        more = [f"{own}.{100 + place}"] if place == 2 else []
        stage.enis.append(interface(subnet, f"{own}.{90 + place}", *more, instance=instance, tags=N3))
    (network,) = stage.document()["networks"]
    assert (network["subnets"], network["addresses"]) == (["subnet-a"], "none")
    assert stage.take().notes == (
        "the interfaces of network n3 hold different numbers of addresses: the plan has the usual one",
        "network n3 has 2 subnets in eu-west-1a: the plan has subnet-a only",
    )


def test_nodes_with_and_without_a_network_are_apart(stage: Stage) -> None:
    stage.node()
    stage.enis.append(interface("subnet-a", "10.0.0.90", instance=stage.node(), tags=N3))
    groups = stage.document()["nodeGroups"]
    assert [(each["name"], each["networks"]) for each in groups] == [
        ("web without networks", []),
        ("web with n3", ["n3"]),
    ]


def test_subnets_without_an_ipv4_block_or_made_while_the_cluster_was_read_are_none_of_the_plans(stage: Stage) -> None:
    instance = stage.node()
    stage.enis.append(replace(interface("subnet-v6", "10.0.9.9", instance=instance, tags=N3), addresses=()))
    stage.machines.append(replace(stage.machines[0], id="i-new", subnet_id="subnet-new"))
    assert [each["name"] for each in stage.document()["subnets"]] == ["subnet-a"]
