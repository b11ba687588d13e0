"""How many pods a node takes when some of its interfaces are not the VPC CNI's.

The figures are the planner's (nodenet.capacity); here they are told of the networks of a group, whose interfaces ipamd
cannot use. Those on the default network card count, since it counts no other card.
"""

from nodenet.capacity import nodeconfig
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.max_pods import KUBELET_DEFAULT, cni_max_pods, eks_max_pods
from nodenet.configuration.resolved import ResolvedGroup
from nodenet.limits import InstanceLimits


def max_pods(
    limits: InstanceLimits, group: ResolvedGroup, *, prefixes: bool = False, custom_networking: bool = False
) -> int:
    """The kubelet's maxPods for nodes of this type in this group, capped as EKS caps its own: at most 110, or 250 above
    30 vCPUs.

    `prefixes`: the VPC CNI runs with ENABLE_PREFIX_DELEGATION; on types that are not Nitro it takes single addresses
    all the same. `custom_networking`: AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG, by which the primary interface holds no
    pods. ValueError where the extra networks leave the CNI no interface for pods.
    """
    card = limits.card(limits.default_card)
    assert card, f"{limits.instance_type} has no card {limits.default_card}"
    extra = extra_interfaces(group, limits.default_card)
    if card.maximum_interfaces - extra - custom_networking < 1:
        raise ValueError(
            f"{group.name}: {limits.instance_type} holds {card.maximum_interfaces} interfaces on its default network "
            f"card, the networks take {extra}{', custom networking one' if custom_networking else ''}: "
            "none is left for pods"
        )
    settings = CniSettings(prefix_delegation=prefixes, custom_networking=custom_networking)
    pods = eks_max_pods(limits, settings, unmanaged=extra)
    return pods if pods is not None else min(cni_max_pods(limits, settings, unmanaged=extra), KUBELET_DEFAULT)


def max_pods_expression(group: ResolvedGroup, *, custom_networking: bool = False) -> str:
    """The same without prefixes and without a cap, as nodeadm's `maxPodsExpression`, for groups of several instance
    types: nodeadm knows each node's own. A `maxPods` in any NodeConfig prevails over it, and EKS's own for a managed
    node group has one."""
    settings = CniSettings(custom_networking=custom_networking)
    expression = nodeconfig.max_pods_expression(settings, unmanaged=extra_interfaces(group, 0))
    assert expression, "there is one without prefixes and pod ENIs"
    return expression


def extra_interfaces(group: ResolvedGroup, card: int) -> int:
    """How many interfaces the group's networks put on this network card."""
    return sum(network.interfaces for network in group.networks if network.network_card == card)
