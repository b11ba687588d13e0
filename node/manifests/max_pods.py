"""How many pods a node takes when some of its interfaces are not the VPC CNI's.

The formula is amazon-eks-ami's (max-pods-calculator.sh for AL2, nodeadm's eni_max_pods.go), with the former's caps. The
extra interfaces on the card whose interfaces it counts come off it, since ipamd cannot use their places.
"""

from typing import Final

from nodenet.configuration.resolved import ResolvedGroup
from nodenet.limits import InstanceLimits

SMALL: Final = 110
LARGE: Final = 250
LARGE_VCPUS: Final = 30
"""The most pods below this many vCPUs, and from there on (EKS Best Practices, "Prefix Mode for Linux")."""

HOST_NETWORK_PODS: Final = 2
"""aws-node and kube-proxy, which need no address of their own."""

ADDRESSES_PER_PREFIX: Final = 16


def max_pods(
    limits: InstanceLimits, group: ResolvedGroup, *, prefixes: bool = False, custom_networking: bool = False
) -> int:
    """The kubelet's maxPods for nodes of this type in this group.

    `prefixes`: the VPC CNI runs with ENABLE_PREFIX_DELEGATION; on types that are not Nitro it takes single addresses
    all the same. `custom_networking`: AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG, by which the primary interface holds no
    pods. ValueError where the extra networks leave the CNI no interface for pods.
    """
    card = limits.card(limits.default_card)
    assert card, f"{limits.instance_type} has no card {limits.default_card}"
    extra = extra_interfaces(group, limits.default_card)
    interfaces = card.maximum_interfaces - extra - custom_networking
    if interfaces < 1:
        raise ValueError(
            f"{group.name}: {limits.instance_type} holds {card.maximum_interfaces} interfaces on its default network "
            f"card, the networks take {extra}{', custom networking one' if custom_networking else ''}: "
            "none is left for pods"
        )
    per_slot = ADDRESSES_PER_PREFIX if prefixes and limits.nitro else 1
    pods = interfaces * (limits.ipv4_per_interface - 1) * per_slot + HOST_NETWORK_PODS
    return min(pods, LARGE if (limits.vcpus or 0) >= LARGE_VCPUS else SMALL)


def max_pods_expression(group: ResolvedGroup, *, custom_networking: bool = False) -> str:
    """The same without prefixes as nodeadm's `maxPodsExpression`, for groups of several instance types: nodeadm knows
    each node's own (amazon-eks-ami, "Defining a Max Pods Expression"). A `maxPods` in any NodeConfig prevails over it,
    and EKS's own for a managed node group has one."""
    taken = extra_interfaces(group, 0) + custom_networking
    return f"(default_enis - {taken}) * (ips_per_eni - 1) + {HOST_NETWORK_PODS}"


def extra_interfaces(group: ResolvedGroup, card: int) -> int:
    """How many interfaces the group's networks put on this network card."""
    return sum(network.interfaces for network in group.networks if network.network_card == card)
