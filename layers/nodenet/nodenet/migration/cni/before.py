"""What must hold before the switch, which reaches every node of the cluster at once."""

from collections.abc import Collection, Sequence

from nodenet.errors import HeldError
from nodenet.migration.cluster import Node
from nodenet.migration.cni.environment import CHOSEN_LABEL
from nodenet.migration.request import Mode
from nodenet.migration.run import Run

_DEFAULT = "default"
"""The ENIConfig of nodes for which no other is found (amazon-vpc-cni-k8s, pkg/eniconfig, MyENIConfig)."""


def check_before_the_switch(
    run: Run, nodes: Sequence[Node], old: Collection[str], eni_configs: Collection[str]
) -> None:
    """HeldError names the old nodes that are not cordoned, which would attach interfaces in subnets that nobody has
    tried yet, and the places whose nodes would find no ENIConfig and could not get Ready once their pools are empty."""
    wrong = []
    if open_ones := sorted(node.name for node in nodes if node.name in old and not node.unschedulable):
        wrong.append(f"old nodes are not cordoned: {_few(open_ones)}")
    if run.request.mode is Mode.CUSTOM_NETWORKING and _DEFAULT not in eni_configs:
        wrong += _without(run, nodes, old, eni_configs)
    if wrong:
        raise HeldError("; ".join(wrong))


def _without(run: Run, nodes: Sequence[Node], old: Collection[str], eni_configs: Collection[str]) -> list[str]:
    if not run.request.label_chosen:
        zones = sorted({node.zone for node in nodes if node.zone} - set(eni_configs))
        return [f"there are nodes in {', '.join(zones)}, and no ENIConfig of that name"] if zones else []
    lost = [node.name for node in nodes if node.zone and node.name not in old]
    lost = sorted(
        name for node in nodes if (name := node.name) in lost and node.labels.get(CHOSEN_LABEL) not in eni_configs
    )
    return [f"nodes have no label {CHOSEN_LABEL} that names an ENIConfig: {_few(lost)}"] if lost else []


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
