"""A healthy cluster of three zones that nothing keeps from moving, and changes to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any

from nodenet.capacity.running import seen as running
from nodenet.limits import shipped
from nodenet.migration.cluster import Owner, Workload
from nodenet.migration.preflight.look import preflight
from nodenet.migration.preflight.report import Report
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.preflight.seen_aws import (
    Acl,
    AclEntry,
    AddonState,
    ControlPlane,
    LaunchTemplate,
    ManagedGroup,
    Route,
    RouteTable,
    ScalingGroup,
    SecurityGroup,
)
from nodenet.migration.preflight.seen_kubernetes import Budget, Node, Pod
from nodenet.migration.preflight.selectors import Selector
from nodenet.migration.request import GroupWish, Request, SubnetWish
from nodenet.ranges import AddressRange

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
IMAGE = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.23.1-eksbuild.1"
ENVIRONMENT = {"WARM_ENI_TARGET": "1", "WARM_PREFIX_TARGET": "1", "ENABLE_SUBNET_DISCOVERY": "true"}
DNS = {"k8s-app": "kube-dns"}
OPEN = tuple(AclEntry(100, "0.0.0.0/0", allow=True, egress=egress) for egress in (False, True))


def limits(*types: str) -> Mapping[str, Any]:
    return {name: found for name in types if (found := shipped(name))}


@dataclass
class Stage:
    """`request` and `seen`, each changed by replacing its parts."""

    request: Request
    seen: Seen
    nodes: list[Node] = field(default_factory=list)

    def ask(self, **fields: Any) -> None:
        self.request = replace(self.request, **fields)

    def see(self, **fields: Any) -> None:
        self.seen = replace(self.seen, **fields)

    def cluster(self, **fields: Any) -> None:
        self._running(cluster=replace(self.seen.running.cluster, **fields))

    def cloud(self, **fields: Any) -> None:
        self._running(cloud=replace(self.seen.running.cloud, **fields))

    def environment(self, **variables: str) -> None:
        found = self.seen.running.daemon_set
        assert found
        self._running(daemon_set=replace(found, environment={**found.environment, **variables}))

    def without_cni(self) -> None:
        self._running(daemon_set=None)

    def daemon_set(self, **fields: Any) -> None:
        found = self.seen.running.daemon_set
        assert found
        self._running(daemon_set=replace(found, **fields))

    def addon(self, **fields: Any) -> None:
        found = self.seen.running.addon
        assert found
        self._running(addon=replace(found, **fields))

    def node(self, place: int, **fields: Any) -> None:
        nodes = list(self.seen.nodes)
        nodes[place] = replace(nodes[place], **fields)
        self.see(nodes=tuple(nodes))

    def pod(self, place: int, **fields: Any) -> None:
        """Changes one of the pods that move: those of the shop."""
        pods = list(self.seen.pods)
        moving = [number for number, pod in enumerate(pods) if pod.namespace == "shop"]
        pods[moving[place]] = replace(pods[moving[place]], **fields)
        self.see(pods=tuple(pods))

    def all_pods(self, **fields: Any) -> None:
        """Changes all pods of the shop."""
        changed = (replace(pod, **fields) if pod.namespace == "shop" else pod for pod in self.seen.pods)
        self.see(pods=tuple(changed))

    def managed(self, **fields: Any) -> None:
        self.see(managed_groups={**self.seen.managed_groups, "web": replace(self.seen.managed_groups["web"], **fields)})

    def scaling(self, **fields: Any) -> None:
        name = "eks-web-1"
        self.see(scaling_groups={**self.seen.scaling_groups, name: replace(self.seen.scaling_groups[name], **fields)})

    def self_managed(self) -> None:
        """The group as a self-managed one, of the same nodes."""
        scaling = replace(self.seen.scaling_groups["eks-web-1"], name="web")
        self.see(managed_groups={}, scaling_groups={"web": scaling})

    def subnet(self, name: str, **fields: Any) -> None:
        subnets = self.seen.running.cloud.subnets
        self.cloud(subnets={**subnets, name: replace(subnets[name], **fields)})

    def add_subnet(self, name: str, zone: str, cidr: str, **fields: Any) -> None:
        found = running.Subnet(name, zone, cidr, owner="111122223333", **fields)
        self.cloud(subnets={**self.seen.running.cloud.subnets, name: found})

    def add_node(self, name: str, zone: str = ZONES[0], **fields: Any) -> None:
        """A node that is not in scope, with its instance."""
        number = len(self.seen.nodes) + 1
        instance = f"i-{number:017x}"
        subnet = f"subnet-{zone[-1]}"
        cloud = self.seen.running.cloud
        self.cloud(instances={**cloud.instances, instance: running.Instance(instance, "m5.large", subnet)})
        node = _node(number, zone, instance, {"eks.amazonaws.com/nodegroup": "other"})
        node = replace(node, name=name, **fields)
        self.see(nodes=(*self.seen.nodes, node))
        self._running(nodes=(*self.seen.running.nodes, _planned(node)))

    def _running(self, **fields: Any) -> None:
        self.see(running=replace(self.seen.running, **fields))

    def look(self) -> Report:
        return preflight(self.request, self.seen)

    def ids(self) -> list[str]:
        return [each.id for each in self.look().findings]


type Change = Callable[[Stage], None]


def healthy(per_zone: int = 2, shop: int = 12, length: int = 22) -> Stage:
    """A managed group `web` of m5.large, so many nodes in each zone; pods of Deployment shop/shop on them, CoreDNS with
    its budget. Node subnets of this prefix length; a block with a pod subnet for each zone is asked for."""
    nodes, pods, interfaces, instances = [], [], [], {}
    for number in range(per_zone * len(ZONES)):
        zone = ZONES[number % len(ZONES)]
        instance = f"i-{number + 1:017x}"
        instances[instance] = running.Instance(instance, "m5.large", f"subnet-{zone[-1]}", "eks-web-1")
        node = _node(number, zone, instance, {"eks.amazonaws.com/nodegroup": "web"})
        nodes.append(node)
        interfaces.append(_interface(number, zone, instance, shop // (per_zone * len(ZONES)) + 4))
        pods += [
            _pod("kube-system", f"{name}-{number}", node, Owner("DaemonSet", "kube-system", name), host=True)
            for name in ("aws-node", "kube-proxy")
        ]
    owner = Owner("Deployment", "shop", "shop")
    pods += [
        _pod("shop", f"shop-{each}", nodes[each % len(nodes)], owner, labels={"app": "shop"}) for each in range(shop)
    ]
    dns = Owner("Deployment", "kube-system", "coredns")
    pods += [_pod("kube-system", f"coredns-{each}", nodes[each], dns, labels=DNS) for each in range(2)]
    seen = Seen(
        running=_running(nodes, pods, interfaces, instances, length),
        control_plane=ControlPlane(services="172.20.0.0/16"),
        nodes=tuple(nodes),
        pods=tuple(pods),
        addon=AddonState("v1.23.1-eksbuild.1"),
        managed_groups={"web": _managed()},
        scaling_groups={"eks-web-1": _scaling(tuple(instances))},
        launch_templates={("lt-1", "3"): LaunchTemplate("lt-1", "3")},
        route_tables=_tables(),
        acls=(Acl("acl-1", default=True, subnets=tuple(f"subnet-{zone[-1]}" for zone in ZONES), entries=OPEN),),
        security_groups={"sg-pods": SecurityGroup("sg-pods", "vpc-1", "pods")},
        workloads=(Workload(owner, shop, shop), Workload(dns, 2, 2)),
        budgets=(
            Budget("kube-system", "coredns", 1, 2, 1, 2, chooses=Selector(DNS)),
            Budget("shop", "shop", 2, shop, shop - 2, shop, chooses=Selector({"app": "shop"})),
        ),
        daemon_sets={"kube-system/aws-node": {}, "kube-system/kube-proxy": {}},
        limits=limits("m5.large", "m5.xlarge", "m6g.large"),
    )
    request = Request(
        cluster="prod",
        groups=(GroupWish("web"),),
        cidrs=("100.64.0.0/16",),
        pod_subnets=tuple(SubnetWish(zone, cidr=f"100.64.{place * 64}.0/18") for place, zone in enumerate(ZONES)),
    )
    return Stage(request, seen)


def _running(
    nodes: list[Node], pods: list[Pod], interfaces: list[running.Interface], instances: dict[str, Any], length: int
) -> running.Seen:
    names = {f"subnet-{zone[-1]}": zone for zone in ZONES}
    subnets = {
        name: running.Subnet(name, zone, f"10.0.{place * 16}.0/{length}", owner="111122223333")
        for place, (name, zone) in enumerate(names.items())
    }
    return running.Seen(
        cluster=running.Cluster("prod", "vpc-1", "1.34", subnet_ids=tuple(names), account="111122223333"),
        cloud=running.Cloud(("10.0.0.0/16",), subnets, tuple(interfaces), instances),
        addon=running.Addon("v1.23.1-eksbuild.1"),
        daemon_set=running.DaemonSet(IMAGE, ENVIRONMENT),
        nodes=[_planned(node) for node in nodes],
        pods=[running.Pod(pod.node, pod.host_network, waiting=not pod.address) for pod in pods],
        eni_configs=[],
    )


def _planned(node: Node) -> running.Node:
    return running.Node(node.name, node.provider_id, node.max_pods, node.labels, node.annotations)


def _node(number: int, zone: str, instance: str, labels: Mapping[str, str]) -> Node:
    name = f"ip-10-0-{'abcd'.index(zone[-1]) * 16}-{number + 10}"
    return Node(
        name=name,
        uid=f"node-{number}",
        instance_id=instance,
        zone=zone,
        labels={
            **labels,
            "topology.kubernetes.io/zone": zone,
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
        },
        max_pods=29,
        instance_type="m5.large",
        provider_id=f"aws:///{zone}/{instance}",
        cpu=1930,
        memory=7 << 30,
    )


def _interface(number: int, zone: str, instance: str, addresses: int) -> running.Interface:
    first = ip_address(f"10.0.{ZONES.index(zone) * 16}.{4 + (number // len(ZONES)) * 20}")
    parts = tuple(AddressRange(first + each, first + each) for each in range(addresses))
    return running.Interface(f"eni-{number}", f"subnet-{zone[-1]}", parts, instance_id=instance, primary=True)


def _pod(namespace: str, name: str, node: Node, owner: Owner, *, host: bool = False, labels: Any = None) -> Pod:
    return Pod(
        namespace=namespace,
        name=name,
        uid=name,
        node=node.name,
        owner=owner,
        address="10.0.0.99",
        host_network=host,
        labels=labels or {},
        cpu=100,
        memory=64 << 20,
    )


def _managed() -> ManagedGroup:
    return ManagedGroup(
        name="web",
        auto_scaling_groups=("eks-web-1",),
        subnets=tuple(f"subnet-{zone[-1]}" for zone in ZONES),
        instance_types=("m5.large",),
        role="arn:aws:iam::111122223333:role/nodes",
        maximum=20,
        desired=6,
        template=("lt-1", "3"),
    )


def _scaling(instances: tuple[str, ...]) -> ScalingGroup:
    return ScalingGroup(
        name="eks-web-1",
        subnets=tuple(f"subnet-{zone[-1]}" for zone in ZONES),
        instances=dict.fromkeys(instances, "InService"),
        instance_types=("m5.large",),
        maximum=20,
        desired=len(instances),
        template=("lt-eks", "1"),
    )


def _tables() -> tuple[RouteTable, ...]:
    local = Route("10.0.0.0/16", "local")
    private = (
        RouteTable(f"rtb-{zone[-1]}", (f"subnet-{zone[-1]}",), routes=(local, Route("0.0.0.0/0", f"nat-{zone[-1]}")))
        for zone in ZONES
    )
    return (RouteTable("rtb-main", main=True, routes=(local,)), *private)
