"""A node group of the document as far as it can be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nodenet.capacity.document import values
from nodenet.capacity.document.fields import PODS_KEY
from nodenet.capacity.document.tolerant import Placed, named, said, sum_of, text, tried, whole
from nodenet.documents.paths import Path
from nodenet.documents.plain import Plain, part


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """`least` and `most` pods of a node; `counted` and `typed`: nodes as `pods` and `instanceTypes` count them;
    `counting`: whether one of them is to."""

    path: Path
    name: str | None
    types: Sequence[Placed[str]]
    nodes: int | None
    least: int | None
    most: int | None
    counted: int | None
    typed: int | None
    counting: bool
    subnets: Sequence[Placed[str]]
    networks: Sequence[Placed[str]]
    max_pods: int | None
    host_network_pods: int | None
    branch_pods: int | None
    surge: int | str | None
    keys: frozenset[str]


def group_of(plain: Plain, path: Path) -> SeenGroup:
    """The group at a path."""
    several = plain.get("instanceTypes")
    if isinstance(several, dict):
        types: list[Placed[str]] = [((*path, "instanceTypes", name), name) for name in several]
    else:
        types = named(plain, "instanceTypes", path)
    if (one := text(plain.get("instanceType"))) is not None:
        types = [((*path, "instanceType"), one), *types]
    least, most, counted = _pods(plain.get("pods"))
    return SeenGroup(
        path=path,
        name=text(plain.get("name")),
        types=types,
        nodes=whole(plain.get("nodes")),
        least=least,
        most=most,
        counted=counted,
        typed=sum_of(several.values()) if isinstance(several, dict) else None,
        counting=isinstance(several, dict) or "nodes" in part(plain, "pods"),
        subnets=named(plain, "subnets", path),
        networks=named(plain, "networks", path),
        max_pods=whole(plain.get("maxPods")),
        host_network_pods=whole(plain.get("hostNetworkPods", 2)),
        branch_pods=whole(plain.get("branchPods", 0)),
        surge=tried(values.surge, plain.get("surge", 0)),
        keys=said(plain),
    )


def _pods(value: Any) -> tuple[int | None, int | None, int | None]:
    """The fewest and the most pods of a node, and how many nodes are counted."""
    if isinstance(value, dict) and "nodes" in value:
        counts = part(value, "nodes")
        pods = [int(key) for key in counts if re.fullmatch(PODS_KEY, str(key), re.ASCII)]
        return (min(pods), max(pods), sum_of(counts.values())) if pods else (None, None, None)
    if isinstance(value, dict):
        return whole(value.get("from")), whole(value.get("to")), None
    return whole(value), whole(value), None
