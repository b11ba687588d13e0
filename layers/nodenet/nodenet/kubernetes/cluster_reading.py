"""What a cluster's API server shows, as a reading of a running cluster sees it. Nothing here changes anything."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lightkube import operators as op
from lightkube.resources.apps_v1 import DaemonSet as AppsDaemonSet
from lightkube.utils.quantity import parse_quantity

from nodenet.capacity.running.seen import DaemonSet, EniConfig, Node, Pod
from nodenet.kubernetes import kinds
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import unless_gone
from nodenet.kubernetes.listing import listed
from nodenet.kubernetes.rehearsal import rehearse

_BRANCH: Final = "vpc.amazonaws.com/pod-eni"
"""Put on a pod with security groups of its own (amazon-vpc-resource-controller-k8s, pkg/config/type.go)."""


class ClusterReading:
    """The planner's KubernetesPort. Raises the exceptions of nodenet.errors."""

    def __init__(self, connection: Connection) -> None:
        rehearse([AppsDaemonSet, kinds.Node, kinds.Pod, kinds.EniConfig])
        self._connection = connection

    @property
    def calls(self) -> Mapping[str, int]:
        return self._connection.calls

    def vpc_cni(self) -> DaemonSet | None:
        """Container aws-node of DaemonSet kube-system/aws-node; None where there is none."""
        client = self._connection.client
        found = unless_gone(lambda: client.get(AppsDaemonSet, "aws-node", namespace="kube-system"))
        template: Any = found and found.spec and found.spec.template.spec
        for container in template.containers if template else ():
            if container.name == "aws-node":
                variables = container.env or ()
                return DaemonSet(
                    container.image or "",
                    {each.name: each.value or "" for each in variables if not each.valueFrom},
                    tuple(each.name for each in variables if each.valueFrom),
                )
        return None

    def nodes(self) -> Sequence[Node]:
        return listed(self._connection, kinds.Node, _node)

    def pods(self) -> Sequence[Pod]:
        """Those of all namespaces that have a node and have not finished: their addresses are free again."""
        fields = {"status.phase": op.not_in(["Failed", "Succeeded"]), "spec.nodeName": op.not_equal("")}
        return listed(self._connection, kinds.Pod, _pod, fields=fields)

    def eni_configs(self) -> Sequence[EniConfig]:
        """Empty too where the cluster does not know the kind."""
        return listed(self._connection, kinds.EniConfig, _eni_config, missing_ok=True)


def _node(item: kinds.Node) -> Node:
    conditions = {each.type: each.status for each in item.status.conditions or ()}
    return Node(
        name=item.metadata.name,
        provider_id=item.spec.provider_id,
        # 1000 of them are written "1k".
        max_pods=int(parse_quantity((item.status.capacity or {}).get("pods", "0")) or 0),
        labels=item.metadata.labels or {},
        annotations=item.metadata.annotations or {},
        ready=conditions.get("Ready") == "True",
        unschedulable=item.spec.unschedulable,
    )


def _pod(item: kinds.Pod) -> Pod:
    branch = _BRANCH in (item.metadata.annotations or {})
    return Pod(item.spec.node, item.spec.host_network, branch, waiting=not item.status.address)


def _eni_config(item: Any) -> EniConfig:
    return EniConfig(item["metadata"]["name"], (item.get("spec") or {}).get("subnet") or "")
