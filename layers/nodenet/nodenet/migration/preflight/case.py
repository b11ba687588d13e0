"""The request, laid on the cluster that was seen: which groups move, and what nodes, pods and subnets that concerns."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.running.networks import by_instance
from nodenet.migration.cni.environment import wanted
from nodenet.migration.preflight.blocks import block, blocks
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.preflight.seen_aws import ManagedGroup, RouteTable, ScalingGroup
from nodenet.migration.preflight.seen_kubernetes import Node, Pod
from nodenet.migration.request import GroupWish, Mode, Request, SubnetWish

MANAGED = "managed"
SELF_MANAGED = "self-managed"


@dataclass(frozen=True, slots=True)
class Group:
    """A node group that moves, as it was found. `managed` None: its only Auto Scaling group is all there is of it.
    `subnets`: those of its Auto Scaling groups; `zones`: theirs, and its nodes'. `instance_types` of its nodes, the
    usual first, or what it is set to start where it has none. `networks`: nodenet's extra ones."""

    wish: GroupWish
    managed: ManagedGroup | None
    scaling: tuple[ScalingGroup, ...]
    nodes: tuple[Node, ...]
    subnets: tuple[str, ...]
    zones: tuple[str, ...]
    instance_types: tuple[str, ...]
    networks: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.wish.name

    @property
    def kind(self) -> str:
        return MANAGED if self.managed else SELF_MANAGED


