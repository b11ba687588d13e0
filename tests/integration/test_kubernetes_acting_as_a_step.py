"""A step's function at the API server of an EKS cluster: by its role's access entry, with the rendered roles."""

from collections.abc import Callable, Iterator

import pytest
from lightkube import codecs

from nodenet import connecting
from nodenet.aws import clients
from nodenet.aws.eks_token import regional_sts, token
from nodenet.errors import AccessDenied, PlanningError
from nodenet.kubernetes.connection import Connection, with_token
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.permissions import group, manifest
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.migration.cluster import UNVERIFIED, Pod, Taint
from tests.integration.cluster_reader import as_a_role, built_cluster  # noqa: F401 - fixtures
from tests.integration.running_cluster import CLUSTER, RunningCluster

DESCRIBE = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"}]}'
)


@pytest.fixture(name="roles")
def rendered_roles(built: RunningCluster) -> RunningCluster:
    """The cluster, with what is rendered applied by its administrator."""
    eks, sts = built.region.client("eks"), built.region.client("sts")
    authority = eks.describe_cluster(name=CLUSTER)["cluster"]["certificateAuthority"]["data"]
    with with_token(built.endpoint, authority, token(CLUSTER, sts)) as administrator:
        for document in manifest():
            administrator.client.create(codecs.from_dict(document))
    return built


@pytest.fixture(name="step")
def connection_of_a_step(
    roles: RunningCluster, as_role: Callable[[str, str | None], None]
) -> Iterator[Callable[[str], Connection]]:
    """Connects as the function of a step does."""
    connecting.connect.cache_clear()
    made = []

    def become(step: str) -> Connection:
        roles.access(f"step-{step}", group(step))
        as_role(f"step-{step}", DESCRIBE)
        made.append(connecting.connect(CLUSTER, clients.eks(), regional_sts("eu-west-1")))
        return made[-1]

    yield become
    connecting.connect.cache_clear()
    for each in made:
        each.__exit__()


def test_a_step_may_do_what_it_does_and_nothing_else(roles: RunningCluster, step: Callable[[str], Connection]) -> None:
    roles.node("nodes-a")
    connection = step("cordon")
    nodes = Nodes(connection)
    assert [nodes.cordon(node.name) for node in nodes.nodes()] == [True]
    assert [node.unschedulable for node in nodes.nodes()] == [True]
    with pytest.raises(AccessDenied, match='cannot create resource "pods/eviction"'):
        Pods(connection).evict(Pod("default", "host-1-0", "u", "node-1"))
    with pytest.raises(AccessDenied, match='cannot get resource "daemonsets"'):
        VpcCni(connection).daemon_set()


def test_rights_to_one_object_are_to_no_other(roles: RunningCluster, step: Callable[[str], Connection]) -> None:
    roles.aws_node(WARM_ENI_TARGET="1")
    cni = VpcCni(step("switch_cni"))
    assert cni.daemon_set()
    assert cni.set_environment({"WARM_ENI_TARGET": "2"})
    with pytest.raises(AccessDenied, match='cannot get resource "daemonsets"'):
        cni.daemon_set("kube-proxy")


def test_eni_configs_may_be_made_by_applying_them(step: Callable[[str], Connection]) -> None:
    """A PATCH that makes an object asks for the verb create as well (apiserver, endpoints/handlers, patch.go)."""
    cni = VpcCni(step("apply_eni_configs"))
    cni.apply_eni_config("eu-west-1a", "subnet-1")
    assert cni.eni_configs() == {"eu-west-1a": {"subnet": "subnet-1"}}


def test_taints_need_their_steps_role(roles: RunningCluster, step: Callable[[str], Connection]) -> None:
    roles.node("nodes-a")
    with pytest.raises(AccessDenied, match='cannot patch resource "nodes"'):
        Nodes(step("verify")).cordon("node-1")
    assert Nodes(step("new_group")).taint("node-1", Taint(UNVERIFIED, "NoSchedule"))


def test_the_cluster_is_looked_up_once_and_its_connection_kept(
    roles: RunningCluster, step: Callable[[str], Connection]
) -> None:
    connection = step("verify")
    roles.region.control.clear_calls()
    eks, sts = clients.eks(), regional_sts("eu-west-1")
    connecting.connect.cache_clear()
    kept = [connecting.connect(CLUSTER, eks, sts) for _ in range(3)]
    assert kept[0] is kept[1] is kept[2]
    assert Nodes(kept[0]).nodes() == Nodes(connection).nodes() == []
    assert len(roles.region.control.calls("eks")) == 1
    kept[0].__exit__()


def test_a_cluster_that_is_not_there_is_told(roles: RunningCluster, step: Callable[[str], Connection]) -> None:
    step("verify")
    with pytest.raises(PlanningError, match="has no EKS cluster nowhere in this account"):
        connecting.connect("nowhere", clients.eks(), regional_sts("eu-west-1"))
