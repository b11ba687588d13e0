"""From the document to the fleet: counts made whole, groups divided by type, and settings laid over each other."""

from ipaddress import IPv4Network
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.document import PlanDocument, read, resolve
from nodenet.capacity.document.dividing import shared, spread
from nodenet.capacity.fleet import ExtraNetwork, Fleet, NodeGroup, Reservation, Subnet, Target
from nodenet.errors import PlanningError
from nodenet.limits import shipped
from nodenet.ranges import AddressRange
from tests.unit.capacity.documents import small


def fleet(document: dict[str, Any]) -> Fleet:
    return resolve(read(yaml.safe_dump(document)))


def groups(**fields: Any) -> tuple[NodeGroup, ...]:
    document = small()
    document["nodeGroups"][0].update(fields)
    return fleet(document).groups


def test_the_small_document_becomes_its_fleet() -> None:
    found = fleet(small())
    limits = shipped("m5.xlarge")
    assert limits
    assert found.subnets[0] == Subnet("nodes-a", "a", 24, IPv4Network("10.0.0.0/24"))
    assert found.groups == (NodeGroup("web", limits, ("nodes-a", "nodes-b"), ((10, 4),), networks=("n3",)),)
    assert found.networks == (ExtraNetwork("n3", {"a": "n3-a", "b": "n3-b"}),)
    assert found.cni == CniSettings(warm_prefix_target=1)
    assert (found.headroom, found.vpc, found.eni_configs, found.target) == (0.2, (), {}, None)


def test_a_document_that_was_never_text_is_checked_as_well() -> None:
    """As one made from a running cluster."""
    document = PlanDocument.model_validate(small() | {"vpc": ["10.0.0.0/16"]})
    with pytest.raises(PlanningError) as error:
        resolve(document)
    assert error.value.mistakes[0] == "subnets[2].cidr: 100.64.0.0/24 lies outside the VPC, which has 10.0.0.0/16"


def test_occupied_addresses_are_counted_once_and_without_awss_five() -> None:
    """Subnet CIDR blocks, VPC User Guide: the first four and the last."""
    document = small()
    document["subnets"][0] |= {
        "occupied": ["10.0.0.0-10.0.0.9", "10.0.0.8-10.0.0.11", "10.0.0.255", "10.0.0.16/28"],
        "reservations": [{"cidr": "10.0.0.128/26", "type": "explicit"}],
        "cni": False,
    }
    subnet = fleet(document).subnets[0]
    assert subnet.occupied == tuple(
        AddressRange.parse(each) for each in ("10.0.0.0-10.0.0.11", "10.0.0.16/28", "10.0.0.255")
    )
    assert subnet.used == 8 + 16
    assert subnet.reservations == (Reservation(IPv4Network("10.0.0.128/26"), "explicit"),)
    assert subnet.cni is False


@pytest.mark.parametrize(("occupied", "known"), [([], ()), (None, None)])
def test_that_nothing_is_occupied_differs_from_not_knowing(occupied: Any, known: Any) -> None:
    document = small()
    document["subnets"][0]["occupied"] = occupied
    assert fleet(document).subnets[0].occupied == known


def test_types_in_a_list_share_the_nodes_evenly() -> None:
    found = groups(instanceType=None, instanceTypes=["m5.xlarge", "m6i.xlarge", "m6a.xlarge"], nodes=8)
    assert [(group.name, group.limits.instance_type, group.nodes) for group in found] == [
        ("web", "m5.xlarge", 3),
        ("web", "m6i.xlarge", 3),
        ("web", "m6a.xlarge", 2),
    ]


def test_a_type_that_gets_no_node_is_no_group() -> None:
    found = groups(instanceType=None, instanceTypes=["m5.xlarge", "m6i.xlarge"], nodes=1)
    assert [group.limits.instance_type for group in found] == ["m5.xlarge"]


def test_counted_types_and_counted_pods_are_divided_together() -> None:
    found = groups(
        instanceType=None,
        nodes=None,
        instanceTypes={"m5.xlarge": 10, "m6i.xlarge": 30},
        pods={"nodes": {20: 30, 42: 10}},
        surge="33%",
    )
    assert [group.nodes for group in found] == [10, 30]
    assert sum(dict(group.pods)[20] for group in found) == 30
    assert sum(dict(group.pods)[42] for group in found) == 10
    assert sum(group.surge for group in found) == 14


