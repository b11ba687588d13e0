"""kube-proxy's DaemonSet, as EKS installs it (EKS user guide, "kube-proxy")."""

from collections.abc import Mapping
from typing import Any

from local.nodes.charts.common import ANYWHERE, image, linux, service_account, thing

NAME = "kube-proxy"
LABELS = {"k8s-app": NAME, "eks.amazonaws.com/component": NAME}


def objects(cluster: Any, version: str, role: str | None, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The service account and the DaemonSet."""
    daemons = thing("apps/v1", "DaemonSet", NAME, LABELS)
    daemons["spec"] = {
        "selector": {"matchLabels": {"k8s-app": NAME}},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
        "template": {
            "metadata": {"labels": {"k8s-app": NAME}},
            "spec": {
                "priorityClassName": "system-node-critical",
                "serviceAccountName": NAME,
                "hostNetwork": True,
                "tolerations": ANYWHERE,
                "affinity": linux(("fargate", "auto")),
                "containers": [
                    {
                        "name": NAME,
                        "image": image(cluster, "eks/kube-proxy", version),
                        "command": [NAME, "--v=2", "--config=/var/lib/kube-proxy-config/config"],
                        "resources": values.get("resources") or {"requests": {"cpu": "100m"}},
                        "securityContext": {"privileged": True},
                    }
                ],
            },
        },
    }
    return [service_account(NAME, role, LABELS), daemons]
