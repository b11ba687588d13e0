"""Karpenter's node pools: how many nodes it may disrupt at a time."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lightkube.types import PatchType

from nodenet.kubernetes import kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import unless_gone
from nodenet.kubernetes.listing import listed
from nodenet.kubernetes.rehearsal import rehearse

_GROUP: Final = "karpenter.sh"

type Budgets = list[dict[str, Any]]


class Karpenter:
    """Of version 1 and later, which serve NodePools as karpenter.sh/v1."""

    def __init__(self, connection: Connection) -> None:
        rehearse([kinds.NodePool])
        self._connection = connection

    @needs("list", on="nodepools", group=_GROUP)
    def node_pools(self) -> dict[str, Budgets]:
        """The budgets of each by its name; empty where the cluster has no Karpenter. A pool with none has no bound: the
        default of 10 % stands in the object (Karpenter, "Disruption", NodePool Disruption Budgets)."""
        every = listed(self._connection, kinds.NodePool, lambda item: item, missing_ok=True)
        return {each["metadata"]["name"]: _budgets(each) for each in every}

    @needs("patch", on="nodepools", group=_GROUP)
    def set_budgets(self, name: str, budgets: Sequence[Mapping[str, Any]]) -> bool:
        """In place of those that there are; False where the pool is gone. `[{"nodes": "0"}]` allows no disruption."""
        patch = {"spec": {"disruption": {"budgets": [dict(each) for each in budgets]}}}
        client = self._connection.client
        return unless_gone(lambda: client.patch(kinds.NodePool, name, patch, patch_type=PatchType.MERGE)) is not None


def _budgets(pool: Any) -> Budgets:
    spec: dict[str, Any] = pool.get("spec") or {}
    return list((spec.get("disruption") or {}).get("budgets") or [])
