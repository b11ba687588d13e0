"""The VPC CNI as a managed add-on of EKS."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.migration.cni.addon import Addon, Update

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

_ADDON: Final = "vpc-cni"
_NOT_FOUND: Final = "ResourceNotFoundException"


class Addons:
    """One method, one API call, or one for each page. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EKSClient") -> None:
        self._client = client

    @property
    def region(self) -> str:
        return self._client.meta.region_name

    def cluster_is_there(self, cluster: str) -> bool:
        """False too while EKS deletes it."""
        with translated():
            try:
                return self._client.describe_cluster(name=cluster)["cluster"]["status"] != "DELETING"
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    return False
                raise

    def node_groups(self, cluster: str) -> tuple[str, ...]:
        """Names of the managed ones."""
        with translated():
            pages = self._client.get_paginator("list_nodegroups").paginate(clusterName=cluster)
            return tuple(name for page in pages for name in page["nodegroups"])

    def vpc_cni(self, cluster: str) -> Addon | None:
        """None where EKS does not manage it."""
        with translated():
            try:
                item = self._client.describe_addon(clusterName=cluster, addonName=_ADDON)["addon"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    return None
                raise
        return Addon(
            item["addonVersion"],
            item.get("configurationValues") or "",
            item.get("serviceAccountRoleArn") or "",
            item["status"],
            tuple(f"{each.get('code')}: {each.get('message')}" for each in item.get("health", {}).get("issues", ())),
            item.get("tags", {}),
        )

    def variables(self, version: str) -> frozenset[str] | None:
        """Names of the variables that this version's configuration may set; None where it does not say.

        EKS's schemas refer to definitions ("Example 1" of describe-addon-configuration, AWS CLI Command Reference).
        """
        with translated():
            answer = self._client.describe_addon_configuration(addonName=_ADDON, addonVersion=version)
        schema: Any = json.loads(answer["configurationSchema"])
        env = _resolved(schema, _resolved(schema, schema).get("properties", {}).get("env", {}))
        return None if env.get("additionalProperties", True) else frozenset(env.get("properties", ()))

    def update(self, cluster: str, addon: Addon, token: str) -> str:
        """Asks for the version, role and configuration of `addon`, over whatever the cluster has; gives the id of the
        update. Pod identities stay where they are not given."""
        role: Any = {"serviceAccountRoleArn": addon.role} if addon.role else {}
        with translated():
            answer = self._client.update_addon(
                clusterName=cluster,
                addonName=_ADDON,
                addonVersion=addon.version,
                configurationValues=addon.configuration,
                resolveConflicts="OVERWRITE",
                clientRequestToken=token,
                **role,
            )
        return answer["update"]["id"]

    def create(self, cluster: str, configuration: str, tags: Mapping[str, str], token: str) -> None:
        """Has EKS manage the VPC CNI, in the version that is its default for the cluster, over what is there."""
        with translated():
            self._client.create_addon(
                clusterName=cluster,
                addonName=_ADDON,
                configurationValues=configuration,
                resolveConflicts="OVERWRITE",
                tags=dict(tags),
                clientRequestToken=token,
            )

    def release(self, cluster: str) -> None:
        """Takes EKS's hands off it: its software stays in the cluster. Nothing where EKS does not manage it."""
        with translated():
            try:
                self._client.delete_addon(clusterName=cluster, addonName=_ADDON, preserve=True)
            except ClientError as error:
                if code_of(error) != _NOT_FOUND:
                    raise

    def outcome(self, cluster: str, update: str) -> Update | None:
        """None where the add-on does not know the update: it has been deleted, and made anew."""
        with translated():
            try:
                item = self._client.describe_update(name=cluster, addonName=_ADDON, updateId=update)["update"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    return None
                raise
        errors = (f"{each.get('errorCode')}: {each.get('errorMessage')}" for each in item.get("errors", ()))
        return Update(item["status"], tuple(errors))


def _resolved(schema: Any, part: Any) -> Any:
    """What a part of the schema refers to, within the schema."""
    for step in part.get("$ref", "").removeprefix("#").strip("/").split("/") if "$ref" in part else ():
        schema = schema[step]
    return schema if "$ref" in part else part
