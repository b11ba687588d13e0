"""Access entries: EKS API reference, CreateAccessEntry to DisassociateAccessPolicy; user guide, "Access entries"."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.eks.addon_calls import AddonCalls
from local.eks.errors import in_use, invalid, not_found, refused
from local.eks.updates import now

TYPES = ("STANDARD", "FARGATE_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSAutoNodePolicy",
)
PRINCIPAL = re.compile(r"arn:(aws[\w-]*):iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)")


def policy_arn(name: str) -> str:
    return f"arn:aws:eks::aws:cluster-access-policy/{name}"


@dataclass(eq=False)
class AccessEntry:
    """One entry; the names are those of the service model's AccessEntry."""

    cluster_name: str
    principal_arn: str
    access_entry_arn: str
    username: str
    type: str
    kubernetes_groups: list[str]
    tags: dict[str, str]
    created_at: datetime = field(default_factory=now)
    modified_at: datetime = field(default_factory=now)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)


class AccessCalls(AddonCalls):
    """Who may do what in a cluster."""

    def create_nodegroup(self, cluster_name: str, nodegroup_name: str, **given: Any) -> Any:
        """As before, with an entry for the nodes' role where it has none (user guide, "Access entries")."""
        answer = super().create_nodegroup(cluster_name, nodegroup_name, **given)
        cluster, role = self.cluster(cluster_name), given["node_role"]
        if cluster.access_config["authenticationMode"] != "CONFIG_MAP" and role not in cluster.access_entries:
            kind = "EC2_WINDOWS" if str(given.get("ami_type")).startswith("WINDOWS") else "EC2_LINUX"
            self.create_access_entry(cluster_name, {"principalArn": role, "type": kind})
        return answer

    def create_access_entry(self, cluster_name: str, request: Mapping[str, Any]) -> AccessEntry:
        """Lets an IAM principal in; ResourceInUseException where it is in already."""
        cluster = self._cluster_with_entries(cluster_name)
        principal = request["principalArn"]
        match = PRINCIPAL.fullmatch(principal)
        if not match:
            raise invalid(f"The principalArn parameter format is not valid: {principal}", clusterName=cluster_name)
        if principal in cluster.access_entries:
            raise in_use("The specified access entry resource is already in use on this cluster.")
        kind = request.get("type") or "STANDARD"
        if kind not in TYPES:
            raise invalid(f"The type parameter is not valid: {kind}", clusterName=cluster_name)
        groups = list(request.get("kubernetesGroups") or [])
        if kind != "STANDARD" and (groups or request.get("username")):
            raise invalid("Only a STANDARD access entry takes a username or kubernetesGroups", clusterName=cluster_name)
        self._check_groups(groups)
        entry = AccessEntry(
            cluster_name=cluster_name,
            principal_arn=principal,
            access_entry_arn=self._entry_arn(cluster_name, match),
            username=request.get("username") or self._username(kind, principal, match),
            type=kind,
            kubernetes_groups=groups or (["system:nodes"] if kind != "STANDARD" else []),
            tags=dict(request.get("tags") or {}),
        )
        cluster.access_entries[principal] = entry
        return entry

    def access_entry(self, cluster_name: str, principal: str) -> AccessEntry:
        entry: AccessEntry | None = self._cluster_with_entries(cluster_name).access_entries.get(principal)
        if entry is None:
            raise not_found(f"The specified principalArn could not be found: {principal}", clusterName=cluster_name)
        return entry

    def list_access_entries(self, cluster_name: str, policy: str | None) -> list[str]:
        entries = self._cluster_with_entries(cluster_name).access_entries.values()
        return [entry.principal_arn for entry in entries if not policy or policy in entry.policies]

    def update_access_entry(self, cluster_name: str, request: Mapping[str, Any]) -> AccessEntry:
        """Replaces groups and user name where given (API reference, UpdateAccessEntry)."""
        entry = self.access_entry(cluster_name, request["principalArn"])
        if request.get("kubernetesGroups") is not None:
            self._check_groups(request["kubernetesGroups"])
            entry.kubernetes_groups = list(request["kubernetesGroups"])
        entry.username = request.get("username") or entry.username
        entry.modified_at = now()
        return entry

    def delete_access_entry(self, cluster_name: str, principal: str) -> None:
        self.access_entry(cluster_name, principal)
        del self.cluster(cluster_name).access_entries[principal]

    def associate_access_policy(self, cluster_name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Binds one of EKS's policies to a STANDARD entry, for the cluster or for namespaces."""
        entry = self.access_entry(cluster_name, request["principalArn"])
        arn, scope = request["policyArn"], dict(request["accessScope"])
        if arn not in [policy_arn(name) for name in POLICIES]:
            raise invalid(f"The policyArn parameter format is not valid: {arn}", clusterName=cluster_name)
        if entry.type not in ("STANDARD", "EC2"):
            raise refused(f"Access policies cannot be associated with access entries of type {entry.type}")
        if (scope.get("type") == "namespace") != bool(scope.get("namespaces")):
            raise invalid("The accessScope has namespaces exactly when its type is namespace", clusterName=cluster_name)
        since = entry.policies.get(arn, {}).get("associatedAt", now())
        entry.policies[arn] = {"policyArn": arn, "accessScope": scope, "associatedAt": since, "modifiedAt": now()}
        return entry.policies[arn]

    def disassociate_access_policy(self, cluster_name: str, principal: str, arn: str) -> None:
        if self.access_entry(cluster_name, principal).policies.pop(arn, None) is None:
            raise not_found(f"The specified policyArn is not associated: {arn}", clusterName=cluster_name)

    def _cluster_with_entries(self, name: str) -> Any:
        cluster = self.cluster(name)
        if cluster.access_config["authenticationMode"] == "CONFIG_MAP":
            raise refused(
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
                "operation."
            )
        return cluster

    def _check_groups(self, groups: list[str]) -> None:
        for group in groups:
            if group.startswith(("system:", "eks:", "aws:", "amazon:", "iam:")):
                raise invalid(f"The kubernetes group name {group} is invalid, it cannot start with a reserved prefix")

    def _entry_arn(self, cluster_name: str, match: re.Match[str]) -> str:
        partition, account, kind, name = match.groups()
        place = f"arn:{partition}:eks:{self.region_name}:{self.account_id}:access-entry"
        return f"{place}/{cluster_name}/{kind}/{account}/{name}/{uuid.uuid4()}"

    def _username(self, kind: str, principal: str, match: re.Match[str]) -> str:
        partition, account, principal_kind, name = match.groups()
        if kind == "FARGATE_LINUX":
            return "system:node:{{SessionName}}"
        if kind != "STANDARD":
            return "system:node:{{EC2PrivateDNSName}}"
        if principal_kind == "user":
            return principal
        return f"arn:{partition}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
