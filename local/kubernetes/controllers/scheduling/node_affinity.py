"""Which nodes a pod wants by their labels and names ("Assigning Pods to Nodes"; component-helpers,
scheduling/corev1/nodeaffinity)."""

from collections.abc import Mapping
from typing import Any

from local.kubernetes.controllers.labels import satisfies
from local.kubernetes.things import Thing


def fits(pod: Thing, node: Thing) -> bool:
    """spec.nodeSelector and the required node affinity; `pod` may be a template."""
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
        return False
    required = _affinity(pod).get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or selects(required, node)


def selects(selector: Mapping[str, Any], node: Thing) -> bool:
    """A NodeSelector: one of its terms must hold; an empty term selects nothing."""
    return any(_holds(term, node) for term in selector.get("nodeSelectorTerms") or ())


def preference(pod: Thing, node: Thing) -> int:
    """The sum of the weights of preferred terms that hold."""
    terms = _affinity(pod).get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return sum(int(each["weight"]) for each in terms if _holds(each["preference"], node))


def _affinity(pod: Thing) -> Mapping[str, Any]:
    return (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}


def _holds(term: Mapping[str, Any], node: Thing) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    by_name = {"metadata.name": node["metadata"]["name"]}
    return satisfies(expressions, node["metadata"].get("labels") or {}) and satisfies(fields, by_name)
