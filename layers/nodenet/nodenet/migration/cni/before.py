"""What must hold before the switch, which reaches every node of the cluster at once. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from nodenet.errors import HeldError
from nodenet.migration.cluster import Node
from nodenet.migration.cni import environment
from nodenet.migration.cni.roll_out import few
from nodenet.migration.objects import DaemonSetState
from nodenet.migration.run import Run


@dataclass(frozen=True, slots=True)
class Cluster:
    """`old`: names of the old nodes; `agents`: of those where aws-node runs; `eni_configs`: names."""

    aws_node: DaemonSetState
    nodes: Collection[Node]
    old: Collection[str]
    agents: Collection[str]
    eni_configs: Collection[str]


def check_before_the_switch(run: Run, cluster: Cluster, wanted: Mapping[str, str]) -> None:
    """HeldError names the old nodes that are not cordoned, which would attach interfaces in subnets that nobody has
    tried yet, and the ENIConfigs that are missing, without which a node cannot get Ready once its pool is empty."""
    wrong = [*_open(cluster), *_elsewhere(cluster.aws_node, wanted)]
    if environment.CUSTOM_NETWORKING in wanted:
        wrong += _missing(run, cluster, wanted)
    if wrong:
        raise HeldError("; ".join(wrong))


def _open(cluster: Cluster) -> Iterator[str]:
    found = sorted(node.name for node in cluster.nodes if node.name in cluster.old and not node.unschedulable)
    if found:
        yield f"old nodes are not cordoned: {few(found)}"


def _elsewhere(aws_node: DaemonSetState, wanted: Mapping[str, str]) -> Iterator[str]:
    if found := sorted(wanted.keys() & set(aws_node.elsewhere)):
        yield f"aws-node takes {', '.join(found)} from a ConfigMap, a Secret or a field: give values there"


def _missing(run: Run, cluster: Cluster, wanted: Mapping[str, str]) -> Iterator[str]:
    """Old nodes have no label yet by which theirs is chosen, and attach nothing."""
    spared = cluster.old if run.request.label_chosen else ()
    after = {**cluster.aws_node.environment, **wanted}
    found: dict[str, list[str]] = {}
    for node in cluster.nodes:
        if node.name in cluster.agents and node.name not in spared:
            found.setdefault(environment.config_of(node, after), []).append(node.name)
    for name in sorted(found.keys() - set(cluster.eni_configs)):
        yield f"there is no ENIConfig {name}, which would be that of {few(sorted(found[name]))}"
