"""NodeConfig, by which nodeadm of AL2023 makes an instance a node (amazon-eks-ami, nodeadm, "API Reference")."""

from dataclasses import dataclass
from typing import Any

from node.manifests.names import TAINT, Document


@dataclass(frozen=True, slots=True)
class Cluster:
    """What nodeadm must know to join: EKS's DescribeCluster shows it.

    `certificate_authority` is in base64, `service_cidr` the block of the cluster's services.
    """

    name: str
    endpoint: str
    certificate_authority: str
    service_cidr: str


@dataclass(frozen=True, slots=True)
class Kubelet:
    """What the extra networks change in the kubelet. `max_pods` is a number, or a `maxPodsExpression`; None leaves
    nodeadm's. `held_back` registers the node with the taint that the agent's DaemonSet takes off again."""

    max_pods: int | str | None = None
    held_back: bool = False


def node_config(kubelet: Kubelet, cluster: Cluster | None = None) -> Document:
    """One NodeConfig. Without the cluster it has only what is merged over another one: nodeadm wants the cluster in
    one of them (nodeadm, internal/api/validation.go)."""
    spec = _cluster(cluster) | _kubelet(kubelet)
    return {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}


def _cluster(cluster: Cluster | None) -> dict[str, Any]:
    if not cluster:
        return {}
    return {
        "cluster": {
            "name": cluster.name,
            "apiServerEndpoint": cluster.endpoint,
            "certificateAuthority": cluster.certificate_authority,
            "cidr": cluster.service_cidr,
        }
    }


def _kubelet(kubelet: Kubelet) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if isinstance(kubelet.max_pods, int):
        config["maxPods"] = kubelet.max_pods
    if kubelet.held_back:
        config["registerWithTaints"] = [{"key": TAINT, "effect": "NoSchedule"}]
    made: dict[str, Any] = {"config": config} if config else {}
    if isinstance(kubelet.max_pods, str):
        made["maxPodsExpression"] = kubelet.max_pods
    return {"kubelet": made} if made else {}
