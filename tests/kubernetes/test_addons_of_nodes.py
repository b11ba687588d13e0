"""EKS's networking add-ons in a cluster.

Sources: EKS user guide, "Amazon EKS networking add-ons" and "Determine fields you can customize for Amazon EKS
add-ons"; API reference, UpdateAddon; aws/amazon-vpc-cni-k8s #2150 and #2607 for what a conflict says.
"""

import json
from typing import Any

import pytest
from lightkube.resources.apps_v1 import DaemonSet, Deployment
from lightkube.resources.core_v1 import Pod, Service, ServiceAccount
from lightkube.resources.policy_v1 import PodDisruptionBudget

from local.world import ACCOUNT, REGION
from tests.kubernetes.nodes_stage import (  # noqa: F401 - fixtures
    CNI,
    CUSTOM,
    ENIConfig,
    Stage,
    gone,
    quick_region,
    stage_of_nodes,
    until,
)

ADDON_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cni"
ROLE_NOTE = "eks.amazonaws.com/role-arn"


def values(**env: str) -> str:
    return json.dumps({"env": env})


def updated(stage: Stage, **request: Any) -> dict[str, Any]:
    """The update once it has ended."""
    update = stage.eks.update_addon(**CNI, **request)["update"]

    def now() -> dict[str, Any]:
        return dict(stage.eks.describe_update(name="prod", addonName="vpc-cni", updateId=update["id"])["update"])

    assert update["status"] == "InProgress"
    until(lambda: now()["status"] != "InProgress")
    return now()


def addon(stage: Stage) -> dict[str, Any]:
    return dict(stage.eks.describe_addon(**CNI)["addon"])


def install(stage: Stage, **request: Any) -> None:
    stage.eks.create_addon(**CNI, **request)
    until(lambda: addon(stage)["status"] == "ACTIVE")