@pytest.mark.parametrize(("surge", "nodes"), [(0, 0), (7, 7), ("all", 10), ("33%", 4), ("1%", 1), ("100%", 10)])
def test_part_of_a_surging_node_is_a_node(surge: Any, nodes: int) -> None:
    (group,) = groups(nodes=10, surge=surge)
    assert group.surge == nodes


def test_pods_between_two_numbers_are_on_as_many_nodes_each() -> None:
    (group,) = groups(nodes=8, pods={"from": 5, "to": 8})
    assert group.pods == ((5, 2), (6, 2), (7, 2), (8, 2))
    (group,) = groups(nodes=3, pods={"from": 10, "to": 40})
    assert group.pods == ((10, 1), (25, 1), (40, 1))
    (group,) = groups(nodes=1, pods={"from": 10, "to": 40})
    assert group.pods == ((25, 1),)


def test_a_middle_between_two_numbers_of_pods_is_rounded_up() -> None:
    (group,) = groups(nodes=1, pods={"from": 5, "to": 8})
    assert group.pods == ((7, 1),)
    (group,) = groups(nodes=3, pods={"from": 5, "to": 8})
    assert group.pods == ((5, 1), (7, 1), (8, 1))


@pytest.mark.parametrize(
    ("addresses", "singles", "prefixes"),
    [
        ("none", 0, 0),
        ({"addresses": 3}, 3, 0),
        ({"prefixes": 2}, 0, 2),
        ({"slice": 8}, 8, 0),
        ({"slice": "/28"}, 0, 1),
        ({"slice": 32}, 0, 2),
    ],
)
def test_a_networks_slices_are_whole_prefixes_where_they_are_large_enough(
    addresses: Any, singles: int, prefixes: int
) -> None:
    document = small()
    document["networks"][0] |= {"addresses": addresses, "interfaces": 2}
    (network,) = fleet(document).networks
    assert (network.interfaces, network.addresses, network.prefixes) == (2, singles, prefixes)


def test_eni_configs_take_part_with_custom_networking_only() -> None:
    document = small() | {"eniConfigs": {"a": "pods-a", "b": ["pods-b", "nodes-b"]}}
    assert fleet(document).eni_configs == {}
    document["cni"] = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": True}
    assert fleet(document).eni_configs == {"a": ("pods-a",), "b": ("pods-b", "nodes-b")}


def test_a_migration_is_laid_over_what_there_is() -> None:
    document = small() | {
        "cni": {"WARM_IP_TARGET": 3, "MINIMUM_IP_TARGET": 9},
        "eniConfigs": {"a": "nodes-a", "b": "pods-b"},
        "migration": {
            "cni": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": True, "MINIMUM_IP_TARGET": None},
            "eniConfigs": {"a": "pods-a"},
        },
    }
    assert fleet(document).target == Target(
        CniSettings(warm_ip_target=3, warm_prefix_target=1, custom_networking=True),
        {"a": ("pods-a",), "b": ("pods-b",)},
    )


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 200))
def test_pods_are_spread_within_their_ends_and_keep_their_mean(least: int, further: int, nodes: int) -> None:
    found = spread(least, least + further, nodes)
    assert sum(count for _, count in found) == nodes
    assert all(least <= pods <= least + further for pods, _ in found)
    mean = sum(pods * count for pods, count in found) / nodes
    assert abs(mean - (least + further / 2)) <= max(0.5, further / 2 * further / nodes / 2)


@given(st.dictionaries(st.integers(0, 90), st.integers(1, 40), min_size=1, max_size=6), st.data())
def test_no_node_is_lost_where_pods_and_types_are_counted(pods: dict[int, int], data: st.DataObject) -> None:
    nodes = sum(pods.values())
    cuts = sorted(data.draw(st.lists(st.integers(0, nodes), max_size=4)))
    types = [end - start for start, end in zip([0, *cuts], [*cuts, nodes], strict=True)]
    found = shared(list(pods.items()), types)
    assert [sum(count for _, count in part) for part in found] == types
    assert {each: sum(dict(part).get(each, 0) for part in found) for each in pods} == pods
