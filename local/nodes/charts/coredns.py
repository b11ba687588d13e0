"""CoreDNS: two replicas that the CNI gives addresses, with their budget and Service (EKS user guide, "CoreDNS")."""

from collections.abc import Mapping
from typing import Any

from local.nodes.charts.common import image, linux, service_account, thing

type Thing = dict[str, Any]

NAME, APP = "coredns", "kube-dns"
SELECTED = {"k8s-app": APP, "eks.amazonaws.com/component": NAME}
LABELS = {**SELECTED, "kubernetes.io/name": "CoreDNS"}
_PORTS = (("dns", 53, "UDP"), ("dns-tcp", 53, "TCP"), ("metrics", 9153, "TCP"))
_TOLERATIONS = [
    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
]


def objects(cluster: Any, version: str, role: str | None, values: Mapping[str, Any]) -> list[Thing]:
    """The service account, the Deployment, its PodDisruptionBudget and the Service kube-dns."""
    deployment = thing("apps/v1", "Deployment", NAME, LABELS)
    deployment["spec"] = {
        "replicas": int(values.get("replicaCount") or 2),
        "selector": {"matchLabels": SELECTED},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "template": {"metadata": {"labels": SELECTED}, "spec": _pod(cluster, version, values)},
    }
    budget = thing("policy/v1", "PodDisruptionBudget", NAME, LABELS)
    budget["spec"] = {"maxUnavailable": 1, "selector": {"matchLabels": SELECTED}}
    service = thing("v1", "Service", APP, {"k8s-app": APP, "kubernetes.io/name": "CoreDNS"})
    ports = [{"name": name, "port": port, "protocol": protocol} for name, port, protocol in _PORTS]
    service["spec"] = {"clusterIP": _address(cluster), "selector": {"k8s-app": APP}, "ports": ports}
    return [service_account(NAME, role, LABELS), deployment, budget, service]


def _pod(cluster: Any, version: str, values: Mapping[str, Any]) -> Thing:
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"k8s-app": APP}},
    }
    apart = {
        "weight": 100,
        "podAffinityTerm": {
            "labelSelector": {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": [APP]}]},
            "topologyKey": "kubernetes.io/hostname",
        },
    }
    return {
        "priorityClassName": "system-cluster-critical",
        "serviceAccountName": NAME,
        "dnsPolicy": "Default",
        "tolerations": values.get("tolerations") or _TOLERATIONS,
        "affinity": {
            **linux(("fargate",)),
            "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [apart]},
        },
        "topologySpreadConstraints": [spread],
        "containers": [
            {
                "name": NAME,
                "image": image(cluster, "eks/coredns", version),
                "args": ["-conf", "/etc/coredns/Corefile"],
                "ports": [{"name": n, "containerPort": port, "protocol": p} for n, port, p in _PORTS],
                "resources": values.get("resources")
                or {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
            }
        ],
    }


def _address(cluster: Any) -> str:
    """The tenth of the service range (EKS user guide, "View the Kubernetes service IPv4 range")."""
    given = getattr(cluster, "kubernetes_network_config", None) or {}
    text = given.get("serviceIpv4Cidr") if isinstance(given, dict) else None
    return f"{(text or '10.100.0.0/16').partition('/')[0].rpartition('.')[0]}.10"
