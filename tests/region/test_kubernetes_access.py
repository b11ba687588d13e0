"""Who gets in, and may do what.

Sources: aws-iam-authenticator, pkg/token/token.go, for tokens; EKS user guide, "Grant IAM users access to Kubernetes
with EKS access entries"; "Using RBAC Authorization" in the Kubernetes documentation.
"""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from local.world import ACCOUNT
from tests.kubernetes.requests import APPLY, MERGE
from tests.region.kubernetes_cluster import NODES, PODS, Cluster, cluster_prod, signed  # noqa: F401

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/operator"
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class TestTokens:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"cluster": "other"},
            {"cluster": None},
            {"age": 901},
            {"keys": Credentials("test", "guessed")},
            {"Action": "GetSessionToken"},
            {"DurationSeconds": "60"},
        ],
    )
    def test_a_token_must_be_a_fresh_question_about_this_cluster(self, prod: Cluster, wrong: dict[str, Any]) -> None:
        assert prod.ask(NODES, token=signed(prod.region.endpoint, age=840))["kind"] == "NodeList"
        assert prod.refused(NODES, token=signed(prod.region.endpoint, **wrong))["reason"] == "Unauthorized"

    def test_its_address_must_be_the_regions_own_sts(self, prod: Cluster) -> None:
        """Else whoever makes a token could name a server that says what he wants."""
        other = f"http://127.0.0.1:{int(prod.region.endpoint.rpartition(':')[2]) + 1}"
        assert prod.refused(NODES, token=signed(other))["code"] == 401

    @pytest.mark.parametrize("token", ["", "k8s-aws-v2.abc", "k8s-aws-v1.%%", "k8s-aws-v1." + "a" * 5000])
    def test_anything_else_is_no_token(self, prod: Cluster, token: str) -> None:
        assert prod.refused(NODES, token=token)["code"] == 401

    def test_padding_is_no_part_of_a_token(self, prod: Cluster) -> None:
        assert prod.refused(NODES, token=signed(prod.region.endpoint) + "==")["code"] == 401


def allow(prod: Cluster, *rules: dict[str, Any]) -> None:
    """Everything that the rules say, to the user ann."""
    prod.ask(f"{RBAC}/clusterroles", {"metadata": {"name": "some"}, "rules": list(rules)})
    binding = {"roleRef": {"kind": "ClusterRole", "name": "some"}, "subjects": [{"kind": "User", "name": "ann"}]}
    prod.ask(f"{RBAC}/clusterrolebindings", {"metadata": {"name": "some"}, **binding})


