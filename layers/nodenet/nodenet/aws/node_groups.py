"""Managed node groups of EKS, as the steps of a migration make, open and delete them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, message_of, translated

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

_NOT_FOUND: Final = "ResourceNotFoundException"
_IN_USE: Final = "ResourceInUseException"
_OF_NODES: Final = "EC2_LINUX"


class NodeGroups:
    """One method, one API call, but for `names`, which pages, and `knows_by_config_map`, which makes two. Raises the
    exceptions of nodenet.errors."""

    def __init__(self, client: "EKSClient") -> None:
        self._client = client

    def version(self, cluster: str) -> str:
        """The cluster's Kubernetes version."""
        with translated():
            return self._client.describe_cluster(name=cluster)["cluster"]["version"]

    def group(self, cluster: str, name: str) -> Mapping[str, Any] | None:
        """Nodegroup (EKS API Reference); None where there is none."""
        with translated():
            try:
                found: Any = self._client.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    return None
                raise
        shown: Mapping[str, Any] = found
        return shown

    def names(self, cluster: str) -> list[str]:
        with translated():
            pages = self._client.get_paginator("list_nodegroups").paginate(clusterName=cluster)
            return [name for page in pages for name in page["nodegroups"]]

    def create(self, request: Mapping[str, Any]) -> None:
        """Nothing where a group of the name is there already: "NodeGroup already exists" has the code of a group that
        EKS is at work on (ResourceInUseException, EKS API Reference)."""
        with translated():
            try:
                self._client.create_nodegroup(**request)
            except ClientError as error:
                if not (code_of(error) == _IN_USE and "already exists" in message_of(error)):
                    raise

    def update(self, cluster: str, name: str, change: Mapping[str, Any]) -> None:
        """UpdateNodegroupConfig; the group is UPDATING until it is done. NotYet while EKS is at work on it."""
        with translated():
            self._client.update_nodegroup_config(clusterName=cluster, nodegroupName=name, **change)

    def delete(self, cluster: str, name: str) -> None:
        """Nothing where there is none."""
        with translated():
            try:
                self._client.delete_nodegroup(clusterName=cluster, nodegroupName=name)
            except ClientError as error:
                if code_of(error) != _NOT_FOUND:
                    raise

    def knows_by_config_map(self, cluster: str, role: str) -> bool:
        """Whether the cluster lets nodes of a role in by nothing but its ConfigMap aws-auth, as far as EKS says: the
        ConfigMap counts, and there is no access entry for the role's nodes ("Grant IAM users access to Kubernetes",
        EKS User Guide)."""
        with translated():
            access = self._client.describe_cluster(name=cluster)["cluster"].get("accessConfig", {})
            if access.get("authenticationMode", "CONFIG_MAP") == "API":
                return False
            if access.get("authenticationMode", "CONFIG_MAP") == "CONFIG_MAP":
                return True
            try:
                entry = self._client.describe_access_entry(clusterName=cluster, principalArn=role)["accessEntry"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    return True
                raise
        return entry.get("type") != _OF_NODES
