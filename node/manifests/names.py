"""Names and places that the manifests share with the agent and with Multus."""

from typing import Any, Final

type Document = dict[str, Any]
"""A Kubernetes object, or a part of one."""

NETWORKS_JSON: Final = "/etc/nodenet/networks.json"
"""What the agent is told of its node's networks."""

AGENT: Final = "/usr/local/bin/nodenet-agent"

UNIT: Final = "nodenet-agent.service"

MULTUS_CNI_CONFIG: Final = "/etc/cni/multus/net.d"
"""Where Multus, and not the container runtime, reads CNI files (its own default: multus-cni, pkg/types/conf.go)."""

RUNTIME_CNI_CONFIG: Final = "/etc/cni/net.d"
"""Where the container runtime takes the first file. Nothing of nodenet's is ever there: it would make a node Ready
before the VPC CNI works."""

CNI_PLUGINS: Final = "/opt/cni/bin"

TAINT: Final = "nodenet/network-not-ready"
"""Keeps pods off a node until its networks work. The agent's DaemonSet takes it off: NodeRestriction forbids a
kubelet to take taints from its own node (Kubernetes, "Using Node Authorization")."""

GROUP_LABEL: Final = "nodenet/group"
"""On an agent's DaemonSet and its pods: whose networks it has been told."""

PART_OF: Final = {"app.kubernetes.io/part-of": "nodenet"}


def labels(name: str) -> dict[str, str]:
    """The labels of an object of this name."""
    return {"app.kubernetes.io/name": name} | PART_OF
