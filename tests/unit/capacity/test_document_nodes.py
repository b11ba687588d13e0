"""What the instance types of a plan's document hold, and what is worth knowing of it."""

from dataclasses import replace

import pytest
import yaml

from nodenet.capacity.document import notes, read, resolve
from nodenet.capacity.planning import plan
from nodenet.errors import PlanningError
from nodenet.limits import shipped
from tests.unit.capacity.documents import right, told, with_group


def test_unknown_types_are_told_with_near_names_and_what_to_do() -> None:
    (mistake,) = told(with_group(instanceType="m5.xlagre"))
    assert mistake.startswith('nodeGroups[0].instanceType: unknown instance type "m5.xlagre"; did you mean "m5.xlarge"')
    assert mistake.endswith("where credentials and a region are at hand")


def test_a_type_that_ec2_told_of_is_known() -> None:
    newer = shipped("m5.xlarge")
    assert newer
    document = read(yaml.safe_dump(with_group(instanceType="m99.xlarge")))
    (group,) = resolve(document, lambda name: replace(newer, instance_type=name)).groups
    assert group.limits.instance_type == "m99.xlarge"
    with pytest.raises(PlanningError):
        resolve(document)


def test_pods_beyond_what_eks_tells_the_kubelet_are_too_many() -> None:
    """m5.xlarge has 4 ENIs of 15 addresses: 58, of which two are for pods on the host's network (eni-max-pods.txt)."""
    assert right(with_group(pods=56, networks=[]))
    kubelet, addresses = told(with_group(pods=57, networks=[]))
    assert kubelet.endswith("too many: EKS tells the kubelet of m5.xlarge 58, of which 2 are on the host's network")
    assert addresses.endswith("too many: the VPC CNI has 56 addresses for pods on m5.xlarge as it is set")


def test_where_a_types_vcpus_are_not_known_the_kubelet_has_the_vpc_cnis_figure_and_at_most_250() -> None:
    """EKS's figure needs them; cr1.8xlarge has 8 ENIs with 30 addresses, c5a.metal 15 with 50."""
    assert right(with_group(pods=232, networks=[], instanceType="cr1.8xlarge"))
    (mistake,) = told(with_group(pods=232, hostNetworkPods=3, networks=[], instanceType="cr1.8xlarge"))
    assert mistake.endswith("whose vCPUs are not known, is taken to say 234, of which 3 are on the host's network")
    assert right(with_group(pods=248, networks=[], instanceType="c5a.metal"))
    (mistake,) = told(with_group(pods=249, networks=[], instanceType="c5a.metal"))
    assert mistake.endswith("whose vCPUs are not known, is taken to say 250, of which 2 are on the host's network")


def test_pods_on_the_hosts_network_count_against_the_kubelet_and_not_against_the_addresses() -> None:
    assert right(with_group(pods=56, maxPods=60, hostNetworkPods=4, networks=[]))
    (mistake,) = told(with_group(pods=56, maxPods=60, hostNetworkPods=5, networks=[]))
    assert "maxPods says 60, of which 5 are on the host's network" in mistake


def test_interfaces_of_extra_networks_leave_the_cni_fewer_addresses() -> None:
    """hasRoomForEni: unmanaged ENIs count against the maximum."""
    assert right(with_group(pods=42))
    (mistake,) = told(with_group(pods=43))
    assert mistake.endswith("the VPC CNI has 42 addresses for pods on m5.xlarge as it is set")


def test_a_nodes_subnet_that_the_cni_must_not_use_leaves_its_primary_eni_without_pods() -> None:
    """kubernetes.io/role/cni: 0 (IsSubnetExcluded), while subnet discovery is on."""
    document = with_group(pods=42)
    document["subnets"][1]["cni"] = False
    assert told(document)[-1].endswith("the VPC CNI has 28 addresses for pods on m5.xlarge as it is set")
    document["cni"]["ENABLE_SUBNET_DISCOVERY"] = False
    assert right(document)


