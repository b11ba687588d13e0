"""Who is told of node groups: what is made of them inside a cluster is no business of the API's."""

from collections.abc import Callable
from typing import Any

from local.eks.nodegroup_calls import NodegroupCalls
from local.eks.updates import Update

CREATED, CHANGED, DELETED = "created", "changed", "deleted"

on_nodegroup: list[Callable[[Any, Any, str], None]] = []
"""Called with EKS's models of the cluster and the node group, and what became of it: created, changed or deleted."""


class NodegroupListeners(NodegroupCalls):
    """Tells of every node group that is made, relabelled or gone."""

    def create_nodegroup(self, cluster_name: str, nodegroup_name: str, **given: Any) -> Any:
        answer = super().create_nodegroup(cluster_name, nodegroup_name, **given)
        self._tell(self.nodegroup(cluster_name, nodegroup_name), CREATED)
        return answer

    def update_nodegroup_config(self, cluster_name: str, nodegroup_name: str, **given: Any) -> Update:
        update = super().update_nodegroup_config(cluster_name, nodegroup_name, **given)
        self._tell(self.nodegroup(cluster_name, nodegroup_name), CHANGED)
        return update

    def _forget(self, nodegroup: Any) -> None:
        super()._forget(nodegroup)
        self._tell(nodegroup, DELETED)

    def _tell(self, nodegroup: Any, what: str) -> None:
        for told in on_nodegroup:
            told(self.cluster(nodegroup.cluster_name), nodegroup, what)
