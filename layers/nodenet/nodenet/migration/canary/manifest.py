"""The pods that try a network out. Pure: what they are to be in, a manifest out."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from nodenet.migration.cluster import UNVERIFIED, Node

type Manifest = dict[str, Any]

NAMESPACE: Final = "nodenet-canary"
PORT: Final = 8080
FAILED: Final = 1
"""The exit code of a check that did not pass; others are not probing.py's."""

_SCRIPT: Final = files(__package__).joinpath("probing.py").read_text(encoding="utf-8")
_AUTHORITY: Final = "/etc/nodenet/authority"
_CONTAINER: Final = "probing"
_MOST_NODES: Final = 100
_POLICIES: Final = 10
"""Seconds until network policies hold for a new pod. Until then everything is allowed to it where the VPC CNI enforces
them (`standard` of NETWORK_POLICY_ENFORCING_MODE, README of amazon-vpc-cni-k8s)."""

_PASSING_TAINTS: Final = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
_UNSCHEDULABLE: Final = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}
_OF_ITS_OWNER: Final = frozenset(
    {
        *("pod-template-hash", "controller-revision-hash", "pod-template-generation", "controller-uid", "job-name"),
        *("statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"),
        *("batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid"),
        "batch.kubernetes.io/job-completion-index",
    }
)
"""Labels that controllers put on each pod ("Well-Known Labels, Annotations and Taints", Kubernetes documentation)."""


@dataclass(frozen=True, slots=True)
class Check:
    """`kind`: dns, readyz, tcp; the latter of `host` and `port`, the first of `host`. `name` is its result's."""

    name: str
    kind: str
    host: str = ""
    port: int = 0


def tcp(host: str, port: int) -> Check:
    return Check(f"{host}:{port}", "tcp", host, port)


OWN: Final = (Check("dns", "dns", "kubernetes.default.svc"), Check("readyz", "readyz"))


def digest(*parts: object) -> str:
    """Short, the same for the same parts: for names that a repeated call finds again."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:10]


def canary(
    name: str, image: str, nodes: Sequence[Node], checks: Sequence[Check], deadline: int, *, serves: bool
) -> Manifest:
    """A Job whose pod makes these checks on one of the nodes; it `serves` afterwards until it is stopped, and is ready
    then, or else ends. A check that fails fails the Job; a pod that was lost with its node is started again ("Pod
    failure policy"). `deadline` in seconds."""
    rules = [
        {"action": "FailJob", "onExitCodes": {"containerName": _CONTAINER, "operator": "In", "values": [FAILED]}},
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
    ]
    labels = {"app.kubernetes.io/name": "nodenet-canary", "app.kubernetes.io/managed-by": "nodenet"}
    spec = _pod(image, nodes, _config(checks, patience=30, delay=0, strict=True, serve=PORT if serves else 0))
    spec["volumes"] = [{"name": "authority", "configMap": {"name": "kube-root-ca.crt"}}]
    spec["containers"][0]["volumeMounts"] = [{"name": "authority", "mountPath": _AUTHORITY, "readOnly": True}]
    if serves:
        spec["containers"][0] |= {
            "ports": [{"containerPort": PORT}],
            "readinessProbe": {"httpGet": {"path": "/", "port": PORT}, "periodSeconds": 2, "timeoutSeconds": 3},
        }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": deadline,
            "ttlSecondsAfterFinished": 600,
            "podFailurePolicy": {"rules": rules},
            "template": {"metadata": {"labels": {**labels, **_NO_MESH}, "annotations": dict(_ALONE)}, "spec": spec},
        },
    }


def probe(
    name: str, namespace: str, like: Mapping[str, str], image: str, nodes: Sequence[Node], checks: Sequence[Check]
) -> Manifest:
    """A pod that network policies take for one with the labels `like`, and nobody else does.

    It is never ready, since nobody opens its gate, so that no Service sends it anything. It has no controller: a Job's
    pods stop the disruption budgets that select them ("jobs.batch does not implement the scale subresource", kubernetes
    pkg/controller/disruption), while pods without one are left out of the count. A ReplicaSet or DaemonSet that takes
    it for its own deletes it first, being unready and the youngest. An ephemeral container in a pod that serves would
    be seen by nobody either, but needs the right to run anything in any pod, and can never be taken out again.
    """
    spec = _pod(image, nodes, _config(checks, patience=15, delay=_POLICIES, strict=False, serve=0))
    labels = {key: value for key, value in like.items() if key not in _OF_ITS_OWNER}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": dict(_ALONE)},
        "spec": {**spec, "activeDeadlineSeconds": 300, "readinessGates": [{"conditionType": "nodenet/probe"}]},
    }


_NO_MESH: Final = {"sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled"}
_ALONE: Final = {**_NO_MESH, "karpenter.sh/do-not-disrupt": "true"}


def _config(checks: Sequence[Check], *, patience: int, delay: int, strict: bool, serve: int) -> str:
    told = [
        {
            "name": each.name,
            "kind": each.kind,
            "host": each.host,
            "port": each.port,
            "authority": f"{_AUTHORITY}/ca.crt",
        }
        for each in checks
    ]
    return json.dumps({"checks": told, "delay": delay, "patience": patience, "strict": strict, "serve": serve})


def _pod(image: str, nodes: Sequence[Node], config: str) -> Manifest:
    """Fit for a namespace of the level restricted ("Pod Security Standards")."""
    container = {
        "name": _CONTAINER,
        "image": image,
        "command": ["python3", "-c", _SCRIPT, config],
        "env": [{"name": "PYTHONDONTWRITEBYTECODE", "value": "1"}],
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"cpu": "500m", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    terms = [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node.name]}]}
        for node in nodes[:_MOST_NODES]
    ]
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 5,
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}},
        "tolerations": _tolerations(nodes),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "runAsGroup": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }


def _tolerations(nodes: Collection[Node]) -> list[Manifest]:
    """Of what nodes are tainted with by their owners, not of what befalls them; of a cordon, where they have one."""
    pairs = {(UNVERIFIED, "NoSchedule")} | {
        (taint.key, taint.effect)
        for node in nodes
        for taint in node.taints
        if not taint.key.startswith(_PASSING_TAINTS)
    }
    found: list[Manifest] = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in sorted(pairs)]
    return [*found, dict(_UNSCHEDULABLE)] if any(node.unschedulable for node in nodes) else found
