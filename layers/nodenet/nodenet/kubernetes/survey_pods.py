"""From nodes, pods, budgets and volumes to what a preflight looks at."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lightkube.utils.quantity import parse_quantity

from nodenet.kubernetes import survey_kinds as kinds
from nodenet.kubernetes.kinds import holds
from nodenet.kubernetes.workload_kinds import Budget as BudgetObject
from nodenet.migration.cluster import Owner, Taint
from nodenet.migration.preflight.seen_kubernetes import Budget, Claim, Node, Pod
from nodenet.migration.preflight.selectors import Requirement, Selector

_MIRROR: Final = "kubernetes.io/config.mirror"
_BRANCH: Final = "vpc.amazonaws.com/pod-eni"
_ZONES: Final = (
    "topology.kubernetes.io/zone",
    "topology.ebs.csi.aws.com/zone",
    "failure-domain.beta.kubernetes.io/zone",
)
_HOST: Final = "kubernetes.io/hostname"
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"


def node(item: kinds.Node) -> Node:
    about, labels, status = item.metadata, item.metadata.labels or {}, item.status
    zone, instance = _place(item.spec.provider_id)
    allocatable = status.allocatable or {}
    return Node(
        name=about.name,
        uid=about.uid,
        instance_id=instance,
        zone=zone,
        labels=labels,
        annotations=about.annotations or {},
        taints=tuple(
            Taint(each.get("key", ""), each.get("effect", ""), each.get("value", "")) for each in item.spec.taints or ()
        ),
        unschedulable=item.spec.unschedulable,
        ready=holds(status.conditions, "Ready"),
        max_pods=int(parse_quantity((status.capacity or {}).get("pods", "0")) or 0),
        address=next((each.address for each in status.addresses or () if each.type == "InternalIP"), ""),
        instance_type=labels.get("node.kubernetes.io/instance-type", ""),
        provider_id=item.spec.provider_id,
        cpu=_cpu(allocatable.get("cpu", "0")),
        memory=_memory(allocatable.get("memory", "0")),
    )


def pod(item: kinds.Pod, owner: Owner | None) -> Pod:
    about, spec, status = item.metadata, item.spec, item.status
    volumes = spec.volumes or ()
    claims = [each.claim.name for each in volumes if each.claim]
    # The claim of an ephemeral volume is named so ("Ephemeral Volumes", PersistentVolumeClaim naming).
    claims += [f"{about.name}-{each.name}" for each in volumes if each.ephemeral is not None]
    annotations = about.annotations or {}
    requests = [each.resources.requests or {} for each in spec.containers or ()]
    return Pod(
        namespace=about.namespace,
        name=about.name,
        uid=about.uid,
        node=spec.node,
        owner=owner,
        address=status.address,
        phase=status.phase,
        ready=holds(status.conditions, "Ready"),
        terminating=bool(about.deleted),
        host_network=spec.host_network,
        mirror=_MIRROR in annotations,
        empty_dir=any(each.empty_dir is not None for each in volumes),
        claims=tuple(claims),
        gates=tuple(each.type for each in spec.gates or ()),
        labels=about.labels or {},
        node_selector=spec.node_selector or {},
        cpu=None if any("cpu" not in each for each in requests) else sum(_cpu(each["cpu"]) for each in requests),
        memory=None
        if any("memory" not in each for each in requests)
        else sum(_memory(each["memory"]) for each in requests),
        branch=_BRANCH in annotations,
        wants=_wants(spec),
        apart=_apart(spec.affinity or {}),
    )


def budget(item: BudgetObject) -> Budget:
    """A selector that is empty chooses every pod of its namespace, none at all no pod (policy/v1)."""
    selector, status = item.spec.selector, item.status
    labels = (selector.labels if selector else None) or {}
    expressions = (selector.expressions if selector else None) or ()
    chooses = Selector(labels, tuple(_requirement(each) for each in expressions)) if selector is not None else None
    return Budget(
        namespace=item.metadata.namespace,
        name=item.metadata.name,
        allowed=status.allowed,
        current_healthy=status.current,
        desired_healthy=status.desired,
        expected=status.expected,
        selector=labels,
        expressions=bool(expressions) or not labels,
        chooses=chooses,
    )


def claim(item: kinds.Claim, volume: kinds.PersistentVolume | None) -> Claim:
    spec = volume.spec if volume else kinds.VolumeSpec()
    terms = ((spec.affinity or {}).get("required") or {}).get("nodeSelectorTerms") or ()
    wanted = dict(_values(terms))
    return Claim(
        namespace=item.metadata.namespace,
        name=item.metadata.name,
        volume=item.spec.volume,
        zones=next((wanted[key] for key in _ZONES if key in wanted), ()),
        hosts=wanted.get(_HOST, ()),
        local=spec.local is not None or spec.host_path is not None,
        driver=spec.csi.driver if spec.csi else "",
    )


def _wants(spec: kinds.PodSpec) -> Mapping[str, tuple[str, ...]]:
    """nodeSelector and what every term of the required node affinity, of which one has to hold, names with In."""
    affinity = ((spec.affinity or {}).get("nodeAffinity") or {}).get(_REQUIRED) or {}
    terms = affinity.get("nodeSelectorTerms") or ()
    found = {key: (value,) for key, value in (spec.node_selector or {}).items()}
    return {**dict(_values(terms)), **found}


def _values(terms: Iterable[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Keys that each term restricts by In, with the values of all terms."""
    restricted = [
        {
            each["key"]: tuple(each.get("values") or ())
            for each in term.get("matchExpressions") or ()
            if each["operator"] == "In"
        }
        for term in terms
    ]
    if restricted:
        for key in set.intersection(*(set(each) for each in restricted)):
            yield key, tuple(dict.fromkeys(value for each in restricted for value in each[key]))


def _apart(affinity: Mapping[str, Any]) -> bool:
    terms = (affinity.get("podAntiAffinity") or {}).get(_REQUIRED) or ()
    return any(each.get("topologyKey") == _HOST for each in terms)


def _requirement(item: Mapping[str, Any]) -> Requirement:
    return Requirement(item["key"], item["operator"], tuple(item.get("values") or ()))


def _place(provider_id: str) -> tuple[str, str]:
    """Zone and instance of `aws:///<zone>/<instance>`; empty both for other providers' ids."""
    kind, _, rest = provider_id.partition(":///")
    zone, _, instance = rest.partition("/")
    return (zone, instance) if kind == "aws" and instance.startswith("i-") else ("", "")


def _cpu(text: str) -> int:
    """Thousandths of a core."""
    return int((parse_quantity(text) or 0) * 1000)


def _memory(text: str) -> int:
    return int(parse_quantity(text) or 0)
