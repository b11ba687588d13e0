"""Sample applications on extra networks: two pods on two nodes that answer pings, and say from where they were called.

ping.sh beside this file calls between them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from node.manifests.images import Images
from node.manifests.names import Document, labels

NETWORKS_ANNOTATION: Final = "k8s.v1.cni.cncf.io/networks"

PORT: Final = 7000

ANSWER: Final = f"exec tcpsvd :: {PORT} sh -c 'echo \"$TCPREMOTEADDR\"'"
"""busybox's tcpsvd tells the program that it starts who calls, in both families."""


def sample(
    name: str,
    networks: Sequence[str],
    images: Images,
    *,
    namespace: str = "default",
    node_selector: Mapping[str, str] | None = None,
) -> Document:
    """A Deployment whose pods have eth0 and one interface more for each network, `net1`, `net2` and so on.

    Its networks' attachment definitions are in the same namespace. `node_selector` finds nodes that have the networks.
    """
    marks = labels(name)
    metadata = {"name": name, "namespace": namespace, "labels": marks}
    selector = {"matchLabels": {"app.kubernetes.io/name": name}}
    pod = _pod(images.sample, selector, node_selector or {})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 2,
            "selector": selector,
            "template": {
                "metadata": {"labels": marks, "annotations": {NETWORKS_ANNOTATION: ", ".join(networks)}},
                "spec": pod,
            },
        },
    }


def _pod(image: str, selector: Mapping[str, Any], node_selector: Mapping[str, str]) -> Document:
    return {
        "nodeSelector": {"kubernetes.io/os": "linux", **node_selector},
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"labelSelector": dict(selector), "topologyKey": "kubernetes.io/hostname"}
                ]
            }
        },
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,
        "containers": [
            {
                "name": "answer",
                "image": image,
                "command": ["sh", "-c", ANSWER],
                "ports": [{"name": "answer", "containerPort": PORT}],
                "readinessProbe": {"tcpSocket": {"port": "answer"}},
                "resources": {"requests": {"cpu": "10m", "memory": "8Mi"}, "limits": {"memory": "32Mi"}},
                "securityContext": {
                    "capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]},
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                },
            }
        ],
    }
