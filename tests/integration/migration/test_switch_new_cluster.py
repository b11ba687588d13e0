"""A new cluster as the guide makes it: CloudFormation has the deployed function switch the VPC CNI, and only then come
nodes, whose pods have addresses of pod subnets from the first one on."""

import json
import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from samcli.yamlhelper import yaml_parse

from demo.stack import BUILT, deploy
from local.region import Region
from tests.integration.migration.prod import NAME, ROLE, ZONES, Prod
from tests.integration.migration.waiting import until

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "new-cluster.md").read_text()
PODS = ip_network("100.64.0.0/16")
SWITCHED = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone"}

type Deploy = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def prod() -> Iterator[Prod]:
    """The cluster without nodes, pod subnets, and the stack beside it."""
    with Region() as region:
        region.control.kubernetes(controllers=True)
        region.control.speed = 10
        made = Prod(region)
        made.build()
        region.control.enforce_identity(True)
        made.stack = deploy(region, cluster=NAME, template=BUILT, MigrateAndDrain="true")
        made.client("ec2").associate_vpc_cidr_block(VpcId=made.vpc, CidrBlock=str(PODS))
        yield made


@pytest.fixture(scope="module")
def pod_subnets(prod: Prod) -> list[str]:
    ec2, blocks = prod.client("ec2"), ("100.64.0.0/19", "100.64.32.0/19")
    return [
        ec2.create_subnet(VpcId=prod.vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, block in zip(ZONES, blocks, strict=False)
    ]


@pytest.fixture(name="template")
def template_of_the_guide() -> dict[str, Any]:
    (text,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    found: dict[str, Any] = yaml_parse(text)
    return found


@pytest.fixture(name="formed")
def formed_stack(prod: Prod, pod_subnets: list[str]) -> Iterator[Deploy]:
    """Creates or updates the stack of the guide, and gives what CloudFormation says of it; it is deleted in the end."""
    formation = prod.client("cloudformation")
    given = {
        "ClusterName": NAME,
        "SwitchFunction": prod.outputs["SwitchNewClusterFunction"],
        "NodeRole": ROLE,
        "NodeSubnets": ",".join(prod.nodes_in.values()),
        "PodSubnetA": pod_subnets[0],
        "PodSubnetB": pod_subnets[1],
    }
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]

    def described() -> dict[str, Any]:
        found: dict[str, Any] = formation.describe_stacks(StackName="nodes")["Stacks"][0]
        return found

    def form(template: dict[str, Any], *, update: bool = False) -> dict[str, Any]:
        call = formation.update_stack if update else formation.create_stack
        call(StackName="nodes", TemplateBody=json.dumps(template), Parameters=parameters)
        until(lambda: not described()["StackStatus"].endswith("IN_PROGRESS"), "the stack is formed", 60, described)
        return described()

    yield form
    formation.delete_stack(StackName="nodes")
    until(lambda: not _stacks(prod), "the stack is deleted", 60, lambda: _reasons(prod))


def test_the_first_node_s_pods_have_addresses_of_pod_subnets(
    prod: Prod, formed: Deploy, template: dict[str, Any]
) -> None:
    before = prod.variables()
    nodes = template["Resources"].pop("Nodes")
    assert nodes["DependsOn"] == "PodNetworking"
    assert formed(template)["StackStatus"] == "CREATE_COMPLETE", _reasons(prod)
    assert prod.variables() == {**before, **SWITCHED}
    # CloudFormation's node groups are not those of the region's EKS: as it would make it once the resource is there.
    scaling = {f"{key[0].lower()}{key[1:]}": value for key, value in nodes["Properties"]["ScalingConfig"].items()}
    subnets = [prod.nodes_in[zone] for zone in ZONES[:2]]
    prod.managed("web", scalingConfig=scaling, subnets=subnets)
    prod.deployment("shop", 4)
    prod.settled(2)
    addresses = prod.addresses()
    assert len(addresses) == 4
    assert all(ip_address(each) in PODS for each in addresses.values())
    before_update = {node.metadata.name for node in prod.nodes()}
    template["Resources"]["PodNetworking"]["Properties"]["Warm"] = {"Ip": 2}
    assert formed(template, update=True)["StackStatus"] == "UPDATE_COMPLETE", _reasons(prod)
    assert prod.variables() == {**before, **SWITCHED, "WARM_IP_TARGET": "2"}
    del template["Resources"]["PodNetworking"]
    template["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic"}
    assert formed(template, update=True)["StackStatus"] == "UPDATE_COMPLETE", _reasons(prod)
    until(lambda: prod.variables() == before, "the CNI is as it was")
    assert prod.client("eks").list_addons(clusterName=NAME)["addons"] == []
    assert {node.metadata.name for node in prod.nodes()} == before_update
    assert prod.addresses() == addresses
    prod.client("eks").delete_nodegroup(clusterName=NAME, nodegroupName="web")
    until(lambda: not prod.groups(), "the node group is gone", 120)


def test_wrong_properties_fail_with_every_mistake_and_go_without_a_trace(
    prod: Prod, formed: Deploy, template: dict[str, Any]
) -> None:
    del template["Resources"]["Nodes"]
    template["Resources"]["PodNetworking"]["Properties"] |= {"Prefix": True, "Cluster": "demo of ours"}
    assert formed(template)["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = [each for each in _reasons(prod) if "ConfigurationError" in each]
    assert "did you mean Prefixes?" in reason
    assert "no EKS cluster's name" in reason
    assert prod.client("eks").list_addons(clusterName=NAME)["addons"] == []


def test_what_the_add_on_says_otherwise_is_told_and_stays(prod: Prod, formed: Deploy, template: dict[str, Any]) -> None:
    del template["Resources"]["Nodes"]
    eks, text = prod.client("eks"), "env:\n  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false' # not here\n"
    eks.create_addon(clusterName=NAME, addonName="vpc-cni", configurationValues=text, resolveConflicts="OVERWRITE")

    def addon() -> Any:
        return eks.describe_addon(clusterName=NAME, addonName="vpc-cni")["addon"]

    until(lambda: addon()["status"] == "ACTIVE", "the add-on is there")
    assert formed(template)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("has env.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG already" in each for each in _reasons(prod))
    assert yaml.safe_load(addon()["configurationValues"]) == yaml.safe_load(text)
    assert addon()["configurationValues"] == text


def _stacks(prod: Prod) -> list[str]:
    """Those of the guide that are still there."""
    stacks = prod.client("cloudformation").list_stacks()["StackSummaries"]
    return [
        each["StackId"] for each in stacks if each["StackName"] == "nodes" and each["StackStatus"] != "DELETE_COMPLETE"
    ]


def _reasons(prod: Prod) -> list[str]:
    events = prod.client("cloudformation").describe_stack_events(StackName="nodes")["StackEvents"]
    return [each["ResourceStatusReason"] for each in events if each.get("ResourceStatusReason")]
