"""The cluster "prod": its node groups and workloads, made as their owner makes them, and looked at as its owner."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml
from lightkube import codecs
from lightkube.generic_resource import load_in_cluster_generic_resources
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition

from demo.migration.network import Network
from demo.stack import ROOT
from demo.watch import until
from local.world import ACCOUNT
from nodenet.aws.eks_token import token
from nodenet.kubernetes.connecting import with_renewed_token
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.cluster import Node

NAME: Final = "prod"
NAMESPACE: Final = "default"
"""Where the workloads are."""

TEAM: Final = "batch"
"""The node group of a team of its own, with its label and taint."""

_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/node"
_WORKLOADS: Final = Path(__file__).with_name("workloads.yaml")
_ACCESS: Final = ROOT / "docs" / "reference" / "manifests" / "migration-access.yaml"


@dataclass(frozen=True)
class Prod:
    network: Network

    @cached_property
    def connection(self) -> Connection:
        """An administrator's."""
        shown = self.client("eks").describe_cluster(name=NAME)["cluster"]
        sts = self.client("sts")
        authority = shown["certificateAuthority"]["data"]
        return with_renewed_token(shown["endpoint"], authority, lambda: token(NAME, sts))

    @cached_property
    def workloads(self) -> Workloads:
        return Workloads(self.connection)

    @cached_property
    def pods(self) -> Pods:
        return Pods(self.connection)

    @cached_property
    def nodes(self) -> Nodes:
        return Nodes(self.connection)

    @cached_property
    def cni(self) -> VpcCni:
        return VpcCni(self.connection)

    def client(self, service: str) -> Any:
        return self.network.region.client(service)

    def group(self, name: str, size: int, **more: Any) -> None:
        """A managed node group."""
        self.client("eks").create_nodegroup(
            clusterName=NAME,
            nodegroupName=name,
            nodeRole=_ROLE,
            subnets=list(self.network.subnets.values()),
            instanceTypes=["m5.large"],
            scalingConfig={"minSize": 0, "maxSize": 20, "desiredSize": size},
            **more,
        )

    def apply(self, *documents: Any) -> None:
        """As `kubectl apply --server-side` does; a kind that is defined is waited for."""
        for each in documents:
            self.connection.client.apply(codecs.from_dict(each), field_manager="kubectl", force=True)
            if each["kind"] == "CustomResourceDefinition":
                until(lambda name=each["metadata"]["name"]: self._knows(name), "the API server serves a new kind")  # type: ignore[misc]
                load_in_cluster_generic_resources(self.connection.client)

    def apply_access(self) -> None:
        """The rights of the migration's functions, as an administrator applies them."""
        self.apply(*yaml.safe_load_all(_ACCESS.read_text()))

    def apply_workloads(self) -> None:
        self.apply(*yaml.safe_load_all(_WORKLOADS.read_text().replace("TARGET_GROUP", self.network.target_group)))

    def of(self, group: str) -> list[Node]:
        """The nodes of a managed group."""
        return self.nodes.nodes(f"eks.amazonaws.com/nodegroup={group}")

    def groups(self) -> list[str]:
        return sorted(self.client("eks").list_nodegroups(clusterName=NAME)["nodegroups"])

    def scaling(self) -> list[dict[str, Any]]:
        """The Auto Scaling groups."""
        return list(self.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"])

    def short(self) -> list[str]:
        """Workloads with fewer available than they should have."""
        return [str(each.owner.name) for each in self.workloads.workloads() if each.available < each.desired]

    def _knows(self, kind: str) -> bool:
        shown = self.connection.client.get(CustomResourceDefinition, kind)
        conditions = (shown.status and shown.status.conditions) or ()
        return any(each.type == "Established" and each.status == "True" for each in conditions)


def build(network: Network) -> Prod:
    """EKS's control plane, with no node yet."""
    prod = Prod(network)
    eks = prod.client("eks")
    eks.create_cluster(
        name=NAME,
        roleArn=_ROLE,
        resourcesVpcConfig={"subnetIds": list(network.subnets.values())},
        accessConfig={"authenticationMode": "API"},
    )
    eks.create_access_entry(clusterName=NAME, principalArn=_ROLE, type="EC2_LINUX")
    load_in_cluster_generic_resources(prod.connection.client)
    return prod
