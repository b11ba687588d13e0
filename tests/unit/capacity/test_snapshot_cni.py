"""The VPC CNI's settings and ENIConfigs, as a running cluster has them."""

import threading
from dataclasses import replace

import pytest

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.document import resolve
from nodenet.capacity.running.eni_configs import chosen
from nodenet.capacity.running.seen import Addon, DaemonSet, EniConfig, Node, Subnet
from nodenet.errors import AccessDenied, PermissionsMissing, PlanningError, Throttled
from nodenet.limits import shipped
from tests.unit.capacity.snapshot_stage import IMAGE, ZONE, Stage

CUSTOM = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.node(pods=3)
    return made


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WARM_ENI_TARGET": "2", "MAX_ENI": "3", "ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
        {"WARM_IP_TARGET": "5", "MINIMUM_IP_TARGET": "9", "IP_COOLDOWN_PERIOD": "60", "MAX_ENI": "0"},
        {"WARM_IP_TARGET": "many", "ENABLE_SUBNET_DISCOVERY": "no", "WARM_ENI_TARGET": "-1"},
        {"ENABLE_SUBNET_DISCOVERY": "F", "ENABLE_POD_ENI": "1", "AWS_MANAGE_ENIS_NON_SCHEDULABLE": "T"},
    ],
)
def test_the_document_sets_the_cni_as_ipamd_reads_its_environment(stage: Stage, environment: dict[str, str]) -> None:
    """What ipamd cannot read, and what AWS ships but the DaemonSet has lost, is as without it."""
    stage.cni = DaemonSet(IMAGE, environment)
    assert resolve(stage.take().document, shipped).cni == CniSettings.of(environment)


def test_what_the_document_cannot_say_of_the_cni_is_told(stage: Stage) -> None:
    stage.cni = DaemonSet("registry:5000/amazon-k8s-cni:v1.19.2", {"WARM_ENI_TARGET": "2"}, ("MAX_ENI", "MY_NODE_NAME"))
    stage.managed = Addon("v1.19.2-eksbuild.1", {"WARM_ENI_TARGET": "1", "ADDITIONAL_ENI_TAGS": "{}"})
    assert stage.take().notes == (
        "the VPC CNI is v1.19.2; the plan follows what v1.23 does",
        "MAX_ENI of aws-node comes from another object and was not read: set it in the plan's cni yourself",
        "WARM_ENI_TARGET is 2 on aws-node, but 1 in the add-on: its next update sets that",
    )


@pytest.mark.parametrize(
    ("labels", "annotations", "variables", "name"),
    [
        ({}, {}, {}, "default"),
        ({"k8s.amazonaws.com/eniConfig": "l"}, {}, {}, "l"),
        ({"k8s.amazonaws.com/eniConfig": "l"}, {"k8s.amazonaws.com/eniConfig": "a"}, {}, "a"),
        ({"vpc.amazonaws.com/externalEniConfig": "x"}, {"k8s.amazonaws.com/eniConfig": "a"}, {}, "x"),
        ({"own": "o", "k8s.amazonaws.com/eniConfig": "l"}, {}, {"ENI_CONFIG_LABEL_DEF": "own"}, "o"),
        ({}, {"own": "o"}, {"ENI_CONFIG_ANNOTATION_DEF": "own"}, "o"),
        ({"k8s.amazonaws.com/eniConfig": "l"}, {}, {"ENI_CONFIG_LABEL_DEF": "own"}, "default"),
        ({"k8s.amazonaws.com/eniConfig": "l"}, {}, {"ENI_CONFIG_LABEL_DEF": ""}, "l"),
    ],
)
def test_a_node_takes_the_eniconfig_that_the_cni_takes(
    stage: Stage, labels: dict[str, str], annotations: dict[str, str], variables: dict[str, str], name: str
) -> None:
    """amazon-vpc-cni-k8s, pkg/eniconfig/eniconfig.go."""
    stage.environment(**CUSTOM, **variables)
    stage.change(1, labels={**stage.members[0].labels, **labels}, annotations=annotations)
    stage.shown.append(Subnet("subnet-p", "eu-west-1a", "10.0.2.0/24"))
    stage.configs = [EniConfig(each, "subnet-p" if each == name else "subnet-b") for each in ("default", *"laxo")]
    assert stage.document()["eniConfigs"] == {"eu-west-1a": ["subnet-p"]}


def test_an_empty_annotation_is_one() -> None:
    """pkg/eniconfig/eniconfig.go asks whether it is there."""
    key = "k8s.amazonaws.com/eniConfig"
    assert chosen(Node("node-1", "", 29, labels={key: "l"}, annotations={key: ""}), {}) == ""


