"""The agent as a DaemonSet: for nodes that have no user data of ours (Bottlerocket), and on every node for what needs
Kubernetes: it takes the taint off, and claims floating addresses."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from node.manifests import volumes
from node.manifests.access import grant, service_account
from node.manifests.images import Images
from node.manifests.names import (
    AGENT,
    CNI_PLUGINS,
    GROUP_LABEL,
    MULTUS_CNI_CONFIG,
    NETWORKS_JSON,
    RUNTIME_CNI_CONFIG,
    Document,
    labels,
)
from node.manifests.networks import networks_json
from node.manifests.volumes import config_map, host
from nodenet.configuration.resolved import ResolvedGroup

NAME: Final = "nodenet-agent"

_SYSCTL: Final = "/host/proc/sys/net"
"""A container's own /proc/sys is read-only. The node's, seen beside it, can be written to with NET_ADMIN alone, and is
that of the network namespace of whoever opens it (proc_sysctl.c in the kernel): the node's, by hostNetwork."""

_OPTIONS: Final = ("--sysctl-dir", _SYSCTL)

_EVERYWHERE: Final = (
    # Its own node: the taint to take off, and the instance's id.
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "patch"]},
    # The pods on it: who holds which floating address.
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
)

_EVENTS: Final = ({"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},)
"""Why the node is not ready: events of nodes, which have no namespace, are in `default`."""


def agent_access(*, namespace: str = "kube-system", iam_role: str = "") -> Sequence[Document]:
    """The service account of all the agent's DaemonSets. `iam_role` is the ARN of a role that may put events on the
    bus of claims, where IAM roles for service accounts give it; empty for EKS Pod Identity, or without floating
    addresses."""
    return [
        service_account(NAME, namespace, iam_role=iam_role),
        *grant(NAME, namespace, _EVERYWHERE),
        *grant(NAME, namespace, _EVENTS, within="default"),
    ]


def agent_daemon_set(
    cluster: str,
    group: ResolvedGroup,
    images: Images,
    *,
    name: str,
    node_selector: Mapping[str, str],
    namespace: str = "kube-system",
) -> Sequence[Document]:
    """ConfigMap and DaemonSet for the nodes of one group, which `node_selector` finds by their labels.

    `name`, such as `upf`, tells several groups apart. A changed ConfigMap rolls the pods.
    """
    full = f"{NAME}-{name}"
    told = networks_json(cluster, group)
    marks = labels(NAME) | {GROUP_LABEL: name}
    metadata = {"name": full, "namespace": namespace, "labels": marks}
    digest = hashlib.sha256(told.encode()).hexdigest()
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"networks.json": told}},
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": metadata,
            "spec": {
                "selector": {"matchLabels": {"app.kubernetes.io/name": NAME, GROUP_LABEL: name}},
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
                "template": {
                    "metadata": {"labels": marks, "annotations": {"nodenet/networks-sha256": digest}},
                    "spec": _pod(full, images.agent, node_selector),
                },
            },
        },
    ]


def _pod(config: str, image: str, node_selector: Mapping[str, str]) -> Document:
    mounted = [
        config_map("networks", NETWORKS_JSON.rpartition("/")[0], config),
        host("networks-config", MULTUS_CNI_CONFIG, kind="DirectoryOrCreate"),
        host("runtime-config", RUNTIME_CNI_CONFIG, read_only=True),
        host("plugins", CNI_PLUGINS, read_only=True),
        host("networkd", "/run/systemd/network", kind="DirectoryOrCreate"),
        # What it has claimed, of which EC2 keeps the addresses over a reboot.
        host("state", "/var/lib/nodenet", kind="DirectoryOrCreate"),
        # Which routing tables have a name on the node: the unit and the daemon must come to the same numbers.
        host("tables", "/etc/iproute2", kind="DirectoryOrCreate", read_only=True),
        host("sysctl", "/proc/sys/net", at=_SYSCTL),
    ]
    return {
        "serviceAccountName": NAME,
        "priorityClassName": "system-node-critical",
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 10,
        "tolerations": [{"operator": "Exists"}],
        "nodeSelector": {"kubernetes.io/os": "linux", **node_selector},
        "containers": [
            {
                "name": NAME,
                "image": image,
                "args": ["daemon", *_OPTIONS],
                "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
                "securityContext": {
                    "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                },
                # Not ready is what people look at; only a fault that stays ten minutes is worth a fresh start.
                "readinessProbe": _probe(period=30, failures=1),
                "livenessProbe": _probe(period=60, failures=10),
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "volumeMounts": volumes.mounts(mounted),
            }
        ],
        "volumes": volumes.sources(mounted),
    }


def _probe(*, period: int, failures: int) -> Document:
    return {
        "exec": {"command": [AGENT, "check", *_OPTIONS]},
        "periodSeconds": period,
        "timeoutSeconds": 10,
        "failureThreshold": failures,
    }
