"""EKS, as the planner sees it: a cluster, how its API server is reached, and the add-on of the VPC CNI."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.capacity.running.seen import Addon, Cluster
from nodenet.errors import PlanningError

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

_ADDON: Final = "vpc-cni"
_NOT_FOUND: Final = "ResourceNotFoundException"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The API server's address, and its certificate authority as base64 of PEM."""

    url: str
    authority: str


class Eks:
    """One method, one API call. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EKSClient") -> None:
        self._client = client

    @property
    def region(self) -> str:
        return self._client.meta.region_name

    def cluster(self, name: str) -> tuple[Cluster, Endpoint]:
        """PlanningError where there is none of that name, or it has no API server: not yet, or it could not be made."""
        with translated():
            try:
                item: Any = self._client.describe_cluster(name=name)["cluster"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    raise PlanningError([f"{self.region} has no EKS cluster {name} in this account"]) from error
                raise
        if not item.get("endpoint"):
            raise PlanningError([f"cluster {name} is {item['status']}: it has no API server"])
        network = item["resourcesVpcConfig"]
        cluster = Cluster(
            name=item["name"],
            vpc_id=network["vpcId"],
            version=item.get("version", ""),
            family=item.get("kubernetesNetworkConfig", {}).get("ipFamily", "ipv4"),
            auto_mode=item.get("computeConfig", {}).get("enabled", False),
            subnet_ids=tuple(network.get("subnetIds", ())),
            account=item["arn"].split(":")[4],
        )
        return cluster, Endpoint(item["endpoint"], item["certificateAuthority"]["data"])

    def addon(self, cluster: str) -> Addon | None:
        """The VPC CNI as a managed add-on; None where the cluster has it otherwise."""
        with translated():
            try:
                item = self._client.describe_addon(clusterName=cluster, addonName=_ADDON)["addon"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    return None
                raise
        # JSON or YAML (CreateAddon, EKS API Reference).
        values = yaml.safe_load(item.get("configurationValues") or "") or {}
        return Addon(
            item["addonVersion"],
            {
                name: value if isinstance(value, str) else json.dumps(value)
                for name, value in (values.get("env") or {}).items()
            },
        )