class Case:
    """One preflight: what is asked and what was seen, with what follows from both."""

    def __init__(self, request: Request, seen: Seen) -> None:
        self.request, self.seen = request, seen

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Those of the request that there are, each once."""
        names = dict.fromkeys(each.name for each in self.request.groups)
        wishes = {each.name: each for each in reversed(self.request.groups)}
        return tuple(found for name in names if (found := self._group(wishes[name])))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The old nodes."""
        return tuple(node for group in self.groups for node in group.nodes)

    @cached_property
    def others(self) -> tuple[Node, ...]:
        """Nodes that are not in scope."""
        names = {node.name for node in self.nodes}
        return tuple(node for node in self.seen.nodes if node.name not in names)

    @cached_property
    def pods_by_node(self) -> Mapping[str, list[Pod]]:
        """All that have not finished."""
        found: defaultdict[str, list[Pod]] = defaultdict(list)
        for pod in self.seen.pods:
            if not pod.finished:
                found[pod.node].append(pod)
        return found

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """Those that the drain of the old nodes evicts."""
        return tuple(pod for node in self.nodes for pod in self.pods_by_node.get(node.name, ()) if pod.moves)

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """Of the groups."""
        return tuple(sorted({zone for group in self.groups for zone in group.zones}))

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """Of aws-node, as it is."""
        found = self.seen.running.daemon_set
        return found.environment if found else {}

    @cached_property
    def now(self) -> CniSettings:
        return CniSettings.of(self.environment)

    @cached_property
    def then(self) -> CniSettings:
        """How the VPC CNI is set for the new nodes."""
        return CniSettings.of({**self.environment, **self.changes})

    @cached_property
    def changes(self) -> Mapping[str, str]:
        """The variables of aws-node that the run sets: none in mode node-subnets, which leaves the VPC CNI alone."""
        return wanted(self.request) if self.custom else {}

    @property
    def custom(self) -> bool:
        """Whether the run switches to custom networking."""
        return self.request.mode is Mode.CUSTOM_NETWORKING

    @cached_property
    def wishes(self) -> tuple[tuple[str, SubnetWish], ...]:
        """All subnets that are asked for, with their paths in the request."""
        pods = ((f"podSubnets[{place}]", each) for place, each in enumerate(self.request.pod_subnets))
        nodes = ((f"nodeSubnets[{place}]", each) for place, each in enumerate(self.request.node_subnets))
        return (*pods, *nodes)

    def block_of(self, wish: SubnetWish) -> IPv4Network | None:
        """The subnet's block; None where it is not known, or no block."""
        if wish.id:
            subnet = self.seen.running.cloud.subnets.get(wish.id)
            return block(subnet.cidr) if subnet else None
        return block(wish.cidr)

    @property
    def new_home(self) -> tuple[SubnetWish, ...]:
        """The subnets in which pods will be."""
        return self.request.pod_subnets if self.custom else self.request.node_subnets

    @cached_property
    def new_ranges(self) -> tuple[IPv4Network, ...]:
        """Where pods will be."""
        return tuple(found for wish in self.new_home if (found := self.block_of(wish)))

    @cached_property
    def old_ranges(self) -> tuple[IPv4Network, ...]:
        """Where the pods that move are: the subnets in which their nodes have interfaces."""
        ids = {node.instance_id for node in self.nodes}
        cloud = self.seen.running.cloud
        subnets = {each.subnet_id for each in cloud.interfaces if each.instance_id in ids}
        subnets |= {subnet for group in self.groups for subnet in group.subnets}
        found = blocks(cloud.subnets[each].cidr for each in sorted(subnets) if each in cloud.subnets)
        return tuple(each for each in found if each not in self.new_ranges)

    @cached_property
    def home_subnets(self) -> Mapping[str, tuple[str, ...]]:
        """By group, the ids (or blocks, of those that are to be made) of the subnets that its new nodes are in."""
        if not self.request.node_subnets:
            return {group.name: group.subnets for group in self.groups}
        return {
            group.name: tuple(each.id or each.cidr for each in self.request.node_subnets if each.zone in group.zones)
            for group in self.groups
        }

    def known_types(self, name: str) -> list[str]:
        """Instance types of a group whose limits are known."""
        types = [each for group in self.groups if group.name == name for each in group.instance_types]
        return [each for each in types if each in self.seen.limits]

    @cached_property
    def tables(self) -> Mapping[str, RouteTable]:
        """The route table of each subnet of the VPC, the main one where none is associated."""
        main = next((each for each in self.seen.route_tables if each.main), None)
        named = {subnet: table for table in self.seen.route_tables for subnet in table.subnets}
        known = self.seen.running.cloud.subnets
        return {each: table for each in known if (table := named.get(each, main))}

    def _group(self, wish: GroupWish) -> Group | None:
        managed = self.seen.managed_groups.get(wish.name)
        names = managed.auto_scaling_groups if managed else (wish.name,)
        scaling = tuple(self.seen.scaling_groups[name] for name in names if name in self.seen.scaling_groups)
        if managed is None and not scaling:
            return None
        ids = {instance for each in scaling for instance in each.instances}
        label = wish.name if managed else None
        nodes = tuple(
            node
            for node in self.seen.nodes
            if (node.instance_id and node.instance_id in ids)
            or (label is not None and node.labels.get("eks.amazonaws.com/nodegroup") == label)
        )
        subnets = tuple(dict.fromkeys(subnet for each in scaling for subnet in each.subnets))
        subnets = subnets or (managed.subnets if managed else ())
        known = self.seen.running.cloud.subnets
        zones = {known[each].zone for each in subnets if each in known} | {node.zone for node in nodes if node.zone}
        return Group(
            wish, managed, scaling, nodes, subnets, tuple(sorted(zones)), *self._of_nodes(managed, scaling, nodes)
        )

    def _of_nodes(
        self, managed: ManagedGroup | None, scaling: tuple[ScalingGroup, ...], nodes: tuple[Node, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Instance types, and networks."""
        counts: defaultdict[str, int] = defaultdict(int)
        for node in nodes:
            counts[node.instance_type] += 1
        set_to = managed.instance_types if managed else tuple(each for one in scaling for each in one.instance_types)
        types = tuple(sorted(filter(None, counts), key=lambda each: (-counts[each], each))) or set_to
        networks = by_instance(self.seen.running, {node.instance_id for node in nodes})
        return types, tuple(sorted({name for some in networks.values() for name in some}))
