"""The VPC CNI is switched and switched back in the local region, where a CNI that follows its rules runs on the nodes:
through EKS's add-on and in the DaemonSet, by a step that has the rights of its function and no others."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from local.region import Region
from local.world import ACCOUNT
from nodenet import connecting
from nodenet.aws import clients
from nodenet.aws.addons import Addons
from nodenet.aws.eks_token import regional_sts
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.errors import HeldError, NotYet, Waiting
from nodenet.kubernetes.connection import Connection, with_token
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.permissions import group
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.migration.cni.eni_configs import ApplyEniConfigs
from nodenet.migration.cni.switch_cni import SwitchCni
from nodenet.migration.quiet.cordon import Cordon
from nodenet.migration.request import GroupWish, Request
from nodenet.migration.run import Run
from nodenet.migration.step import Step
from tests.integration.cluster_reader import as_a_role  # noqa: F401 - a fixture
from tests.integration.migration.prod import NAME, ROLE, ZONES, Prod
from tests.integration.migration.waiting import until
from tests.region.kubernetes_cluster import signed
from tests.unit.migration.record import started

CUSTOM, LABEL, WARM = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENI_CONFIG_LABEL_DEF", "WARM_IP_TARGET"
SWITCHED = {CUSTOM: "true", LABEL: "topology.kubernetes.io/zone"}
RIGHTS: Mapping[str, Any] = {
    "switch_cni": [
        *("autoscaling:DescribeAutoScalingGroups", "eks:DescribeCluster", "eks:DescribeAddon", "eks:UpdateAddon"),
        *("eks:DescribeAddonConfiguration", "eks:DescribeUpdate", "iam:PassRole"),
    ],
    "apply_eni_configs": ["eks:DescribeCluster"],
    "cordon": ["autoscaling:DescribeAutoScalingGroups", "eks:DescribeCluster"],
}


@pytest.fixture(name="prod")
def with_room(fresh_region: Region) -> Iterator[Prod]:
    """An old group of three nodes with pods, and a pod subnet in each zone."""
    fresh_region.control.kubernetes(controllers=True)
    fresh_region.control.speed = 60
    prod = Prod(fresh_region)
    prod.build()
    prod.apply_access()
    prod.client("ec2").associate_vpc_cidr_block(VpcId=prod.vpc, CidrBlock="100.64.0.0/16")
    prod.managed("web", size=3)
    prod.deployment("shop", 3)
    prod.settled(3)
    yield prod
    fresh_region.control.speed = 1


@pytest.fixture(name="run")
def run_of_it(prod: Prod) -> Run:
    ec2, subnets = prod.client("ec2"), []
    for number, zone in enumerate(ZONES):
        cidr = f"100.64.{32 * number}.0/19"
        made = ec2.create_subnet(VpcId=prod.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]
        subnets.append({"zone": zone, "id": made["SubnetId"], "cidr": cidr, "label": "", "made": True})
    found = prod.client("eks").describe_nodegroup(clusterName=NAME, nodegroupName="web")["nodegroup"]
    scaling = [each["name"] for each in found["resources"]["autoScalingGroups"]]
    return started(
        Request(NAME, (GroupWish("web"),)),
        preflight={"facts": {"groups": [{"name": "web", "autoScalingGroups": scaling}]}},
        step_extend_vpc={"podSubnets": subnets},
    )


@pytest.fixture(name="step")
def steps_as_their_functions(
    prod: Prod,
    as_role: Callable[[str, str | None], None],
) -> Iterator[Callable[[str], Step]]:
    """A step, connected with the rights of its function."""
    made: list[Connection] = []
    known: dict[str, Step] = {}

    def become(name: str) -> Step:
        if name in known:
            return known[name]
        arn = f"arn:aws:iam::{ACCOUNT}:role/step-{name}"
        prod.client("eks").create_access_entry(clusterName=NAME, principalArn=arn, kubernetesGroups=[group(name)])
        statement = {"Effect": "Allow", "Action": RIGHTS[name], "Resource": "*"}
        as_role(f"step-{name}", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        connecting.connect.cache_clear()
        connection = connecting.connect(NAME, clients.eks(), regional_sts("eu-west-1"))
        made.append(connection)
        nodes, groups, cni = Nodes(connection), ScalingGroups(clients.autoscaling()), VpcCni(connection)
        every: Mapping[str, Callable[[], Step]] = {
            "switch_cni": partial(SwitchCni, cni, Addons(clients.eks()), nodes, groups),
            "apply_eni_configs": partial(ApplyEniConfigs, cni),
            "cordon": partial(Cordon, nodes, groups),
        }
        known[name] = every[name]()
        return known[name]

    yield become
    connecting.connect.cache_clear()
    for each in made:
        each.__exit__()


def taken(step: Step, run: Run, way: str = "forward") -> str:
    """As the state machine takes it: again and again, as long as it waits."""
    said: list[str] = []

    def done() -> bool:
        with contextlib.suppress(Waiting, NotYet):
            said.append(getattr(step, way)(run, run.notes(step.name)))
        return bool(said)

    until(done, f"{step.name} ends", 60, lambda: run.notes(step.name).values)
    return said[0]


def pod_interfaces(prod: Prod) -> dict[str, str]:
    """Interfaces in the new range, with whose node each is."""
    found = prod.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "vpc-id", "Values": [prod.vpc]}, {"Name": "attachment.status", "Values": ["attached"]}]
    )["NetworkInterfaces"]
    return {
        each["NetworkInterfaceId"]: each["Attachment"]["InstanceId"]
        for each in found
        if each["PrivateIpAddress"].startswith("100.64.")
    }


def managed(prod: Prod, **given: Any) -> None:
    """EKS manages the VPC CNI."""
    prod.client("eks").create_addon(clusterName=NAME, addonName="vpc-cni", resolveConflicts="OVERWRITE", **given)
    until(lambda: addon(prod)["status"] == "ACTIVE", "the add-on is there")


@contextlib.contextmanager
def administrator(prod: Prod) -> Iterator[VpcCni]:
    shown = prod.client("eks").describe_cluster(name=NAME)["cluster"]
    authority = shown["certificateAuthority"]["data"]
    with with_token(shown["endpoint"], authority, signed(prod.region.endpoint, NAME)) as connection:
        yield VpcCni(connection)


def addon(prod: Prod) -> dict[str, Any]:
    found: dict[str, Any] = prod.client("eks").describe_addon(clusterName=NAME, addonName="vpc-cni")["addon"]
    return found


@pytest.mark.parametrize("by_eks", [True, False], ids=["managed", "self-managed"])
def test_switched_and_back_while_pods_keep_their_addresses(
    prod: Prod, run: Run, step: Callable[[str], Step], by_eks: bool
) -> None:
    if by_eks:
        managed(prod, serviceAccountRoleArn=ROLE)
        prod.settled(3)
    before, addresses = prod.variables(), prod.addresses()
    taken(step("apply_eni_configs"), run)
    taken(step("cordon"), run)
    assert "aws-node runs on 3 nodes" in taken(step("switch_cni"), run)
    assert prod.variables() == {**before, **SWITCHED}
    assert prod.addresses() == addresses
    # Old nodes, which are cordoned, attach nothing there (amazon-vpc-cni-k8s, pkg/ipamd).
    assert pod_interfaces(prod) == {}
    if by_eks:
        assert addon(prod)["serviceAccountRoleArn"] == ROLE
        assert json.loads(addon(prod)["configurationValues"]) == {"env": SWITCHED}
    taken(step("switch_cni"), run, "back")
    assert prod.variables() == before
    taken(step("cordon"), run, "back")
    taken(step("apply_eni_configs"), run, "back")
    with administrator(prod) as cni:
        assert cni.eni_configs() == {}
    assert prod.addresses() == addresses


def test_what_people_have_set_past_the_add_on_outlives_both_ways(
    prod: Prod, run: Run, step: Callable[[str], Step]
) -> None:
    managed(prod)
    with administrator(prod) as cni:
        cni.set_environment({WARM: "2", "HTTPS_PROXY": "http://proxy:3128"})
    before = prod.variables()
    taken(step("apply_eni_configs"), run)
    taken(step("cordon"), run)
    taken(step("switch_cni"), run)
    assert prod.variables() == {**before, **SWITCHED}
    taken(step("switch_cni"), run, "back")
    assert prod.variables() == before


def test_open_old_nodes_hold_it_and_nothing_restarts(prod: Prod, run: Run, step: Callable[[str], Step]) -> None:
    before = prod.variables()
    taken(step("apply_eni_configs"), run)
    with pytest.raises(HeldError, match="old nodes are not cordoned"):
        taken(step("switch_cni"), run)
    assert prod.variables() == before
