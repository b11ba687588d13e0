"""What only several fields of a plan's document together show."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from nodenet.capacity.document import read
from nodenet.limits import shipped
from tests.unit.capacity.documents import small, spoilt

Document = dict[str, Any]


def group(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = document["nodeGroups"][0]
    return found


def subnet(document: Document, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = document["subnets"][place]
    return found


def test_the_small_document_is_right() -> None:
    read(yaml.safe_dump(small()), shipped)


@pytest.mark.parametrize(
    ("spoil", "mistake"),
    [
        (
            lambda d: d["subnets"].append(subnet(d) | {"cidr": "10.9.0.0/24"}),
            'subnets[6].name: "nodes-a" is the name of',
        ),
        (lambda d: d["nodeGroups"].append(group(d)), 'nodeGroups[1].name: "web" is the name of nodeGroups[0] already'),
        (lambda d: d["networks"].append(d["networks"][0]), 'networks[1].name: "n3" is the name of networks[0] already'),
        (
            lambda d: group(d).update(subnets=["node-a"]),
            'nodeGroups[0].subnets[0]: unknown subnet "node-a"; did you mean "nodes-a" or "nodes-b"?',
        ),
        (
            lambda d: group(d).update(networks=["n6"]),
            'nodeGroups[0].networks[0]: unknown network "n6"; known are "n3"',
        ),
        (lambda d: d["networks"][0].update(subnets=["x"]), 'networks[0].subnets[0]: unknown subnet "x"; known are'),
        (lambda d: d.update(eniConfigs={"a": "pod-a"}), 'eniConfigs.a: unknown subnet "pod-a"; did you mean'),
    ],
)
def test_a_name_is_declared_once(spoil: Callable[[Document], Any], mistake: str) -> None:
    assert any(said.startswith(mistake) for said in spoilt(spoil)), spoilt(spoil)


@pytest.mark.parametrize(
    ("spoil", "mistake"),
    [
        (
            lambda d: subnet(d, 1).update(cidr="10.0.0.128/25"),
            "subnets[1].cidr: 10.0.0.128/25 overlaps 10.0.0.0/24, subnets[0].cidr",
        ),
        (
            lambda d: subnet(d, 1).update(cidr="10.0.0.0/23"),
            "subnets[1].cidr: 10.0.0.0/23 overlaps 10.0.0.0/24, subnets[0].cidr",
        ),
        (
            lambda d: d.update(vpc=["10.0.0.0/16", "100.64.0.0/24"]),
            "subnets[3].cidr: 100.64.1.0/24 lies outside the VPC, which has 10.0.0.0/16, 100.64.0.0/24",
        ),
        (
            lambda d: d.update(vpc=["10.0.0.0/16", "100.64.0.0/16", "10.0.128.0/17"]),
            "vpc[2]: 10.0.128.0/17 overlaps 10.0.0.0/16, vpc[0]",
        ),
        (lambda d: subnet(d).pop("cidr"), "subnets[0]: needs a cidr, or a size where the block is not known yet"),
        (lambda d: subnet(d).update(size="/24"), "subnets[0].size: the cidr says the size already: leave this out"),
        (
            lambda d: subnet(d).update(used=252),
            "subnets[0].used: 252 is more than the subnet has: a /24 has 251 addresses beside AWS's five",
        ),
        (
            lambda d: subnet(d).update(used=1, occupied=["10.0.0.9"]),
            "subnets[0].used: occupied says which addresses are used: leave this out",
        ),
        (
            lambda d: subnet(d).update(occupied=["10.0.1.9"]),
            "subnets[0].occupied[0]: 10.0.1.9 lies outside the subnet, 10.0.0.0/24",
        ),
        (
            lambda d: subnet(d).update(occupied=["10.0.0.9", "10.0.0.250-10.0.1.3"]),
            "subnets[0].occupied[1]: 10.0.0.250-10.0.1.3 lies outside the subnet, 10.0.0.0/24",
        ),
        (
            lambda d: subnet(d).update(reservations=[{"cidr": "10.0.1.0/28", "type": "prefix"}]),
            "subnets[0].reservations[0].cidr: 10.0.1.0/28 lies outside the subnet, 10.0.0.0/24",
        ),
        (
            lambda d: subnet(d).update(
                reservations=[{"cidr": "10.0.0.64/26", "type": "prefix"}, {"cidr": "10.0.0.80/28", "type": "explicit"}]
            ),
            "subnets[0].reservations[1].cidr: 10.0.0.80/28 overlaps 10.0.0.64/26, subnets[0].reservations[0].cidr",
        ),
        (
            lambda d: d["subnets"].append({"name": "x", "zone": "a", "size": "/24", "occupied": []}),
            "subnets[6].occupied: needs the subnet's cidr",
        ),
    ],
)
def test_blocks_and_addresses_lie_as_they_can_in_a_vpc(spoil: Callable[[Document], Any], mistake: str) -> None:
    """VPC User Guide, "Subnet CIDR blocks" and "Subnet CIDR reservations"."""
    assert spoilt(spoil) == [mistake]


def test_all_addresses_of_a_subnet_but_awss_five_may_be_used() -> None:
    document = small()
    subnet(document)["used"] = 251
    read(yaml.safe_dump(document), shipped)


CUSTOM = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": True}


@pytest.mark.parametrize(
    ("spoil", "mistake"),
    [
        (
            lambda d: d.update(cni=CUSTOM, eniConfigs={"a": "pods-a"}),
            "nodeGroups[0].subnets[1]: b has no ENIConfig, so that nodes there never get ready: add it to eniConfigs",
        ),
        (
            lambda d: (d.update(eniConfigs={"a": "pods-a"}, migration={"cni": CUSTOM}), group(d).update(surge="all")),
            (
                "nodeGroups[0].subnets[1]: b has no ENIConfig, so that nodes there never get ready: "
                "add it to migration.eniConfigs"
            ),
        ),
        (
            lambda d: d.update(cni=CUSTOM, eniConfigs={"a": "pods-a", "b": ["pods-b", "n3-a"]}),
            'eniConfigs.b[1]: "n3-a" is in a; the ENIs of nodes in b must be there too',
        ),
        (
            lambda d: d["networks"][0].update(subnets=["n3-a", "pods-a", "n3-b"]),
            'networks[0].subnets[1]: "n3-a" and "pods-a" are both in a; a network has one subnet in a zone',
        ),
        (
            lambda d: d["networks"][0].update(subnets=["n3-a"]),
            'nodeGroups[0].networks[0]: "n3" has no subnet in b, where this group has nodes',
        ),
    ],
)
def test_every_zone_has_what_its_nodes_need(spoil: Callable[[Document], Any], mistake: str) -> None:
    """EC2 API reference, AttachNetworkInterface: an ENI is in its instance's zone."""
    assert spoilt(spoil) == [mistake]