class TestAccess:
    @pytest.fixture
    def role(self, prod: Cluster) -> str:
        """A token of a role that has no entry yet."""
        iam, sts = prod.region.client("iam"), prod.region.client("sts")
        iam.create_role(RoleName="operator", Path="/team/", AssumeRolePolicyDocument=json.dumps(ALLOW_ALL))
        keys = sts.assume_role(RoleArn=ROLE, RoleSessionName="ann")["Credentials"]
        return signed(
            prod.region.endpoint,
            keys=Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
        )

    def test_a_principal_without_an_entry_is_nobody(self, prod: Cluster, role: str) -> None:
        assert prod.refused(NODES, token=role)["code"] == 401

    def test_an_entry_lets_in_and_roles_allow(self, prod: Cluster, role: str) -> None:
        eks = prod.region.client("eks")
        eks.create_access_entry(clusterName="prod", principalArn=ROLE, kubernetesGroups=["viewers"])
        status = prod.refused(NODES, token=role)
        user = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/ann"
        assert status["reason"] == "Forbidden"
        assert status["message"] == (
            f'nodes is forbidden: User "{user}" cannot list resource "nodes" in API group "" at the cluster scope'
        )
        rules = [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]
        rules.append({"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["get"], "resourceNames": ["a"]})
        prod.ask(f"{RBAC}/clusterroles", {"metadata": {"name": "viewer"}, "rules": rules})
        binding = {
            "metadata": {"name": "viewer"},
            "roleRef": {"kind": "ClusterRole", "name": "viewer"},
            "subjects": [{"kind": "Group", "name": "viewers"}],
        }
        prod.ask(f"{RBAC}/clusterrolebindings", binding)
        assert prod.names(NODES, token=role) == []
        assert prod.refused(NODES, {"metadata": {"name": "n"}}, token=role)["code"] == 403
        daemons = "/apis/apps/v1/namespaces/kube-system/daemonsets"
        assert prod.refused(f"{daemons}/a", token=role)["code"] == 404
        assert prod.refused(f"{daemons}/b", token=role)["code"] == 403
        assert prod.refused(daemons, token=role)["code"] == 403

    def test_a_role_of_a_namespace_allows_there(self, prod: Cluster, role: str) -> None:
        prod.region.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE, username="ann")
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}]
        prod.ask(f"{RBAC}/namespaces/default/roles", {"metadata": {"name": "pods"}, "rules": rules})
        binding = {"roleRef": {"kind": "Role", "name": "pods"}, "subjects": [{"kind": "User", "name": "ann"}]}
        prod.ask(f"{RBAC}/namespaces/default/rolebindings", {"metadata": {"name": "pods"}, **binding})
        assert prod.names(PODS, token=role) == []
        assert prod.refused("/api/v1/namespaces/other/pods", token=role)["code"] == 403
        assert prod.refused("/api/v1/pods", token=role)["code"] == 403

    def test_a_subresource_is_allowed_by_itself(self, prod: Cluster, role: str) -> None:
        """ "Using RBAC Authorization", Referring to resources."""
        prod.region.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE, username="ann")
        allow(prod, {"apiGroups": [""], "resources": ["pods/eviction", "*/status"], "verbs": ["create", "patch"]})
        prod.pod("a")
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
        assert prod.ask(f"{PODS}/a/eviction", eviction, token=role)["status"] == "Success"
        status = prod.refused(f"{PODS}/a", token=role)
        assert 'cannot get resource "pods" in API group "" in the namespace "default"' in status["message"]
        status = prod.refused(f"{PODS}/a/proxy/", token=role)
        assert 'cannot get resource "pods/proxy"' in status["message"]
        patch = {"path": f"{PODS}/a/status", "method": "PATCH", "token": role, "media_type": MERGE}
        assert prod.refused(**patch, body={"status": {}})["code"] == 404

    def test_making_by_apply_needs_create_beside_patch(self, prod: Cluster, role: str) -> None:
        """apiserver, pkg/endpoints/handlers/patch.go (withAuthorization)."""
        prod.region.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE, username="ann")
        allow(prod, {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]})
        given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
        path = "/api/v1/namespaces/default/configmaps"
        how: Any = {"method": "PATCH", "token": role, "media_type": APPLY, "fieldManager": "me"}
        status = prod.refused(f"{path}/a", given, **how)
        assert 'cannot create resource "configmaps"' in status["message"]
        prod.ask(path, given)
        assert prod.ask(f"{path}/a", given, **how)["kind"] == "ConfigMap"

    def test_what_may_be_done_can_be_asked(self, prod: Cluster, role: str) -> None:
        """SelfSubjectAccessReview ("Authorization", Checking API access)."""
        prod.region.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE, username="ann")
        allow(
            prod,
            {"apiGroups": ["policy"], "resources": ["*"], "verbs": ["list"]},
            {"nonResourceURLs": ["/logs/*"], "verbs": ["get"]},
        )
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        budgets = {"group": "policy", "resource": "poddisruptionbudgets"}
        for spec, allowed in (
            ({"resourceAttributes": {**budgets, "verb": "list"}}, True),
            ({"resourceAttributes": {**budgets, "verb": "delete"}}, False),
            ({"nonResourceAttributes": {"path": "/logs/x", "verb": "get"}}, True),
            ({"nonResourceAttributes": {"path": "/metrics", "verb": "get"}}, False),
        ):
            assert prod.ask(path, {"spec": spec}, token=role)["status"]["allowed"] is allowed
        assert prod.ask("/version", token=role)["major"] == "1"

    @pytest.mark.parametrize(("policy", "may"), [("AdminView", False), ("ClusterAdmin", True)])
    def test_access_policies_allow_without_roles(self, prod: Cluster, role: str, policy: str, may: bool) -> None:
        eks, entry = prod.region.client("eks"), {"clusterName": "prod", "principalArn": ROLE}
        eks.create_access_entry(**entry)
        arn = f"arn:aws:eks::aws:cluster-access-policy/AmazonEKS{policy}Policy"
        eks.associate_access_policy(**entry, policyArn=arn, accessScope={"type": "cluster"})
        assert prod.names(NODES, token=role) == []
        if may:
            prod.ask(NODES, {"metadata": {"name": "n"}}, token=role)
        else:
            assert prod.refused(NODES, {"metadata": {"name": "n"}}, token=role)["code"] == 403
