"""What EKS's networking add-ons put into a cluster, by the values that they are configured with."""

from collections.abc import Callable, Mapping
from typing import Any

from local.nodes.charts import aws_node, coredns, kube_proxy

type Thing = dict[str, Any]

CHARTS: Mapping[str, Callable[[Any, str, str | None, Mapping[str, Any]], list[Thing]]] = {
    "vpc-cni": aws_node.objects,
    "kube-proxy": kube_proxy.objects,
    "coredns": coredns.objects,
}
"""By the add-on's name: (EKS's model of the cluster, version, the service account's role, values) to objects."""
