"""What the objects of all add-ons have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

type Thing = dict[str, Any]

NAMESPACE = "kube-system"
ROLE = "eks.amazonaws.com/role-arn"
REGISTRY = "602401143452.dkr.ecr.{region}.amazonaws.com"
ANYWHERE = [{"operator": "Exists"}]


def thing(api: str, kind: str, name: str, labels: Mapping[str, str] | None = None, **rest: Any) -> Thing:
    """An object in kube-system."""
    about: Thing = {"name": name, "namespace": NAMESPACE} | ({"labels": dict(labels)} if labels else {})
    return {"apiVersion": api, "kind": kind, "metadata": about, **rest}


def service_account(name: str, role: str | None, labels: Mapping[str, str]) -> Thing:
    """With the role of its pods, where one is given (EKS user guide, "IAM roles for service accounts")."""
    account = thing("v1", "ServiceAccount", name, labels)
    if role:
        account["metadata"]["annotations"] = {ROLE: role}
    return account


def linux(compute: Sequence[str] = ("fargate", "hybrid", "auto")) -> Thing:
    """Node affinity of EKS's own DaemonSets."""
    terms = [
        {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]},
        {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": list(compute)},
    ]
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": terms}]}
        }
    }


def environment(values: Mapping[str, str]) -> list[Thing]:
    return [{"name": name, "value": value} for name, value in sorted(values.items())]


def image(cluster: Any, name: str, version: str) -> str:
    return f"{REGISTRY.format(region=cluster.arn.split(':')[3])}/{name}:{version}"