def test_a_cluster_begins_with_them_self_managed(stage: Stage) -> None:
    for name in ("aws-node", "kube-proxy"):
        found = stage.kube.get(DaemonSet, name, namespace="kube-system")
        assert {each.manager for each in found.metadata.managedFields or []} >= {"eks"}
    dns = stage.kube.get(Deployment, "coredns", namespace="kube-system")
    assert (dns.spec.replicas, dns.spec.template.metadata.labels["k8s-app"]) == (
        2,
        "kube-dns",
    )
    assert stage.kube.get(PodDisruptionBudget, "coredns", namespace="kube-system")
    assert stage.kube.get(Service, "kube-dns", namespace="kube-system")
    assert stage.environment()["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] == "false"
    assert stage.eks.list_addons(clusterName="prod")["addons"] == []


class TestUpdates:
    def test_what_is_configured_comes_to_every_node_before_the_update_has_succeeded(self, stage: Stage) -> None:
        stage.managed(size=3)
        stage.ready(3)
        install(stage)
        stage.eni_configs()
        update = updated(stage, configurationValues=values(**CUSTOM), resolveConflicts="NONE")
        assert (update["status"], addon(stage)["status"]) == ("Successful", "ACTIVE")
        assert CUSTOM.items() <= stage.environment().items()
        pods = [
            each
            for each in stage.kube.list(Pod, namespace="kube-system", labels={"k8s-app": "aws-node"})
            if not each.metadata.deletionTimestamp
        ]
        env = [{e.name: e.value for e in each.spec.containers[0].env} for each in pods]
        assert [each["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] for each in env] == ["true"] * 3

    def test_what_is_configured_no_more_is_as_it_was(self, stage: Stage) -> None:
        install(stage, configurationValues=values(**CUSTOM, WARM_IP_TARGET="3"))
        updated(stage, configurationValues=values(WARM_IP_TARGET="3"))
        assert stage.environment()["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] == "false"
        assert "ENI_CONFIG_LABEL_DEF" not in stage.environment()
        assert stage.environment()["WARM_IP_TARGET"] == "3"

    def test_eni_configs_are_made_by_zone_and_go_with_their_configuration(self, stage: Stage) -> None:
        zone = {f"{REGION}{z}": {"id": stage.pods_in[z], "securityGroups": [stage.group]} for z in "abc"}
        config = {"eniConfig": {"create": True, "region": REGION, "subnets": zone}}
        install(stage, configurationValues=json.dumps(config))
        found = {each.metadata.name: each["spec"] for each in stage.kube.list(ENIConfig)}
        assert found == {f"{REGION}{z}": {"subnet": stage.pods_in[z], "securityGroups": [stage.group]} for z in "abc"}
        updated(stage, configurationValues="{}")
        assert list(stage.kube.list(ENIConfig)) == []

    def test_an_update_without_the_role_takes_it_off(self, stage: Stage) -> None:
        def role() -> str | None:
            account = stage.kube.get(ServiceAccount, "aws-node", namespace="kube-system")
            return ((account.metadata.annotations if account.metadata else None) or {}).get(ROLE_NOTE)

        install(stage, serviceAccountRoleArn=ADDON_ROLE)
        assert role() == ADDON_ROLE
        updated(stage, serviceAccountRoleArn=ADDON_ROLE, configurationValues=values(WARM_ENI_TARGET="2"))
        assert role() == ADDON_ROLE
        updated(stage, configurationValues=values(WARM_ENI_TARGET="2"))
        assert (role(), addon(stage).get("serviceAccountRoleArn")) == (None, None)

    def test_pods_that_do_not_come_up_fail_it_in_the_end(self, stage: Stage) -> None:
        """Without ENIConfigs the daemons of new nodes end at once."""
        install(stage, configurationValues=values(**CUSTOM))
        stage.managed(size=1)
        until(lambda: len(stage.nodes()) == 1)
        stage.region.control.speed = 600
        update = updated(stage, configurationValues=values(**CUSTOM, WARM_ENI_TARGET="2"))
        assert (update["status"], update["errors"][0]["errorCode"]) == ("Failed", "InsufficientNumberOfReplicas")
        assert (addon(stage)["status"], addon(stage)["health"]["issues"][0]["code"]) == (
            "UPDATE_FAILED",
            "InsufficientNumberOfReplicas",
        )


class TestConflicts:
    @pytest.fixture(autouse=True)
    def drift(self, stage: Stage) -> None:
        install(stage)
        stage.set_env(ENABLE_PREFIX_DELEGATION="true", MY_OWN="1")

    def test_none_fails_where_somebody_has_set_a_field_of_eks(self, stage: Stage) -> None:
        update = updated(stage, configurationValues=values(WARM_ENI_TARGET="2"), resolveConflicts="NONE")
        (error,) = update["errors"]
        assert (update["status"], error["errorCode"]) == ("Failed", "ConfigurationConflict")
        assert error["errorMessage"].startswith("Conflicts found when trying to apply.")
        assert 'DaemonSet.apps aws-node - .spec.template.spec.containers[name="aws-node"].env' in error["errorMessage"]
        assert "ENABLE_PREFIX_DELEGATION" in error["errorMessage"]
        assert stage.environment()["WARM_ENI_TARGET"] == "1"
        failed = addon(stage)
        assert (failed["status"], failed["health"]["issues"][0]["code"]) == ("UPDATE_FAILED", "ConfigurationConflict")

    def test_overwrite_sets_it_back_and_leaves_what_eks_does_not_manage(self, stage: Stage) -> None:
        update = updated(stage, configurationValues=values(WARM_ENI_TARGET="2"), resolveConflicts="OVERWRITE")
        assert update["status"] == "Successful"
        found = stage.environment()
        assert (found["ENABLE_PREFIX_DELEGATION"], found["WARM_ENI_TARGET"], found["MY_OWN"]) == ("false", "2", "1")

    def test_preserve_keeps_it(self, stage: Stage) -> None:
        update = updated(stage, configurationValues=values(WARM_ENI_TARGET="2"), resolveConflicts="PRESERVE")
        assert update["status"] == "Successful"
        found = stage.environment()
        assert (found["ENABLE_PREFIX_DELEGATION"], found["WARM_ENI_TARGET"]) == ("true", "2")

    def test_what_is_configured_as_it_is_conflicts_with_nobody(self, stage: Stage) -> None:
        update = updated(stage, configurationValues=values(ENABLE_PREFIX_DELEGATION="true"), resolveConflicts="NONE")
        assert update["status"] == "Successful"


def test_a_deleted_add_on_is_gone_from_the_cluster(stage: Stage) -> None:
    install(stage)
    stage.eks.delete_addon(**CNI)
    until(lambda: gone(lambda: stage.kube.get(DaemonSet, "aws-node", namespace="kube-system")))
