"""Clusters: EKS API reference, CreateCluster, UpdateClusterConfig, UpdateClusterVersion, DeleteCluster."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.eks.models import Cluster, EKSBackend

from local.eks.errors import in_use, invalid, no_cluster, not_found, refused
from local.eks.timing import settle, timing
from local.eks.updates import Update, now, params

# API reference, CreateAccessConfigRequest.
MODES = ("API", "API_AND_CONFIG_MAP", "CONFIG_MAP")
DEFAULT_VERSION = "1.34"
# API reference, VpcConfigRequest.
DEFAULT_NETWORK: dict[str, Any] = {
    "endpointPublicAccess": True,
    "endpointPrivateAccess": False,
    "publicAccessCidrs": ["0.0.0.0/0"],
    "securityGroupIds": [],
}

on_created: list[Callable[[Any], None]] = []
on_deleted: list[Callable[[Any], None]] = []
"""Called with each cluster: what lies behind it comes and goes with it."""


def page(names: Iterable[str], max_results: int | None, next_token: str | None) -> tuple[list[str], str | None]:
    """One page of sorted names and the token of the next; InvalidParameterException for a token that is none."""
    ordered = sorted(names)
    if next_token and next_token not in ordered:
        raise invalid("Invalid token")
    start = ordered.index(next_token) if next_token else 0
    end = start + int(max_results or 100)
    return ordered[start:end], ordered[end] if end < len(ordered) else None


class ClusterCalls(EKSBackend):
    """moto's clusters with statuses, networks and updates."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.updates: dict[str, Update] = {}
        self.ec2: Any = ec2_backends[account_id][region_name]

    def cluster(self, name: str) -> Any:
        if name not in self.clusters:
            raise no_cluster(name)
        return self.clusters[name]

    def create_cluster(self, name: str, **given: Any) -> Cluster:
        """Creates a cluster, with the security group that EKS makes for it where its subnets exist."""
        access, compute = given.pop("access_config", None) or {}, given.pop("compute_config", None)
        if access.get("authenticationMode", MODES[0]) not in MODES:
            raise invalid(f"Unknown authentication mode {access['authenticationMode']}")
        cluster: Any = super().create_cluster(name=name, **given)
        cluster.version = given.get("version") or DEFAULT_VERSION
        cluster.created_at = now()
        cluster.access_config = {"authenticationMode": access.get("authenticationMode") or "CONFIG_MAP"}
        cluster.resources_vpc_config = self._network(name, dict(given["resources_vpc_config"] or {}))
        cluster.addons, cluster.access_entries = {}, {}
        if compute:
            cluster.compute_config = compute
        for each in on_created:
            each(cluster)

        def done() -> None:
            cluster.status = "ACTIVE"

        return settle(cluster, "CREATING", timing.cluster, done)

    def reset(self) -> None:
        for cluster in self.clusters.values():
            self._gone(cluster)
        super().reset()

    def delete_cluster(self, name: str) -> Cluster:
        cluster = self.cluster(name)
        if cluster.fargate_profiles:
            raise in_use("Cluster has fargate profiles attached", clusterName=name)
        deleted: Any = super().delete_cluster(name)
        deleted.status = "DELETING"
        self._gone(deleted)
        return deleted

    def update_cluster_config(self, name: str, **given: Any) -> Update:
        """Changes one aspect at a time, as AWS does; answers with the update and not, as moto, with the cluster."""
        cluster = self.cluster(name)
        asked = {key: value for key, value in given.items() if value is not None and key != "client_request_token"}
        if not asked:
            raise invalid("No changes needed for the cluster configuration provided", clusterName=name)
        if "resources_vpc_config" in asked:
            kind, about = "VpcConfigUpdate", self._change_network(cluster, asked["resources_vpc_config"])
            if not any(key in asked["resources_vpc_config"] for key in ("subnetIds", "securityGroupIds")):
                kind = "EndpointAccessUpdate"
        elif "access_config" in asked:
            mode = asked["access_config"]["authenticationMode"]
            before = cluster.access_config["authenticationMode"]
            if MODES.index(mode) > MODES.index(before):
                raise invalid(f"Unsupported authentication mode update from {before} to {mode}", clusterName=name)
            cluster.access_config["authenticationMode"] = mode
            kind, about = "AccessConfigUpdate", {"AuthenticationMode": mode}
        else:
            kind = "LoggingUpdate" if "logging" in asked else "ConfigUpdate"
            names = {"logging": "ClusterLogging", "kubernetes_network_config": "KubernetesNetworkConfig"}
            names["remote_network_config"] = "RemoteNetworkConfig"
            for key, value in asked.items():
                setattr(cluster, key, value)
            about = {names[key]: value for key, value in asked.items() if key in names}
        return self.record(cluster, Update(kind, params(about), (name, None, None)))

    def update_cluster_version(self, name: str, version: str) -> Update:
        """One minor version at a time (user guide, "Update existing cluster to new Kubernetes version")."""
        cluster = self.cluster(name)
        before, after = (tuple(int(part) for part in v.split(".")) for v in (cluster.version, version))
        if after != (before[0], before[1] + 1):
            raise invalid(f"Unsupported Kubernetes minor version update from {cluster.version} to {version}")
        cluster.version = version
        return self.record(cluster, Update("VersionUpdate", params({"Version": version}), (name, None, None)))

    def record(self, thing: Any, update: Update) -> Update:
        """Keeps an update and lets it succeed in its time; `thing` is UPDATING meanwhile."""
        self.updates[update.id] = update
        thing.status = "UPDATING"

        def done() -> None:
            update.status, thing.status = "Successful", "ACTIVE"

        return settle(update, "InProgress", timing.update, done)

    def describe_update(self, name: str, update_id: str, nodegroup: str | None, addon: str | None) -> Update:
        self.cluster(name)
        update = self.updates.get(update_id)
        if update is None or update.of != (name, nodegroup, addon):
            raise not_found(f"No update found for ID: {update_id}", clusterName=name)
        return update

    def list_updates(self, name: str, nodegroup: str | None, addon: str | None) -> list[str]:
        self.cluster(name)
        return [update.id for update in self.updates.values() if update.of == (name, nodegroup, addon)]

    def require_active(self, cluster: Any) -> None:
        if cluster.status != "ACTIVE":
            raise refused(f"Cluster '{cluster.name}' is not in ACTIVE status")

    def _gone(self, cluster: Any) -> None:
        for each in on_deleted:
            each(cluster)

    def _network(self, name: str, config: dict[str, Any]) -> dict[str, Any]:
        for subnet in config.get("subnetIds", [])[:1]:
            try:
                vpc = self.ec2.get_subnet(subnet).vpc_id
            except ServiceException:
                break
            group = self.ec2.create_security_group(
                f"eks-cluster-sg-{name}-{len(self.clusters)}",
                "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
                "as well as any managed workloads.",
                vpc_id=vpc,
                tags={f"kubernetes.io/cluster/{name}": "owned", "aws:eks:cluster-name": name},
                force=True,
            )
            return DEFAULT_NETWORK | config | {"vpcId": vpc, "clusterSecurityGroupId": group.id}
        return config

    def _change_network(self, cluster: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        cluster.resources_vpc_config = cluster.resources_vpc_config | dict(given)
        names = {
            "endpointPrivateAccess": "EndpointPrivateAccess",
            "endpointPublicAccess": "EndpointPublicAccess",
            "publicAccessCidrs": "PublicAccessCidrs",
            "subnetIds": "Subnets",
            "securityGroupIds": "SecurityGroups",
        }
        return {names[key]: value for key, value in given.items() if key in names}
