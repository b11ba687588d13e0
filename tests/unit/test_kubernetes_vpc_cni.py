"""The VPC CNI's DaemonSet and ENIConfigs as they are read and changed."""

from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.migration.objects import DaemonSetState
from tests.unit.kubernetes_server import Server, in_turn, ok, refused, routed

DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node"
CONFIGS = "/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs"
CUSTOM = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"


def managed(manager: str, *names: str, container: str = "aws-node") -> dict[str, Any]:
    """What a manager owns: these variables' values, and of MY_NODE_NAME where its value comes from."""
    env: dict[str, Any] = {f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}, "f:value": {}} for name in names}
    env['k:{"name":"MY_NODE_NAME"}'] = {".": {}, "f:name": {}, "f:valueFrom": {}}
    containers = {f'k:{{"name":"{container}"}}': {"f:env": env, "f:image": {}}}
    fields = {"f:spec": {"f:template": {"f:spec": {"f:containers": containers}}}}
    return {"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields}


def daemon_set(**status: int) -> dict[str, Any]:
    env = [
        {"name": CUSTOM, "value": "false"},
        {"name": "EMPTY"},
        {"name": "MY_NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ]
    containers = [
        {"name": "aws-eks-nodeagent", "image": "agent", "env": [{"name": "X", "value": "y"}]},
        {"name": "aws-node", "image": "cni:v1.23.1", "env": env},
    ]
    fields = [
        managed("eks", CUSTOM, "EMPTY"),
        managed("kubectl-set", CUSTOM),
        managed("eks", "X", container="aws-eks-nodeagent"),
        {"manager": "kube-controller-manager", "fieldsV1": {"f:status": {"f:numberReady": {}}}},
    ]
    about = {"name": "aws-node", "generation": 4, "managedFields": fields}
    return {"metadata": about, "spec": {"template": {"spec": {"containers": containers}}}, "status": status}


def state(**status: int) -> DaemonSetState:
    found = VpcCni(routed({f"GET {DAEMON_SET}": daemon_set(**status)}).connection()).daemon_set()
    assert found
    return found


def test_the_daemon_set_is_read_with_who_owns_its_environment() -> None:
    numbers = {"desiredNumberScheduled": 3, "updatedNumberScheduled": 2, "numberAvailable": 1, "observedGeneration": 4}
    assert state(**numbers) == DaemonSetState(
        "aws-node",
        "cni:v1.23.1",
        {CUSTOM: "false", "EMPTY": ""},
        ("MY_NODE_NAME",),
        {CUSTOM: ("eks", "kubectl-set"), "EMPTY": ("eks",)},
        generation=4,
        observed=4,
        desired=3,
        updated=2,
        available=1,
    )


@pytest.mark.parametrize(
    ("observed", "updated", "available", "done"),
    [(4, 3, 3, True), (3, 3, 3, False), (4, 2, 3, False), (4, 3, 2, False)],
)
def test_a_roll_out_is_over_when_all_nodes_have_it(observed: int, updated: int, available: int, done: bool) -> None:
    found = state(
        observedGeneration=observed,
        desiredNumberScheduled=3,
        updatedNumberScheduled=updated,
        numberAvailable=available,
    )
    assert found.rolled_out is done


def test_a_cluster_without_it_is_told() -> None:
    cni = VpcCni(routed({}).connection())
    assert cni.daemon_set() is None
    assert not cni.set_environment({CUSTOM: "true"})
    assert cni.eni_configs() == {}
    assert not cni.delete_eni_config("eu-west-1a")


def test_the_environment_is_changed_variable_by_variable() -> None:
    """core/v1, Container: env merges by name."""
    server = routed({f"PATCH {DAEMON_SET}": daemon_set()})
    assert VpcCni(server.connection()).set_environment({CUSTOM: "true", "ENI_CONFIG_LABEL_DEF": None})
    (asked,) = server.asked
    assert asked.headers["Content-Type"] == "application/strategic-merge-patch+json"
    assert asked.url.params["fieldManager"] == "nodenet-migration"
    env = [{"name": CUSTOM, "value": "true"}, {"name": "ENI_CONFIG_LABEL_DEF", "$patch": "delete"}]
    assert server.body() == {"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "env": env}]}}}}


def test_a_variable_that_comes_from_elsewhere_is_not_ours_to_set() -> None:
    message = 'valueFrom: Invalid value: "": may not be specified when `value` is not empty'
    cni = VpcCni(routed({f"PATCH {DAEMON_SET}": refused(422, "Invalid", message)}).connection())
    with pytest.raises(HeldError, match="may not be specified when"):
        cni.set_environment({"MY_NODE_NAME": "n"})


def test_its_pods_are_found_by_their_label() -> None:
    pod = {"metadata": {"name": "aws-node-1", "namespace": "kube-system", "uid": "u"}, "spec": {"nodeName": "n"}}
    server = routed({"GET /api/v1/namespaces/kube-system/pods": {"items": [pod]}})
    assert [(each.name, each.node) for each in VpcCni(server.connection()).agents()] == [("aws-node-1", "n")]
    assert server.asked[0].url.params["labelSelector"] == "k8s-app=aws-node"


def test_eni_configs_are_read_by_name() -> None:
    listed = [
        {"metadata": {"name": "a"}, "spec": {"subnet": "s", "securityGroups": ["g"]}},
        {"metadata": {"name": "b"}},
    ]
    cni = VpcCni(routed({f"GET {CONFIGS}": {"items": listed}}).connection())
    assert cni.eni_configs() == {"a": {"subnet": "s", "securityGroups": ["g"]}, "b": {}}


@pytest.mark.parametrize(
    ("groups", "spec"), [((), {"subnet": "s"}), (("g",), {"subnet": "s", "securityGroups": ["g"]})]
)
def test_an_eni_config_is_applied(groups: tuple[str, ...], spec: dict[str, Any]) -> None:
    server = routed({f"PATCH {CONFIGS}/a": {"metadata": {"name": "a"}, "spec": spec}})
    VpcCni(server.connection()).apply_eni_config("a", "s", groups)
    (asked,) = server.asked
    assert asked.headers["Content-Type"] == "application/apply-patch+yaml"
    assert dict(asked.url.params) == {"fieldManager": "nodenet-migration"}
    whole = {"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": {"name": "a"}}
    assert server.body() == {**whole, "spec": spec}


def test_another_ones_eni_config_is_left_to_a_person() -> None:
    message = 'Apply failed with 1 conflict: conflict with "kubectl" using crd.k8s.amazonaws.com/v1alpha1: .spec.subnet'
    server = in_turn(refused(409, "Conflict", message))
    with pytest.raises(HeldError, match=r'conflict with "kubectl".*\.spec\.subnet'):
        VpcCni(server.connection()).apply_eni_config("a", "s")
    server = in_turn(ok({"spec": {"subnet": "s", "securityGroups": ["theirs"]}}))
    with pytest.raises(HeldError, match="ENIConfig a has security groups, which somebody else has set"):
        VpcCni(server.connection()).apply_eni_config("a", "s")


def test_another_ones_eni_config_is_taken_whole_by_force() -> None:
    server = Server(lambda _: ok({"spec": {"subnet": "s", "securityGroups": ["theirs"]}}))
    VpcCni(server.connection()).apply_eni_config("a", "s", force=True)
    assert server.asked[0].url.params["force"] == "true"
    assert server.body() == {"spec": {"securityGroups": None}}


def test_an_eni_config_is_deleted() -> None:
    server = routed({f"DELETE {CONFIGS}/a": {"kind": "Status", "status": "Success"}})
    assert VpcCni(server.connection()).delete_eni_config("a")
