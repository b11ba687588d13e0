"""How many pods a node's kubelet takes where nobody tells it.

Sources: amazon-eks-ami, nodeadm/internal/kubelet/eni_max_pods.go, and max-pods-calculator.sh (in that repository until
March 2026) for what EKS computes; EKS user guide, "Amazon EKS recommended maximum Pods" and "How maxPods is
determined".
"""

from moto.ec2.models.instance_types import INSTANCE_TYPES

from local.ec2.attachments import limits_of
from local.nodes.targets import PREFIX, Settings

ON_HOST_NETWORK = 2


def by_nodeadm(instance_type: str) -> int:
    """All interfaces of the default card, all their addresses: nothing is known of how the VPC CNI is set."""
    limits = limits_of(instance_type)
    return limits.cards[0] * (limits.ipv4_per_interface - 1) + ON_HOST_NETWORK


def by_eks(instance_type: str, settings: Settings) -> int:
    """As the VPC CNI is set, at most 110, or 250 above 30 vCPUs."""
    limits = limits_of(instance_type)
    enis = min(settings.max_eni or limits.cards[0], limits.cards[0]) - settings.custom_networking
    each = (limits.ipv4_per_interface - 1) * (PREFIX if settings.prefixes and limits.nitro else 1)
    cap = 250 if INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"] > 30 else 110
    return min(cap, enis * each + ON_HOST_NETWORK)
