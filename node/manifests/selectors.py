"""Which nodes a group's instances become, by the labels that EKS and Karpenter put on them."""

from collections.abc import Mapping
from typing import Final

from nodenet.configuration.resolved import ResolvedGroup

LABELS: Final = {"eks:nodegroup-name": "eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool": "karpenter.sh/nodepool"}
"""The tag of an instance, and the label with the same value on its node (EKS User Guide, "Managed node groups";
Karpenter, "Well-Known Labels")."""


def node_selector(group: ResolvedGroup) -> Mapping[str, str]:
    """The labels of the group's nodes. ValueError where its tags do not tell: a selector with wildcards, or tags that
    become no label. Such nodes need a label of their own."""
    found = {LABELS[tag]: value for tag, value in group.select.items() if tag in LABELS}
    if not found or any(wildcard in value for value in found.values() for wildcard in "*?"):
        raise ValueError(
            f"{group.name}: no label says exactly which nodes these are: give them one of their own, in the node "
            "group or node pool, and name it as the node selector"
        )
    return found
