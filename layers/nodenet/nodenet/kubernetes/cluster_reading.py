"""What a cluster's API server shows, as a reading of a running cluster sees it. Nothing here changes anything."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lightkube import ApiError
from lightkube import operators as op
from lightkube.core.resource import NamespacedResource
from lightkube.generic_resource import create_global_resource
from lightkube.resources.apps_v1 import DaemonSet as AppsDaemonSet
from lightkube.resources.core_v1 import Node as CoreNode
from lightkube.resources.core_v1 import Pod as CorePod

from nodenet.capacity.running.seen import DaemonSet, EniConfig, Node, Pod
from nodenet.kubernetes.connection import Connection, translated
from nodenet.kubernetes.rehearsal import rehearse

_PAGE: Final = 500
_TRIES: Final = 3
_BRANCH: Final = "vpc.amazonaws.com/pod-eni"
"""Put on a pod with security groups of its own (amazon-vpc-resource-controller-k8s, pkg/config/type.go)."""

_EniConfig: Final = create_global_resource("crd.k8s.amazonaws.com", "v1alpha1", "ENIConfig", "eniconfigs")


class ClusterReading:
    """The planner's KubernetesPort. Raises the exceptions of nodenet.errors."""

    def __init__(self, connection: Connection) -> None:
        rehearse([AppsDaemonSet, CoreNode, CorePod, _EniConfig])
        self._connection = connection

    @property
    def calls(self) -> Mapping[str, int]:
        return self._connection.calls

    def vpc_cni(self) -> DaemonSet | None:
        """Container aws-node of DaemonSet kube-system/aws-node; None where there is none."""
        with translated():
            try:
                found = self._connection.client.get(AppsDaemonSet, "aws-node", namespace="kube-system")
            except ApiError as error:
                if error.status.code == 404:
                    return None
                raise
        template: Any = found.spec and found.spec.template.spec
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
        return [_node(each) for each in self._all(CoreNode)]

    def pods(self) -> Sequence[Pod]:
        """Those of all namespaces that have a node and have not finished: their addresses are free again."""
        fields = {"status.phase": op.not_in(["Failed", "Succeeded"]), "spec.nodeName": op.not_equal("")}
        return [_pod(each) for each in self._all(CorePod, fields=fields)]

    def eni_configs(self) -> Sequence[EniConfig]:
        """Empty too where the cluster does not know the kind."""
        return [
            EniConfig(each["metadata"]["name"], (each.get("spec") or {}).get("subnet") or "")
            for each in self._all(_EniConfig, missing_ok=True)
        ]

    def _all(self, kind: Any, *, fields: Any = None, missing_ok: bool = False) -> list[Any]:
        """Page by page, and from the start again where the server forgot where it was (410, "Retrieving large results
        sets in chunks" in the Kubernetes documentation)."""
        where: Any = {"namespace": "*"} if issubclass(kind, NamespacedResource) else {}
        with translated():
            for more in reversed(range(_TRIES)):
                try:
                    return list(self._connection.client.list(kind, chunk_size=_PAGE, fields=fields, **where))
                except ApiError as error:
                    if error.status.code == 404 and missing_ok:
                        return []
                    if error.status.code != 410 or not more:
                        raise
        raise AssertionError("the last try returns or raises")


def _node(item: CoreNode) -> Node:
    about, spec, status = item.metadata, item.spec, item.status
    assert about
    conditions = {each.type: each.status for each in (status and status.conditions) or ()}
    return Node(
        name=about.name or "",
        provider_id=(spec and spec.providerID) or "",
        max_pods=int(((status and status.capacity) or {}).get("pods", 0)),
        labels=about.labels or {},
        annotations=about.annotations or {},
        ready=conditions.get("Ready") == "True",
        unschedulable=bool(spec and spec.unschedulable),
    )


def _pod(item: CorePod) -> Pod:
    assert item.spec
    annotations = (item.metadata and item.metadata.annotations) or {}
    return Pod(item.spec.nodeName or "", bool(item.spec.hostNetwork), _BRANCH in annotations)
