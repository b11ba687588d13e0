"""What each step of a migration may do in a cluster: roles for groups, which access entries give to the functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from nodenet.kubernetes.access import GIVEN, Need, needed_by
from nodenet.kubernetes.bindings import Bindings
from nodenet.kubernetes.canaries import LABELS, NAMESPACE, Canaries
from nodenet.kubernetes.karpenter import Karpenter
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.probe_pods import ProbePods
from nodenet.kubernetes.survey import QUESTIONS
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.kubernetes.workloads import Workloads

type Document = dict[str, Any]

PROBES: Final = "nodenet-probes"
_API: Final = "rbac.authorization.k8s.io"
_LABELS: Final = {"app.kubernetes.io/managed-by": "nodenet"}

STEPS: Final[Mapping[str, Sequence[Callable[..., object]]]] = {
    "preflight": QUESTIONS,
    "probe": (Nodes.nodes, Pods.pods, Workloads.workloads, ProbePods.start, ProbePods.pod, ProbePods.delete),
    "apply_eni_configs": (VpcCni.eni_configs, VpcCni.apply_eni_config, VpcCni.delete_eni_config),
    "quiet": (Workloads.deployments, Workloads.scale, Workloads.set_scale, Karpenter.node_pools, Karpenter.set_budgets),
    "cordon": (Nodes.nodes, Nodes.cordon, Nodes.uncordon, Nodes.label),
    "switch_cni": (Nodes.nodes, VpcCni.daemon_set, VpcCni.set_environment, VpcCni.eni_configs, VpcCni.agents),
    "new_group": (Nodes.nodes, Nodes.taint, Nodes.untaint, Nodes.uncordon, Pods.pods, VpcCni.daemon_set),
    "canary": (
        *(Nodes.nodes, Pods.pods, Canaries.prepare, Canaries.start, Canaries.job, Canaries.pods, Canaries.proxy),
        Canaries.clear,
    ),
    "admit": (Nodes.nodes, Nodes.untaint),
    "next_batch": (
        *(Nodes.nodes, Nodes.cordon, Nodes.label, Pods.pods, Workloads.workloads),
        *(Bindings.bindings, Bindings.selectors),
    ),
    "drain_node": (
        *(Nodes.nodes, Nodes.node, Nodes.cordon),
        *(Pods.pods, Pods.evict, Pods.delete, Pods.attached, Pods.volumes),
    ),
    "settle_batch": (Nodes.nodes, Pods.pods, Workloads.workloads, Bindings.bindings, Bindings.selectors),
    "exchange": (Nodes.nodes,),
    "verify": (
        *(Nodes.nodes, Pods.pods, Workloads.workloads, Bindings.bindings, Bindings.selectors),
        *(ProbePods.start, ProbePods.pod, ProbePods.delete),
    ),
    "old_group": (Nodes.nodes, Pods.pods),
}
"""The methods that each step calls, forward and back."""


def group(step: str) -> str:
    """The Kubernetes group of the step's function, and the name of its roles."""
    return f"nodenet-{step.replace('_', '-')}"


def cluster_role(step: str) -> Document:
    """What the step needs in the whole cluster."""
    return _role(step, "")


def manifest() -> list[Document]:
    """The roles of every step and their bindings, and the namespace in which canaries run. Access entries of EKS put
    the functions' IAM roles into the groups."""
    namespace: Document = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": dict(LABELS)},
    }
    return [namespace, probes_role(), *(document for step in STEPS for document in _documents(step))]


def probes_role() -> Document:
    """What probes of network policies need in their namespaces. It is bound by nobody: whoever owns such a namespace
    binds it there, to the groups of the steps that probe, since who makes pods has what their service accounts have."""
    given = [need for methods in STEPS.values() for method in methods for need in needed_by(method)]
    return {
        "apiVersion": f"{_API}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": PROBES, "labels": dict(_LABELS)},
        "rules": _rules([need for need in given if need.namespace == GIVEN]),
    }


def _documents(step: str) -> Iterable[Document]:
    for where in sorted({each.namespace for each in _needs(step)}):
        role = _role(step, where)
        yield role
        yield {
            "apiVersion": f"{_API}/v1",
            "kind": f"{role['kind']}Binding",
            "metadata": dict(role["metadata"]),
            "roleRef": {"apiGroup": _API, "kind": role["kind"], "name": group(step)},
            "subjects": [{"apiGroup": _API, "kind": "Group", "name": group(step)}],
        }


def _role(step: str, namespace: str) -> Document:
    about: Document = {"name": group(step), **({"namespace": namespace} if namespace else {}), "labels": dict(_LABELS)}
    return {
        "apiVersion": f"{_API}/v1",
        "kind": "Role" if namespace else "ClusterRole",
        "metadata": about,
        "rules": _rules([each for each in _needs(step) if each.namespace == namespace]),
    }


def _needs(step: str) -> list[Need]:
    """But for those within a namespace that are given in the whole cluster too."""
    every = [need for method in STEPS[step] for need in needed_by(method) if need.namespace != GIVEN]
    wide = {(need.group, need.resource, verb) for need in every if not need.namespace for verb in need.verbs}
    return [
        need
        for need in every
        if not need.namespace or any((need.group, need.resource, verb) not in wide for verb in need.verbs)
    ]


def _rules(needs: Iterable[Need]) -> list[Document]:
    """One for each set of verbs in a group of the API; names are those of objects."""
    verbs: dict[tuple[str, str, tuple[str, ...]], set[str]] = {}
    for need in needs:
        verbs.setdefault((need.group, need.resource, need.names), set()).update(need.verbs)
    resources: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (group_, resource, names), used in sorted(verbs.items()):
        resources.setdefault((group_, names, tuple(sorted(used))), []).append(resource)
    return [
        {
            "apiGroups": [group_],
            "resources": found,
            **({"resourceNames": list(names)} if names else {}),
            "verbs": list(used),
        }
        for (group_, names, used), found in resources.items()
    ]
