"""EKS, as a preflight sees it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.eks import Eks
from nodenet.aws.errors import code_of, translated
from nodenet.capacity.running import seen as running
from nodenet.errors import PlanningError
from nodenet.migration.preflight.seen_aws import AddonState, ControlPlane, ManagedGroup

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

_ADDON: Final = "vpc-cni"
_NOT_FOUND: Final = "ResourceNotFoundException"


class EksSurvey:
    """Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EKSClient") -> None:
        self._client = client
        self._eks = Eks(client)

    def cluster(self, name: str) -> tuple[running.Cluster, ControlPlane]:
        """PlanningError where there is none of that name, or it has no API server."""
        with translated():
            try:
                item: Any = self._client.describe_cluster(name=name)["cluster"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    where = self._client.meta.region_name
                    raise PlanningError([f"{where} has no EKS cluster {name} in this account"]) from error
                raise
        return self._eks.cluster(name)[0], _plane(item)

    def addon(self, cluster: str) -> tuple[running.Addon, AddonState] | None:
        """The VPC CNI as a managed add-on; None where the cluster has it otherwise."""
        with translated():
            try:
                item: Any = self._client.describe_addon(clusterName=cluster, addonName=_ADDON)["addon"]
            except ClientError as error:
                if code_of(error) == _NOT_FOUND:
                    return None
                raise
        configured = self._eks.addon(cluster)
        state = AddonState(
            version=item["addonVersion"],
            status=item.get("status", ""),
            issues=_issues(item),
            role=item.get("serviceAccountRoleArn", ""),
        )
        return (configured, state) if configured else None

    def managed_groups(self, cluster: str) -> Mapping[str, ManagedGroup]:
        """All of the cluster's, by name; one that went meanwhile is left out."""
        found: dict[str, ManagedGroup] = {}
        for name in self._names("list_nodegroups", "nodegroups", cluster):
            with translated():
                try:
                    answer = self._client.describe_nodegroup(clusterName=cluster, nodegroupName=name)
                except ClientError as error:
                    if code_of(error) == _NOT_FOUND:
                        continue
                    raise
            found[name] = _group(answer["nodegroup"])
        return found

    def fargate_profiles(self, cluster: str) -> Sequence[str]:
        return self._names("list_fargate_profiles", "fargateProfileNames", cluster)

    def access_entries(self, cluster: str) -> Mapping[str, str]:
        """Each entry's type (STANDARD, EC2_LINUX …) by its principal."""
        found = {}
        for principal in self._names("list_access_entries", "accessEntries", cluster):
            with translated():
                try:
                    answer = self._client.describe_access_entry(clusterName=cluster, principalArn=principal)
                except ClientError as error:
                    if code_of(error) == _NOT_FOUND:
                        continue
                    raise
            found[principal] = answer["accessEntry"].get("type", "STANDARD")
        return found

    def _names(self, operation: str, key: str, cluster: str) -> list[str]:
        pages: Any = self._client.get_paginator(operation)  # type: ignore[call-overload]
        with translated():
            return [name for page in pages.paginate(clusterName=cluster) for name in page[key]]


def _plane(item: Any) -> ControlPlane:
    network, remote = item.get("kubernetesNetworkConfig", {}), item.get("remoteNetworkConfig") or {}
    kinds = ("remoteNodeNetworks", "remotePodNetworks")
    return ControlPlane(
        status=item.get("status", ""),
        # A cluster that does not say is of before access entries.
        authentication=(item.get("accessConfig") or {}).get("authenticationMode", "CONFIG_MAP"),
        services=network.get("serviceIpv4Cidr", ""),
        remote=tuple(cidr for kind in kinds for each in remote.get(kind, ()) for cidr in each.get("cidrs", ())),
    )


def _issues(item: Any) -> tuple[str, ...]:
    issues = (item.get("health") or {}).get("issues", ())
    return tuple(f"{each.get('code', '')}: {each.get('message', '')}" for each in issues)


def _group(item: Any) -> ManagedGroup:
    sizes, template = item.get("scalingConfig", {}), item.get("launchTemplate")
    return ManagedGroup(
        name=item["nodegroupName"],
        auto_scaling_groups=tuple(each["name"] for each in (item.get("resources") or {}).get("autoScalingGroups", ())),
        status=item.get("status", ""),
        issues=_issues(item),
        subnets=tuple(item.get("subnets", ())),
        instance_types=tuple(item.get("instanceTypes") or ()),
        ami_type=item.get("amiType", ""),
        capacity_type=item.get("capacityType", ""),
        role=item.get("nodeRole", ""),
        minimum=sizes.get("minSize", 0),
        maximum=sizes.get("maxSize", 0),
        desired=sizes.get("desiredSize", 0),
        template=(template.get("id", ""), str(template.get("version", "$Default"))) if template else None,
        labels=item.get("labels") or {},
        tags=item.get("tags") or {},
    )
