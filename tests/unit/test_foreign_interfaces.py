"""ENIs that nodenet did not make: they may count as a network, and are never changed, detached or deleted."""

from dataclasses import dataclass
from typing import Any

import pytest

from nodenet.nodes.outcome import State
from tests.unit.cloud import Cloud
from tests.unit.deliveries import NO_ADDRESS, end, settle


@dataclass
class Foreign:
    """A node with an ENI in the subnet and the group of n3, which an operator has attached."""

    cloud: Cloud
    node: str
    id: str

    @property
    def now(self) -> dict[str, Any]:
        """The ENI as EC2 shows it."""
        described = self.cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=[self.id])
        return dict(described["NetworkInterfaces"][0])


def attached(cloud: Cloud, node: str, description: str) -> Foreign:
    eni = cloud.ec2.create_network_interface(
        SubnetId=cloud.subnets["n3"][0], Groups=[cloud.groups["n3"]], Description=description
    )["NetworkInterface"]["NetworkInterfaceId"]
    cloud.ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=node, DeviceIndex=1)
    return Foreign(cloud, node, eni)


@pytest.fixture
def foreign(cloud: Cloud) -> Foreign:
    return attached(cloud, cloud.instance(), "an operator's own")


def test_it_counts_as_the_network_whose_subnet_and_groups_it_has(cloud: Cloud, foreign: Foreign) -> None:
    (ready,) = cloud.launch(cloud.running(foreign.node))
    assert ready.state is State.READY
    assert cloud.networks_of(foreign.node) == ["n6"]
    assert {wired.network: wired.interface_id for wired in ready.interfaces}["n3"] == foreign.id


def test_its_attributes_and_tags_stay_as_they_are(cloud: Cloud, foreign: Foreign) -> None:
    before = foreign.now
    cloud.configure(networks={"n3": "sourceDestCheck: false, tags: {owner: core}"})
    cloud.launch(cloud.running(foreign.node))
    assert foreign.now == before


def test_it_outlives_the_node(cloud: Cloud, foreign: Foreign) -> None:
    cloud.launch(cloud.running(foreign.node))
    end(cloud, foreign.node)
    assert foreign.now["Status"] == "available"


def test_it_stays_attached_when_the_node_is_rolled_back(cloud: Cloud, foreign: Foreign) -> None:
    before = foreign.now
    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    (failed, *_) = settle(cloud, cloud.running(foreign.node))
    assert failed.state is State.FAILED
    assert foreign.now == before


def test_an_interface_of_the_vpc_cni_is_never_the_network(cloud: Cloud) -> None:
    """The VPC CNI describes its ENIs as `aws-K8S-<instance>` (amazon-vpc-cni-k8s, pkg/awsutils)."""
    node = cloud.instance()
    attached(cloud, node, f"aws-K8S-{node}")
    (ready,) = cloud.launch(cloud.running(node))
    assert ready.state is State.READY
    assert cloud.networks_of(node) == ["n3", "n6"]


def test_a_network_with_the_subnet_and_groups_of_the_primary_interface_holds_the_node(cloud: Cloud) -> None:
    """Nothing would tell its ENI from those of the VPC CNI, which have the primary one's subnet and groups."""
    cloud.subnets["n3"], cloud.groups["n3"] = cloud.subnets["nodes"], cloud.groups["nodes"]
    cloud.configure()
    (held,) = cloud.launch(cloud.running(cloud.instance()))
    assert held.state is State.HELD
    assert "give the network a security group of its own" in held.reason
    assert not cloud.enis()


def test_a_network_in_the_primary_interface_s_subnet_with_a_group_of_its_own_is_wired(cloud: Cloud) -> None:
    cloud.subnets["n3"] = cloud.subnets["nodes"]
    cloud.configure()
    (ready,) = cloud.launch(cloud.running(cloud.instance()))
    assert ready.state is State.READY
