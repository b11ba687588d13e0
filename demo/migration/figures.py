"""How a cluster stands, in figures: looked at before the first run and after it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from rich.table import Table

from demo.migration.cluster import NAMESPACE, Prod


@dataclass(frozen=True)
class Figures:
    """`free` addresses by subnet; `pods` of each workload by the VPC's block that their addresses are of; `nodes` of
    each node group by how many pods each may have."""

    free: Mapping[str, int] = field(default_factory=dict)
    pods: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    nodes: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


def figures(prod: Prod) -> Figures:
    """As they are now."""
    blocks = [IPv4Network(each) for each in prod.network.blocks()]
    pods: dict[str, Counter[str]] = {}
    for pod in prod.pods.pods(namespace=NAMESPACE):
        if pod.owner and pod.address and not pod.finished:
            block = next((str(each) for each in blocks if IPv4Address(pod.address) in each), "elsewhere")
            pods.setdefault(pod.owner.name, Counter())[block] += 1
    nodes = {name: Counter(node.max_pods for node in prod.of(name)) for name in prod.groups()}
    return Figures(prod.network.free(), pods, nodes)


def tables(before: Figures, after: Figures) -> list[Table]:
    """What changed, by subnet, by workload and by node group."""
    free = [({key: str(value) for key, value in each.free.items()}) for each in (before, after)]
    pods = [{key: _blocks(value) for key, value in each.pods.items()} for each in (before, after)]
    nodes = [{key: _nodes(value) for key, value in each.nodes.items()} for each in (before, after)]
    return [
        _table("Free addresses", "subnet", free),
        _table("Addresses of pods", "workload", pods),
        _table("Node groups", "group", nodes),
    ]


def _table(title: str, what: str, columns: list[dict[str, str]]) -> Table:
    table = Table(what, "before", "after", title=title, title_justify="left", title_style="bold")
    before, after = columns
    for key in sorted(before.keys() | after.keys()):
        table.add_row(key, before.get(key, "-"), after.get(key, "-"))
    return table


def _blocks(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} in {block}" for block, count in sorted(counted.items()))


def _nodes(counted: Mapping[int, int]) -> str:
    return ", ".join(f"{count} nodes of at most {most} pods" for most, count in sorted(counted.items()))
