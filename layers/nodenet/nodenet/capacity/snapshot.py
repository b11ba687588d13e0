"""A running cluster as a plan's document. Nothing is changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.document.model import PlanDocument
from nodenet.capacity.running import eni_configs, groups, networks, nodes, ownership, settings, subnets
from nodenet.capacity.running.nodes import PlannedNode
from nodenet.capacity.running.ports import CloudPort, KubernetesPort
from nodenet.capacity.running.reading import read
from nodenet.capacity.running.seen import Cluster, Seen
from nodenet.errors import PlanningError


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`notes`: what was left out, and what the document cannot say, a sentence each. `calls`: how often each API was
    called, by `service:Operation`, Kubernetes' by `kubernetes:verb resource`."""

    document: PlanDocument
    notes: tuple[str, ...]
    calls: Mapping[str, int]


def snapshot(cluster: Cluster, cloud: CloudPort, kubernetes: KubernetesPort) -> Snapshot:
    """What the cluster is now: PermissionsMissing names every permission that is missing, PlanningError says why a
    cluster cannot be planned for, Throttled that AWS or Kubernetes would not answer."""
    _refuse(cluster)
    seen = read(cluster, cloud, kubernetes, _subnet_ids)
    environment = _environment(seen)
    found = nodes.planned(seen)
    notes = tuple(_notes(seen, found, environment))
    if not found:
        raise PlanningError([f"cluster {cluster.name} has no node that the VPC CNI gives addresses", *notes])
    return Snapshot(_checked(_document(seen, found, environment)), notes, {**cloud.calls, **kubernetes.calls})


def _refuse(cluster: Cluster) -> None:
    if cluster.family != "ipv4":
        raise PlanningError(
            [f"cluster {cluster.name} is an IPv6 cluster: its pods take no IPv4 addresses, and /80s do not run out"]
        )


def _environment(seen: Seen) -> Mapping[str, str]:
    if seen.daemon_set is None:
        name = seen.cluster.name
        if seen.cluster.auto_mode:
            why = "AWS runs its nodes and their networking, which has none of the settings that a plan is about"
            raise PlanningError([f"cluster {name} is in EKS Auto Mode: {why}"])
        raise PlanningError([f"cluster {name} has no DaemonSet kube-system/aws-node: its CNI is not the VPC CNI"])
    if said := [f"{name} of aws-node: {wrong}" for name, wrong in settings.without_a_plan(seen.daemon_set)]:
        raise PlanningError(said)
    return seen.daemon_set.environment


def _checked(document: dict[str, Any]) -> PlanDocument:
    try:
        return PlanDocument.model_validate(document)
    except ValueError as error:  # pydantic's: AWS or Kubernetes showed what no document can say
        raise PlanningError([f"what the cluster shows fits in no document: {error}"]) from error


def _document(seen: Seen, found: tuple[PlannedNode, ...], environment: Mapping[str, str]) -> dict[str, Any]:
    ids = _instance_ids(found)
    ours = ownership.owned(seen, ids)
    document: dict[str, Any] = {
        "cluster": seen.cluster.name,
        "vpc": list(seen.cloud.vpc),
        "cni": settings.cni(environment),
        "subnets": subnets.subnets(seen, _subnet_ids(seen), ours, environment),
        "networks": networks.networks(seen, ids),
        "nodeGroups": groups.node_groups(found, networks.by_instance(seen, ids)),
    }
    if CniSettings.of(environment).custom_networking:
        document["eniConfigs"] = eni_configs.eni_configs(seen, found, environment)
    return {key: value for key, value in document.items() if value}


def _notes(seen: Seen, found: tuple[PlannedNode, ...], environment: Mapping[str, str]) -> Iterator[str]:
    ids = _instance_ids(found)
    yield from nodes.notes(seen)
    yield from networks.notes(seen, ids)
    yield from ownership.notes(seen, ids)
    yield from subnets.notes(seen, _subnet_ids(seen))
    if seen.daemon_set:
        yield from settings.notes(seen.daemon_set, seen.addon)
    if CniSettings.of(environment).custom_networking:
        yield from eni_configs.notes(seen, found, environment)


def _subnet_ids(seen: Seen) -> frozenset[str]:
    """Those where the planned nodes have something, or may come to have."""
    environment = _environment(seen)
    found, cni = nodes.planned(seen), CniSettings.of(environment)
    ours = ownership.owned(seen, _instance_ids(found))
    ids = {each.subnet_id for each in seen.cloud.interfaces if each.id in ours}
    ids |= {node.instance.subnet_id for node in found}
    if cni.custom_networking:
        configured = eni_configs.eni_configs(seen, found, environment)
        ids |= {subnet for some in configured.values() for subnet in some}
    elif cni.subnet_discovery:
        zones = {seen.cloud.subnets[node.instance.subnet_id].zone for node in found}
        ids |= subnets.discovered(seen, zones, environment)
    return frozenset(ids)


def _instance_ids(found: tuple[PlannedNode, ...]) -> frozenset[str]:
    return frozenset(node.instance.id for node in found)
