"""Settings for Bottlerocket: what is NodeConfig's on AL2023. The agent comes as a DaemonSet there, since the system has
neither Python nor user-data scripts."""

from node.manifests.names import TAINT
from node.manifests.node_config import Kubelet


def bottlerocket_settings(kubelet: Kubelet) -> str:
    """User data in TOML, merged with what EKS or Karpenter adds (Bottlerocket, "Settings reference", `kubernetes`).

    ValueError for a maxPodsExpression, which only nodeadm can compute.
    """
    if isinstance(kubelet.max_pods, str):
        raise ValueError("Bottlerocket computes no expression: max_pods must be a number")
    lines = []
    if kubelet.max_pods is not None:
        lines += ["[settings.kubernetes]", f"max-pods = {kubelet.max_pods}"]
    if kubelet.held_back:
        lines += ["[settings.kubernetes.node-taints]", f'"{TAINT}" = "true:NoSchedule"']
    return "".join(f"{line}\n" for line in lines)