def test_pods_must_fit_on_the_nodes_of_a_migration_too() -> None:
    document = with_group(pods=42, surge=1, maxPods=110)
    document |= {"migration": {"cni": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": True}}}
    document["eniConfigs"] = {"a": "pods-a", "b": "pods-b"}
    (mistake,) = told(document)
    assert mistake.startswith("nodeGroups[0].pods: with migration.cni, 42 are too many: the VPC CNI has 28 addresses")
    document["nodeGroups"][0]["surge"] = 0
    assert right(document)


POD_ENI = {"ENABLE_POD_ENI": True}


def test_branch_interfaces_need_their_switch_and_a_type_that_takes_them() -> None:
    """amazon-vpc-resource-controller-k8s, pkg/aws/vpc/limits.go: 18 of m5.xlarge; t3 takes no trunk."""
    assert right(with_group(POD_ENI, pods=30, branchPods=18))
    assert told(with_group(POD_ENI, pods=30, branchPods=19)) == [
        "nodeGroups[0].branchPods: 19; m5.xlarge takes 18 branch interfaces"
    ]
    assert told(with_group(pods=10, branchPods=1)) == ["nodeGroups[0].branchPods: needs ENABLE_POD_ENI: true in cni"]
    assert told(with_group(POD_ENI, pods=10, branchPods=1, instanceType="t3.2xlarge")) == [
        "nodeGroups[0].branchPods: 1; t3.2xlarge takes no trunk, and so no branch interfaces"
    ]


def test_branch_interfaces_need_a_place_for_their_trunk() -> None:
    """Where MAX_ENI, or the networks' interfaces, leave none beside the primary one (tryEnableSecurityGroupsForPods,
    pkg/ipamd/ipamd.go); m5.xlarge has 4."""
    assert right(with_group(POD_ENI | {"MAX_ENI": 3}, pods=10, branchPods=1))
    (mistake,) = told(with_group(POD_ENI | {"MAX_ENI": 2}, pods=10, branchPods=1))
    assert mistake.startswith("nodeGroups[0].branchPods: m5.xlarge has 2 interfaces as the VPC CNI is set: beside")


def test_pods_on_branch_interfaces_need_no_address_of_the_cni() -> None:
    """m5.xlarge with a trunk and an extra network: two ENIs for the CNI, 28 addresses."""
    assert right(with_group(POD_ENI, pods=46, branchPods=18))
    assert (
        "(29 without those on branch interfaces)" in told(with_group(POD_ENI, pods=47, branchPods=18, maxPods=110))[0]
    )


def test_networks_that_do_not_fit_on_the_type_are_told() -> None:
    document = with_group(instanceType="m5.xlarge")
    document["networks"][0]["interfaces"] = 4
    assert "n3: 4 interfaces; network card 0 of m5.xlarge takes 3 beside the primary one" in told(document)[0]
    document["networks"][0].update(interfaces=1, networkCard=1)
    assert told(document) == ["nodeGroups[0].instanceType: n3: m5.xlarge has no network card 1"]
    document["networks"][0].update(networkCard=0, addresses={"addresses": 15})
    assert "addresses: 15 takes 15 IPv4 slots of an interface; m5.xlarge has 14" in told(document)[0]
    document["networks"][0]["addresses"] = {"prefixes": 1}
    document["nodeGroups"][0]["instanceType"] = "m4.xlarge"
    assert told(document) == ["nodeGroups[0].instanceType: n3: m4.xlarge is not built on Nitro and takes no prefixes"]


def test_types_that_take_no_prefixes_are_noted() -> None:
    """isConfigValid, pkg/ipamd/ipamd.go: the daemon falls back to single addresses."""
    document = read(yaml.safe_dump(with_group({"ENABLE_PREFIX_DELEGATION": True}, instanceType="m4.xlarge")))
    (said,) = notes(document)
    assert "m4.xlarge is not built on Nitro: the VPC CNI gives it single addresses" in said


def test_where_nobody_says_how_many_branch_interfaces_there_are_it_is_noted() -> None:
    """limits.go of the resource controller leaves the type out; the CNI keeps a slot for its trunk all the same."""
    document = with_group(POD_ENI, pods=10, branchPods=10, instanceType="c8gb.metal-24xl")
    assert right(document)
    (said,) = notes(read(yaml.safe_dump(document)))
    assert said.endswith("nobody publishes how many branch interfaces c8gb.metal-24xl takes: not checked")


def test_what_takes_no_part_is_noted() -> None:
    document = with_group(networks=[]) | {"migration": {}}
    assert [said.split(": ", 1)[1] for said in notes(read(yaml.safe_dump(document)))] == [
        "migration: no node group has a surge: no node runs with these settings",
        "networks[0]: no node group uses this network",
    ]


def test_pods_that_run_on_nodes_older_than_the_settings_are_a_shortage_and_no_mistake() -> None:
    """Custom networking reaches every node's ipamd at once, and takes the primary ENI from pods of new nodes only."""
    older = with_group(pods=56, networks=[], maxPods=58) | {
        "cni": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": True},
        "eniConfigs": {subnet["zone"]: subnet["name"] for subnet in with_group()["subnets"]},
    }
    document = read(yaml.safe_dump(older))
    with pytest.raises(PlanningError, match="56 are too many: the VPC CNI has 42 addresses"):
        resolve(document)

    found = plan(resolve(document, as_it_runs=True), advice=False)

    assert not found.fits
    assert any("have no address" in shortage.sentence for shortage in found.shortages)
