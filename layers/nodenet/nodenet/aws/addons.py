"""The VPC CNI as a managed add-on of EKS."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.migration.cni.addon import Addon, Update

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

_ADDON: Final = "vpc-cni"
_NOT_FOUND: Final = "ResourceNotFoundException"


class Addons:
    """One method, one API call. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EKSClient") -> None:
        self._client = client

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
        )

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

    def outcome(self, cluster: str, update: str) -> Update:
        with translated():
            item = self._client.describe_update(name=cluster, addonName=_ADDON, updateId=update)["update"]
        errors = (f"{each.get('errorCode')}: {each.get('errorMessage')}" for each in item.get("errors", ()))
        return Update(item["status"], tuple(errors))