def test_eniconfigs_named_as_zones_count_for_zones_without_nodes(stage: Stage) -> None:
    stage.environment(**CUSTOM, ENI_CONFIG_LABEL_DEF=ZONE)
    stage.configs = [
        EniConfig("eu-west-1a", "subnet-a"),
        EniConfig("eu-west-1b", "subnet-b"),
        EniConfig("x", "subnet-b"),
    ]
    document = stage.document()
    assert document["eniConfigs"] == {"eu-west-1a": ["subnet-a"], "eu-west-1b": ["subnet-b"]}
    assert [each["name"] for each in document["subnets"]] == ["subnet-a", "subnet-b"]


def test_nodes_whose_eniconfig_gives_them_nothing_are_told(stage: Stage) -> None:
    stage.environment(**CUSTOM)
    stage.node()
    stage.change(2, labels={**stage.members[1].labels, "k8s.amazonaws.com/eniConfig": "far"})
    stage.configs = [EniConfig("far", "subnet-b"), EniConfig("default", "")]
    assert not stage.document()["eniConfigs"]
    with pytest.raises(PlanningError):  # the document lacks what the nodes lack
        resolve(stage.take().document, shipped)
    assert stage.take().notes == (
        "ENIConfig default is missing, or names no subnet of the VPC: 1 node that takes it without pod addresses",
        "ENIConfig far names a subnet of another zone: 1 node that takes it without pod addresses",
    )


def test_eniconfigs_of_a_zone_that_are_not_shared_evenly_are_told(stage: Stage) -> None:
    stage.environment(**CUSTOM)
    stage.shown.append(Subnet("subnet-p", "eu-west-1a", "10.0.2.0/24"))
    stage.configs = [EniConfig("default", "subnet-a"), EniConfig("p", "subnet-p")]
    for _ in range(3):
        stage.node(labels={"k8s.amazonaws.com/eniConfig": "p"})
    assert stage.document()["eniConfigs"] == {"eu-west-1a": ["subnet-a", "subnet-p"]}
    (note,) = stage.take().notes
    assert note == (
        "the nodes in eu-west-1a do not share its ENIConfigs evenly, as the plan has them: 3 that of subnet-p, 1 that "
        "of subnet-a"
    )


def test_without_custom_networking_eniconfigs_mean_nothing(stage: Stage) -> None:
    stage.configs = [EniConfig("default", "subnet-b")]
    assert stage.document().get("eniConfigs") in (None, {})
    assert stage.take().notes == ()


@pytest.mark.parametrize(
    ("name", "value"), [("ENABLE_IPv6", "true"), ("ENABLE_IMDS_ONLY_MODE", "true"), ("ENABLE_IPv4", "false")]
)
def test_a_cni_that_follows_no_plan_is_refused(stage: Stage, name: str, value: str) -> None:
    stage.environment(**{name: value})
    with pytest.raises(PlanningError, match=f"{name} of aws-node: nothing to plan"):
        stage.take()


def test_an_ipv6_cluster_is_refused_before_anything_is_asked(stage: Stage) -> None:
    stage.cluster = replace(stage.cluster, family="ipv6")
    stage.refuse = {"subnets": AssertionError("asked")}
    with pytest.raises(PlanningError, match="IPv6 cluster"):
        stage.take()


def test_a_cluster_in_auto_mode_is_planned_for_where_it_has_nodes_of_the_vpc_cni_too(stage: Stage) -> None:
    stage.cluster = replace(stage.cluster, auto_mode=True)
    stage.node(pods=9, labels={"eks.amazonaws.com/compute-type": "auto"})
    assert stage.take().notes == ("1 Auto Mode node is left out: what they take counts as used",)
    stage.cni = None
    with pytest.raises(PlanningError, match="EKS Auto Mode"):
        stage.take()


def test_every_denial_is_in_one_message_whatever_else_fails(stage: Stage) -> None:
    stage.refuse = {
        "pods": AccessDenied("pods is forbidden"),
        "reservations": AccessDenied("no reservations"),
        "subnets": Throttled("later"),
        "nodes": AccessDenied("nodes is forbidden"),
    }
    with pytest.raises(PermissionsMissing) as caught:
        stage.take()
    assert str(caught.value).splitlines() == [
        "kubernetes: list nodes is missing: nodes is forbidden",
        "kubernetes: list pods is missing: pods is forbidden",
        "ec2:GetSubnetCidrReservations is missing: no reservations",
    ]
    del stage.refuse["pods"], stage.refuse["nodes"], stage.refuse["reservations"]
    with pytest.raises(Throttled, match="later"):
        stage.take()


def test_what_needs_no_order_is_asked_at_once(stage: Stage) -> None:
    stage.meeting = threading.Barrier(3)
    assert stage.take().document.cluster == "prod"
