"""Multus, by which pods get more than one interface: the thick plugin, with its CNI files where nodenet's agent puts
them.

It differs from the manifest that multus-cni ships (deployments/multus-daemonset-thick.yml) in what makes it safe on
EKS: the VPC CNI's own file is the cluster network by name, so that no other can become it; nothing is written until
that file is there, so that a node whose VPC CNI is not up stays not Ready; and a service account that may do only what
Multus does. The thick plugin, since it waits for that file (the thin one ends, and is started again ever more slowly),
keeps its token fresh, and asks the API server once for a node and not once for a pod.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from node.manifests import volumes
from node.manifests.access import grant, service_account
from node.manifests.attachments import GROUP
from node.manifests.images import Images
from node.manifests.names import CNI_PLUGINS, MULTUS_CNI_CONFIG, RUNTIME_CNI_CONFIG, Document, labels
from node.manifests.volumes import Volume, config_map, host

NAME: Final = "multus"

CLUSTER_NETWORK: Final = "10-aws.conflist"
"""What aws-node writes once it works (amazon-vpc-cni-k8s, cmd/aws-vpc-cni/main.go)."""

_HOST: Final = "/host"

_RULES: Final = (
    {"apiGroups": [GROUP], "resources": ["network-attachment-definitions"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods/status"], "verbs": ["update"]},
    {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"]},
    {"apiGroups": ["resource.k8s.io"], "resources": ["resourceclaims", "resourceslices"], "verbs": ["get", "list"]},
)

_PLUGINS: Final = host("plugins", CNI_PLUGINS)

_VOLUMES: Final[Sequence[Volume]] = (
    config_map("config", f"{RUNTIME_CNI_CONFIG}/multus.d", NAME),
    host("runtime-config", RUNTIME_CNI_CONFIG, at=_HOST + RUNTIME_CNI_CONFIG),
    host("networks-config", MULTUS_CNI_CONFIG, kind="DirectoryOrCreate", read_only=True),
    # The daemon and the plugins that it starts below /hostroot must find them at one path.
    _PLUGINS,
    host("root", "/", at="/hostroot", propagation="HostToContainer"),
    host("run", "/run", at=_HOST + "/run"),
    host("netns", "/run/netns", kind="DirectoryOrCreate", propagation="HostToContainer"),
    host("device-info", "/run/k8s.cni.cncf.io", kind="DirectoryOrCreate"),
    host("state", "/var/lib/cni/multus", kind="DirectoryOrCreate"),
    host("kubelet", "/var/lib/kubelet", propagation="HostToContainer"),
)


def multus(images: Images, *, namespace: str = "kube-system") -> Sequence[Document]:
    """Everything of Multus but its resource definition."""
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels(NAME)},
        "data": {"daemon-config.json": json.dumps(daemon_config(), indent=2) + "\n"},
    }
    return [
        service_account(NAME, namespace),
        *grant(NAME, namespace, _RULES),
        config,
        _daemon_set(images, namespace),
    ]


def daemon_config() -> dict[str, Any]:
    """Of multus-daemon (multus-cni, docs/thick-plugin.md); paths are the container's."""
    runtime = _HOST + RUNTIME_CNI_CONFIG
    return {
        "chrootDir": "/hostroot",
        "cniVersion": "0.3.1",
        "confDir": MULTUS_CNI_CONFIG,
        "cniConfigDir": runtime,
        "multusAutoconfigDir": runtime,
        "multusConfigFile": "auto",
        "multusMasterCNI": CLUSTER_NETWORK,
        "readinessindicatorfile": f"{runtime}/{CLUSTER_NETWORK}",
        "socketDir": _HOST + "/run/multus/",
        "logToStderr": True,
        "logLevel": "error",
    }


def _daemon_set(images: Images, namespace: str) -> Document:
    selector = {"app.kubernetes.io/name": NAME}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels(NAME)},
        "spec": {
            "selector": {"matchLabels": selector},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
            "template": {"metadata": {"labels": labels(NAME)}, "spec": _pod(images)},
        },
    }


def _pod(images: Images) -> Document:
    privileged = {"privileged": True}
    small = {"requests": {"cpu": "10m", "memory": "16Mi"}}
    return {
        "serviceAccountName": NAME,
        "priorityClassName": "system-node-critical",
        "hostNetwork": True,
        "hostPID": True,
        "terminationGracePeriodSeconds": 10,
        "tolerations": [{"operator": "Exists"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "affinity": {"nodeAffinity": _NOT_FARGATE},
        "initContainers": [
            {
                "name": "install",
                "image": images.multus,
                "command": ["/usr/src/multus-cni/bin/install_multus"],
                "args": ["--type", "thick", "--dest-dir", CNI_PLUGINS],
                "resources": small,
                "securityContext": privileged,
                "volumeMounts": volumes.mounts([_PLUGINS]),
            }
        ],
        "containers": [
            {
                "name": NAME,
                "image": images.multus,
                "command": ["/usr/src/multus-cni/bin/multus-daemon"],
                "env": [{"name": "MULTUS_NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                "securityContext": privileged,
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "volumeMounts": volumes.mounts(_VOLUMES),
            }
        ],
        "volumes": volumes.sources(_VOLUMES),
    }


_NOT_FARGATE: Final[Document] = {
    "requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [
            {
                "matchExpressions": [
                    {
                        "key": "eks.amazonaws.com/compute-type",
                        "operator": "NotIn",
                        "values": ["fargate", "hybrid", "auto"],
                    }
                ]
            }
        ]
    }
}
"""Nodes without the VPC CNI's file, as aws-node's own manifest leaves them out."""
