"""What follows from a first reading: what is asked for by name then, and what the planner looks at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nodenet.capacity.fleet import Reservation
from nodenet.capacity.running import seen as running
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.preflight.seen_aws import ManagedGroup, ScalingGroup
from nodenet.migration.preflight.seen_kubernetes import Node, Pod
from nodenet.migration.request import Request


def group_names(request: Request, managed: Mapping[str, ManagedGroup]) -> frozenset[str]:
    """The Auto Scaling groups of what the request names."""
    names = {name for each in request.groups for name in (each.name, each.replacement) if name}
    return frozenset(
        name for each in names for name in (managed[each].auto_scaling_groups if each in managed else (each,))
    )


def subnet_ids(request: Request, seen: Seen) -> list[str]:
    """Those that nodes and pods use, and may come to use."""
    cloud = seen.running.cloud
    ids = {each.subnet_id for each in cloud.instances.values()}
    ids |= {each.subnet_id for each in seen.running.eni_configs}
    ids |= {wish.id for wish in (*request.pod_subnets, *request.node_subnets)}
    return sorted(ids & cloud.subnets.keys())


def templates(seen: Seen, groups: Iterable[ScalingGroup]) -> frozenset[tuple[str, str]]:
    found = {each.template for each in seen.managed_groups.values() if each.template}
    return frozenset(found | {each.template for each in groups if each.template})


def with_reservations(seen: running.Seen, reservations: Mapping[str, tuple[Reservation, ...]]) -> running.Seen:
    return replace(seen, cloud=replace(seen.cloud, reservations=reservations))


def planned_for(
    cluster: running.Cluster,
    cloud: running.Cloud,
    addon: running.Addon | None,
    daemon_set: running.DaemonSet | None,
    nodes: Sequence[Node],
    pods: Sequence[Pod],
    configs: Mapping[str, Mapping[str, object]],
) -> running.Seen:
    """What the planner looks at: of pods those that have a node and have not finished."""
    return running.Seen(
        cluster=cluster,
        cloud=cloud,
        addon=addon,
        daemon_set=daemon_set,
        nodes=[
            running.Node(
                each.name,
                each.provider_id,
                each.max_pods,
                each.labels,
                each.annotations,
                each.ready,
                each.unschedulable,
            )
            for each in nodes
        ],
        pods=[
            running.Pod(each.node, each.host_network, each.branch, not each.address)
            for each in pods
            if each.node and not each.finished
        ],
        eni_configs=[running.EniConfig(name, str(spec.get("subnet") or "")) for name, spec in configs.items()],
    )
