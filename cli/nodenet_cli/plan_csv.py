"""A plan's tables for other programs: the columns are stable, the names those of the JSON."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "subnets": (
        "name",
        "zone",
        "usable",
        "used",
        "nodes",
        "pods",
        "networks",
        "surge",
        "taken",
        "left",
        "blocks.free",
        "blocks.reserved",
        "blocks.wanted",
        "blocks.expected",
        "blocks.risk",
    ),
    "nodes": (
        "group",
        "instanceType",
        "nodes",
        "pods",
        "enis",
        "active",
        "warm",
        "idle",
        "prefixes",
        "waiting",
        "networkAddresses",
        "branchAddresses",
        "cardAddresses",
        "taken",
        "maxPods.cni",
        "maxPods.nodeadm",
        "maxPods.eks",
        "maxPods.kubelet",
        "maxPods.boundBy",
    ),
    "growth": ("scale", "nodes", "subnet", "taken"),
}


def rows(answer: Mapping[str, Any], table: str) -> Iterator[dict[str, Any]]:
    """The lines of a table, out of `nodenet.capacity.answer`. Of the growth there is one for each point and subnet."""
    if table == "growth":
        for point in answer["growth"]:
            for subnet, taken in point["taken"].items():
                yield {"scale": point["scale"], "nodes": point["nodes"], "subnet": subnet, "taken": taken}
        return
    for each in answer[table]:
        yield {column: _at(each, column) for column in COLUMNS[table]}


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value[key]
    return value