def test_eni_configs_are_needed_with_custom_networking_only_and_of_the_target_by_a_surge_only() -> None:
    document = small() | {"eniConfigs": {"a": "pods-a"}, "migration": {"cni": CUSTOM}}
    read(yaml.safe_dump(document), shipped)


@pytest.mark.parametrize(
    ("spoil", "mistake"),
    [
        (lambda d: group(d).pop("instanceType"), "nodeGroups[0]: needs an instanceType, or instanceTypes"),
        (lambda d: group(d).update(instanceTypes=["m5.xlarge"]), "nodeGroups[0].instanceType: instanceTypes names all"),
        (lambda d: group(d).pop("nodes"), "nodeGroups[0]: needs nodes: how many there are"),
        (lambda d: group(d).update(pods={"nodes": {10: 3}}), "nodeGroups[0].nodes: 4; pods counts 3"),
        (
            lambda d: (group(d).pop("instanceType"), group(d).update(instanceTypes={"m5.xlarge": 3, "m6i.xlarge": 2})),
            "nodeGroups[0].nodes: 4; instanceTypes counts 5",
        ),
        (
            lambda d: (
                [group(d).pop(key) for key in ("instanceType", "nodes")],
                group(d).update(instanceTypes={"m5.xlarge": 3}, pods={"nodes": {10: 4}}),
            ),
            "nodeGroups[0].pods: counts 4 nodes; instanceTypes counts 3",
        ),
        (lambda d: group(d).update(pods={"from": 9, "to": 8}), "nodeGroups[0].pods: goes from 9 down to 8"),
        (
            lambda d: (
                d.update(cni={"ENABLE_POD_ENI": True}),
                group(d).update(pods={"from": 1, "to": 9}, branchPods=2),
            ),
            "nodeGroups[0].branchPods: 2; some nodes have no more than 1 pods in all",
        ),
        (
            lambda d: d["networks"][0].update(addresses={"prefixes": 1, "slice": 16}),
            "networks[0].addresses: must be one of prefixes, addresses and slice",
        ),
        (lambda d: d["networks"][0].update(addresses={}), "networks[0].addresses: names none; write none"),
    ],
)
def test_what_is_said_twice_says_the_same(spoil: Callable[[Document], Any], mistake: str) -> None:
    (said,) = spoilt(spoil)
    assert said.startswith(mistake)
