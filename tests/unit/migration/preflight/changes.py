"""For each kind of finding a change to the healthy cluster, or to what is asked of it, that brings it about."""

from collections.abc import Mapping
from dataclasses import replace

from nodenet.capacity.running import seen as running
from nodenet.migration.cluster import Owner
from nodenet.migration.preflight.seen_aws import (
    Acl,
    AclEntry,
    LaunchTemplate,
    ManagedGroup,
    Peering,
    PrefixList,
    Route,
    RouteTable,
    ScalingGroup,
    SecurityGroup,
    TargetGroup,
)
from nodenet.migration.preflight.seen_kubernetes import (
    ApiService,
    Binding,
    Claim,
    Deployment,
    IpPolicy,
    NodePool,
    Service,
    Webhook,
)
from nodenet.migration.preflight.selectors import Selector
from nodenet.migration.request import Drain, GroupWish, Mode, Probe, Share, SubnetWish
from nodenet.ranges import AddressRange
from tests.unit.migration.preflight.stage import IMAGE, ZONES, Change, Stage

SHOP = Service("shop", "shop", {"app": "shop"})
BALANCED = Binding("shop", "shop", "arn:tg", "ip", "shop")
OLD = "10.0.0.0/22"


def _all(*changes: Change) -> Change:
    def change(stage: Stage) -> None:
        for each in changes:
            each(stage)

    return change


def _subnet(stage: Stage, **fields: object) -> None:
    """Pods of the first zone in an existing subnet."""
    stage.add_subnet("subnet-pods", ZONES[0], "10.0.128.0/18", **fields)
    first = SubnetWish(ZONES[0], id="subnet-pods")
    stage.ask(pod_subnets=(first, *stage.request.pod_subnets[1:]))


def _labels(stage: Stage) -> None:
    wishes = (replace(wish, label=f"pods-{wish.zone[-1]}") for wish in stage.request.pod_subnets)
    stage.ask(pod_subnets=tuple(wishes))


def _served(stage: Stage, **fields: object) -> None:
    stage.see(services={("shop", "shop"): SHOP}, **fields)


def _webhook(stage: Stage, *, fails: bool, resource: str = "configmaps") -> None:
    _served(stage, webhooks=(Webhook("policy", "check", fails, ("shop", "shop"), (resource,)),))


def _replaced(stage: Stage, **fields: object) -> None:
    group = ManagedGroup("next", ("eks-next-1",), subnets=stage.seen.managed_groups["web"].subnets)
    group = replace(group, instance_types=("m5.large",), **fields)  # type: ignore[arg-type]
    stage.see(managed_groups={**stage.seen.managed_groups, "next": group})
    stage.ask(groups=(GroupWish("web", replacement="next", delete_old=False),))


def _claim(stage: Stage, **fields: object) -> None:
    claim = Claim("shop", "data", "pv-1", **fields)  # type: ignore[arg-type]
    stage.see(claims={("shop", "data"): claim})
    stage.pod(0, claims=("data",))


def _budget(stage: Stage, **fields: object) -> None:
    first, second = stage.seen.budgets
    stage.see(budgets=(first, replace(second, **fields)))  # type: ignore[arg-type]


def _scaler(stage: Stage, **fields: object) -> None:
    found = Deployment("cluster-autoscaler", "kube-system", "cluster-autoscaler", 1)
    stage.see(scalers=(replace(found, **fields),))  # type: ignore[arg-type]


def _old_dns(stage: Stage, **fields: object) -> None:
    pods = (replace(pod, **fields) if "k8s-app" in pod.labels else pod for pod in stage.seen.pods)  # type: ignore[arg-type]
    stage.see(pods=tuple(pods))


def _full(stage: Stage, free: int) -> None:
    """Others have taken all but so many addresses of the first node subnet."""
    cloud = stage.seen.running.cloud
    # Above those that nodes have in the stage.
    first = AddressRange.parse("10.0.0.40").first
    before = next(row.before for row in stage.look().needs if row.name == "subnet-a")
    number = 1019 - before - free
    stranger = running.Interface("eni-x", "subnet-a", (AddressRange(first, first + (number - 1)),))
    stage.cloud(interfaces=(*cloud.interfaces, stranger))


def _pods_in(stage: Stage, length: int) -> None:
    wishes = stage.request.pod_subnets
    stage.ask(pod_subnets=tuple(replace(wish, cidr=wish.cidr.replace("/18", f"/{length}")) for wish in wishes))


def _little_left(stage: Stage) -> None:
    """Of 27 addresses in the first pod subnet a stranger has four, and the new node there takes twenty."""
    stage.add_subnet("subnet-pods", ZONES[0], "10.0.128.0/27")
    first = AddressRange.parse("10.0.128.10").first
    stranger = running.Interface("eni-z", "subnet-pods", (AddressRange(first, first + 3),))
    stage.cloud(interfaces=(*stage.seen.running.cloud.interfaces, stranger))
    stage.ask(pod_subnets=(SubnetWish(ZONES[0], id="subnet-pods"), *stage.request.pod_subnets[1:]))


def _networks(stage: Stage, count: int = 2) -> None:
    """Each node has so many networks of nodenet."""
    cloud = stage.seen.running.cloud
    enis = [
        running.Interface(
            f"eni-{each.id}-{number}",
            each.subnet_id,
            (AddressRange.parse(f"10.0.{3 + 16 * 'abc'.index(each.subnet_id[-1])}.{10 * number + int(each.id[4:])}"),),
            instance_id=each.instance_id,
            tags={
                "nodenet:cluster": "prod",
                "nodenet:network": f"n{number}",
                "node.k8s.amazonaws.com/no_manage": "true",
            },
        )
        for each in cloud.interfaces
        for number in range(count)
    ]
    stage.cloud(interfaces=(*cloud.interfaces, *enis))


def _network_full(stage: Stage) -> None:
    """A network of nodenet in a subnet of eleven addresses, of which its nodes have two and a stranger nine."""
    stage.add_subnet("subnet-n3", ZONES[0], "10.0.250.0/28")
    cloud = stage.seen.running.cloud
    old = [each for each in cloud.interfaces if each.subnet_id == "subnet-a"]
    tags = {"nodenet:cluster": "prod", "nodenet:network": "n3", "node.k8s.amazonaws.com/no_manage": "true"}
    enis = [
        running.Interface(
            f"eni-n3-{place}",
            "subnet-n3",
            (AddressRange.parse(f"10.0.250.{4 + place}"),),
            instance_id=each.instance_id,
            tags=tags,
        )
        for place, each in enumerate(old)
    ]
    first = AddressRange.parse("10.0.250.6").first
    stranger = running.Interface("eni-s", "subnet-n3", (AddressRange(first, first + 8),))
    stage.cloud(interfaces=(*cloud.interfaces, *enis, stranger))
    # Its only zone, so that every node of the group has the network.
    nodes = tuple(node for node in stage.seen.nodes if node.zone == ZONES[0])
    names = {node.name for node in nodes}
    stage.see(
        nodes=nodes,
        pods=tuple(pod for pod in stage.seen.pods if pod.node in names),
        running=replace(
            stage.seen.running,
            nodes=[each for each in stage.seen.running.nodes if each.name in names],
            pods=[each for each in stage.seen.running.pods if each.node in names],
        ),
    )
    stage.scaling(subnets=("subnet-a",), instances={node.instance_id: "InService" for node in nodes})


def _network_of_pods(stage: Stage) -> None:
    _subnet(stage)
    tags = {"nodenet:cluster": "prod", "nodenet:network": "n3"}
    eni = running.Interface("eni-n3", "subnet-pods", (AddressRange.parse("10.0.128.9"),), tags=tags)
    stage.cloud(interfaces=(*stage.seen.running.cloud.interfaces, eni))


def _last_of_role(stage: Stage) -> None:
    _replaced(stage, role="arn:other")
    stage.ask(groups=(GroupWish("web", replacement="next", delete_old=True),))
    role = stage.seen.managed_groups["web"].role
    alone = ScalingGroup("alone", instances={"i-9": "InService"})
    stage.see(
        control_plane=replace(stage.seen.control_plane, authentication="API_AND_CONFIG_MAP"),
        aws_auth=(role,),
        scaling_groups={**stage.seen.scaling_groups, "alone": alone},
    )


def _own_user_data(stage: Stage) -> None:
    stage.see(launch_templates={("lt-1", "3"): LaunchTemplate("lt-1", "3", image="ami-1", user_data="#!/bin/bash\n")})


def _names_old(stage: Stage) -> None:
    stage.see(policies=(IpPolicy("NetworkPolicy", "shop", "db", {"ingress 0": (OLD,)}),))


def _waves(stage: Stage) -> None:
    """One address is left in a zone, and two new nodes come there."""
    _full(stage, 1)
    stage.all_pods(cpu=None)


def _nodes_mode(stage: Stage) -> None:
    wishes = tuple(SubnetWish(each.zone, cidr=each.cidr) for each in stage.request.pod_subnets)
    stage.ask(mode=Mode.NODE_SUBNETS, node_subnets=wishes, pod_subnets=())


def _stays(stage: Stage) -> None:
    _nodes_mode(stage)
    stage.environment(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true")
    configs = {zone: {"subnet": f"subnet-{zone[-1]}"} for zone in ZONES}
    stage.see(eni_specs=configs)


def _same_zone_twice(stage: Stage) -> None:
    more = SubnetWish(ZONES[0], cidr="100.64.192.0/18")
    stage.ask(pod_subnets=(*stage.request.pod_subnets, more))


def _table(stage: Stage, route: Route) -> None:
    stage.see(route_tables=(*stage.seen.route_tables, RouteTable("rtb-x", routes=(route,))))


def _policies(*names: str) -> Change:
    return lambda stage: stage.scaling(**dict.fromkeys(names, ("some",)))


def _daemon(stage: Stage, number: int) -> object:
    owner = Owner("DaemonSet", "kube-system", f"agent-{number}")
    return replace(stage.seen.pods[0], name=f"agent-{number}", owner=owner, host_network=False)


def _own_nodes(stage: Stage) -> None:
    """New nodes in subnets of sixteen addresses, of which the first zone's has only one left."""
    wishes = []
    for place, zone in enumerate(ZONES):
        name = f"subnet-n{zone[-1]}"
        stage.add_subnet(name, zone, f"10.0.{200 + place}.0/28")
        wishes.append(SubnetWish(zone, id=name))
    first = AddressRange.parse("10.0.200.4").first
    stranger = running.Interface("eni-y", "subnet-na", (AddressRange(first, first + 10),))
    stage.cloud(interfaces=(*stage.seen.running.cloud.interfaces, stranger))
    stage.ask(node_subnets=tuple(wishes))


CHANGES: Mapping[str, Change] = {
    "request.group": lambda stage: stage.ask(groups=(GroupWish("webb"),)),
    "request.group-twice": lambda stage: stage.ask(groups=(GroupWish("web"), GroupWish("web"))),
    "request.replacement": lambda stage: stage.ask(groups=(GroupWish("web", replacement="next"),)),
    "request.replacement-labels": _all(
        _replaced,
        lambda stage: stage.managed(labels={"tier": "front"}),
        lambda stage: stage.pod(0, wants={"tier": ("front",)}),
    ),
    "request.security-group": lambda stage: stage.ask(security_groups=("sg-gone",)),
    "request.security-groups": lambda stage: stage.ask(security_groups=tuple(f"sg-{each}" for each in range(6))),
    "request.ignored": _all(_nodes_mode, lambda stage: stage.ask(prefixes=True)),
    "request.subnets": lambda stage: stage.ask(pod_subnets=()),
    "request.probe": lambda stage: stage.ask(probes=(Probe("nowhere", "app=x", "db", 5432),)),
    "request.accept": lambda stage: stage.ask(accept=("pods.unheard-of",)),
    "cidr.malformed": lambda stage: stage.ask(cidrs=("100.64.0.0/8",)),
    "cidr.overlap": lambda stage: stage.ask(cidrs=("10.0.128.0/17",)),
    "cidr.restricted": lambda stage: stage.ask(cidrs=("192.168.0.0/16",)),
    "cidr.route": lambda stage: _table(stage, Route("100.64.9.0/24", "tgw-1")),
    "cidr.shadowed": lambda stage: _table(stage, Route("100.64.0.0/10", "tgw-1")),
    "cidr.peering": lambda stage: stage.see(peerings=(Peering("pcx-1", ("100.64.9.0/24",)),)),
    "cidr.services": lambda stage: stage.see(
        control_plane=replace(stage.seen.control_plane, services="100.64.9.0/24"),
    ),
    "cidr.docker": lambda stage: stage.ask(cidrs=("172.17.0.0/16",)),
    "cidr.quota": lambda stage: stage.see(quotas={"L-83CA0A9D": 1.0}),
    "subnet.unknown": lambda stage: stage.ask(pod_subnets=(SubnetWish(ZONES[0], id="subnet-gone"),)),
    "subnet.zone": lambda stage: stage.ask(pod_subnets=(SubnetWish(ZONES[0], id="subnet-b"),)),
    "subnet.block": lambda stage: stage.ask(pod_subnets=(SubnetWish(ZONES[0], cidr="100.65.0.0/18"),)),
    "subnet.overlap": lambda stage: stage.ask(pod_subnets=(SubnetWish(ZONES[0], cidr="10.0.0.0/20"),)),
    "subnet.twice": _same_zone_twice,
    "subnet.missing": lambda stage: stage.ask(pod_subnets=stage.request.pod_subnets[:2]),
    "subnet.unused": lambda stage: stage.ask(
        pod_subnets=(*stage.request.pod_subnets, SubnetWish("eu-west-1d", cidr="100.64.192.0/18"))
    ),
    "subnet.labels": _labels,
    "subnet.cni-tag": lambda stage: _subnet(stage, tags={"kubernetes.io/role/cni": "1"}),
    "subnet.network": _network_of_pods,
    "subnet.egress": _all(_subnet, lambda stage: stage.ask(external_snat=True)),
    "subnet.routes": lambda stage: stage.see(
        route_tables=tuple(each for each in stage.seen.route_tables if each.id != "rtb-a")
    ),
    "subnet.quota": lambda stage: stage.see(quotas={"L-407747CB": 5.0}),
    "cluster.status": lambda stage: stage.see(control_plane=replace(stage.seen.control_plane, status="UPDATING")),
    "cluster.ipv6": lambda stage: stage.cluster(family="ipv6"),
    "cluster.auto-mode": _all(lambda stage: stage.cluster(auto_mode=True), lambda stage: stage.without_cni()),
    "cluster.auto-mode-beside": lambda stage: stage.cluster(auto_mode=True),
    "access.config-map": lambda stage: stage.see(
        control_plane=replace(stage.seen.control_plane, authentication="CONFIG_MAP"),
    ),
    "access.role-lost": _last_of_role,
    "compute.fargate": lambda stage: stage.see(fargate_profiles=("system",)),
    "preflight.unread": lambda stage: stage.see(unread=("the quotas could not be read",)),
    "cni.foreign": _all(
        lambda stage: stage.without_cni(), lambda stage: stage.see(daemon_sets={"kube-system/cilium": {}})
    ),
    "cni.chained": lambda stage: stage.see(daemon_sets={**stage.seen.daemon_sets, "kube-system/cilium": {}}),
    "cni.version": _all(
        lambda stage: stage.daemon_set(image=IMAGE.replace("v1.23.1", "v1.8.0")), lambda stage: stage.ask(prefixes=True)
    ),
    "cni.followed": lambda stage: stage.daemon_set(image=IMAGE.replace("v1.23.1", "v1.20.0")),
    "cni.addon": lambda stage: stage.see(
        addon=replace(stage.seen.addon, status="UPDATING") if stage.seen.addon else None
    ),
    "cni.drift": lambda stage: stage.addon(environment={"WARM_ENI_TARGET": "3"}),
    "cni.elsewhere": lambda stage: stage.daemon_set(elsewhere=("ENI_CONFIG_LABEL_DEF",)),
    "cni.owned": lambda stage: stage.see(
        addon=None, daemon_sets={"kube-system/aws-node": {"app.kubernetes.io/managed-by": "Helm"}}
    ),
    "cni.custom-already": _all(
        lambda stage: stage.environment(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true"),
        lambda stage: stage.see(eni_specs={zone: {"subnet": f"subnet-{zone[-1]}"} for zone in ZONES}),
    ),
    "cni.custom-stays": _stays,
    "cni.eni-configs": lambda stage: stage.see(eni_specs={ZONES[0]: {"subnet": "subnet-other"}}),
    "cni.eni-config-chosen": lambda stage: stage.node(0, labels={"vpc.amazonaws.com/externalEniConfig": "own"}),
    "cni.unlabelled": _all(_labels, lambda stage: stage.add_node("other")),
    "cni.multi-nic": lambda stage: stage.environment(ENABLE_MULTI_NIC="true"),
    "cni.security-groups-for-pods": lambda stage: stage.environment(ENABLE_POD_ENI="true"),
    "cni.snat-change": lambda stage: stage.ask(external_snat=True),
    "cni.snat-external": lambda stage: stage.environment(AWS_VPC_K8S_CNI_EXTERNALSNAT="true"),
    "cni.snat-excluded": lambda stage: stage.environment(AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS="10.9.0.0/16"),
    "compute.windows": lambda stage: stage.managed(ami_type="WINDOWS_CORE_2022_x86_64"),
    "compute.windows-beside": lambda stage: stage.add_node("win", labels={"kubernetes.io/os": "windows"}),
    "compute.hybrid": lambda stage: stage.add_node("far", labels={"eks.amazonaws.com/compute-type": "hybrid"}),
    "compute.zones": _all(
        lambda stage: stage.add_subnet("subnet-d", "eu-west-1d", "10.0.240.0/24"),
        lambda stage: stage.add_node("other", zone="eu-west-1d"),
    ),
    "compute.max-pods": lambda stage: stage.add_node("other", max_pods=29),
    "compute.ungrouped": lambda stage: stage.add_node("alone", labels={}, max_pods=20),
    "compute.karpenter": lambda stage: stage.see(node_pools=(NodePool("default", ZONES),)),
    "compute.karpenter-zones": lambda stage: stage.see(node_pools=(NodePool("default", ("eu-west-1d",), 20),)),
    "nodes.not-ready": lambda stage: stage.node(0, ready=False),
    "nodes.cordoned": lambda stage: stage.node(0, unschedulable=True),
    "nodes.missing": lambda stage: stage.scaling(
        instances={**stage.seen.scaling_groups["eks-web-1"].instances, "i-0lost": "InService"}
    ),
    "group.status": lambda stage: stage.managed(status="DEGRADED", issues=("AccessDenied: the role is gone",)),
    "group.refresh": lambda stage: stage.scaling(refreshing=True),
    "group.owned": lambda stage: stage.managed(tags={"aws:cloudformation:stack-name": "nodes"}),
    "group.launch-configuration": _all(
        lambda stage: stage.scaling(configuration="lc-1"), lambda stage: stage.self_managed()
    ),
    "group.user-data": _own_user_data,
    "group.suspended": lambda stage: stage.scaling(suspended=("Launch",)),
    "group.protected": lambda stage: stage.scaling(protected=("i-00000000000000001",)),
    "group.scaling": _policies("policies", "schedules"),
    "group.extras": _policies("target_groups", "hooks"),
    "group.warm-pool": lambda stage: stage.scaling(warm_pool=True),
    "group.spot": lambda stage: stage.managed(capacity_type="SPOT"),
    "group.classic-load-balancer": _policies("classic_load_balancers"),
    "group.maximum": lambda stage: stage.managed(maximum=2),
    "group.empty": _all(lambda stage: stage.see(nodes=()), lambda stage: stage.scaling(instances={})),
    "group.types": lambda stage: stage.node(0, instance_type="m5.xlarge"),
    "capacity.type": lambda stage: stage.see(limits={}),
    "capacity.eni-slots": _networks,
    "capacity.daemons": lambda stage: stage.see(
        pods=(*stage.seen.pods, *(_daemon(stage, number) for number in range(20)))
    ),
    "capacity.nodes-quota": lambda stage: stage.see(quotas={"L-6D54EA21": 1.0}),
    "capacity.eni-quota": lambda stage: stage.see(quotas={"L-DF5E4CA3": 10.0}),
    "capacity.no-plan": lambda stage: stage.environment(ENABLE_IPv6="true"),
    "capacity.pod-subnets": lambda stage: _pods_in(stage, 28),
    "capacity.node-subnets": _own_nodes,
    "capacity.first-node": lambda stage: _full(stage, 0),
    "capacity.waves": _waves,
    "capacity.headroom": _little_left,
    "capacity.units-quota": lambda stage: stage.see(quotas={"L-BB24F6E5": 40.0}),
    "capacity.network-subnets": _network_full,
    "pods.bare": lambda stage: stage.pod(0, owner=None),
    "pods.bare-lost": _all(
        lambda stage: stage.pod(0, owner=None), lambda stage: stage.ask(drain=Drain(bare_pods=True))
    ),
    "pods.empty-dir": lambda stage: stage.pod(0, empty_dir=True),
    "pods.empty-dir-lost": _all(
        lambda stage: stage.pod(0, empty_dir=True), lambda stage: stage.ask(drain=Drain(empty_dir=True))
    ),
    "pods.pinned": lambda stage: stage.pod(0, wants={"eks.amazonaws.com/nodegroup": ("web",)}),
    "pods.pinned-to-node": lambda stage: stage.pod(0, wants={"kubernetes.io/hostname": ("ip-10-0-0-10",)}),
    "pods.single-replica": lambda stage: stage.see(
        workloads=(replace(stage.seen.workloads[0], desired=1), stage.seen.workloads[1])
    ),
    "pods.not-ready": lambda stage: stage.pod(0, ready=False),
    "pods.waiting": lambda stage: stage.pod(0, address="", ready=False),
    "pods.jobs": lambda stage: stage.pod(0, owner=Owner("Job", "shop", "bill")),
    "budgets.never": lambda stage: _budget(stage, allowed=0, desired_healthy=12),
    "budgets.forced": _all(
        lambda stage: _budget(stage, allowed=0, desired_healthy=12), lambda stage: stage.ask(drain=Drain(force=True))
    ),
    "budgets.now": lambda stage: _budget(stage, allowed=0, current_healthy=10),
    "budgets.several": lambda stage: stage.see(
        budgets=(*stage.seen.budgets, replace(stage.seen.budgets[1], name="twin", chooses=Selector()))
    ),
    "volumes.local": lambda stage: _claim(stage, local=True),
    "volumes.zone": lambda stage: _claim(stage, zones=("eu-west-1d",)),
    "volumes.zonal": lambda stage: _claim(stage, zones=(ZONES[0],)),
    "control.webhooks": lambda stage: _webhook(stage, fails=True),
    "control.webhooks-ignored": lambda stage: _webhook(stage, fails=False),
    "control.webhooks-on-pods": lambda stage: _webhook(stage, fails=True, resource="pods"),
    "control.aggregated-apis": lambda stage: _served(
        stage, api_services=(ApiService("v1beta1.metrics.k8s.io", ("shop", "shop")),)
    ),
    "control.api-unavailable": lambda stage: stage.see(
        api_services=(ApiService("v1beta1.metrics.k8s.io", ("gone", "gone"), available=False),)
    ),
    "control.dns": lambda stage: _old_dns(stage, node=stage.seen.nodes[0].name),
    "control.dns-budget": lambda stage: stage.see(budgets=stage.seen.budgets[1:]),
    "autoscaler.cluster": _scaler,
    "autoscaler.several": _all(_scaler, lambda stage: stage.see(scalers=stage.seen.scalers * 2)),
    "autoscaler.owned": lambda stage: _scaler(stage, owner="Argo CD"),
    "autoscaler.karpenter": lambda stage: stage.see(node_pools=(NodePool("default", ZONES, 20),)),
    "autoscaler.karpenter-takes-pods": lambda stage: stage.see(node_pools=(NodePool("default", ZONES, 20),)),
    "autoscaler.pods": lambda stage: stage.see(scaled=("shop/shop",)),
    "autoscaler.inside": lambda stage: _scaler(stage, kind="karpenter", namespace="shop", name="shop"),
    "names.network-policies": _names_old,
    "names.calico": lambda stage: stage.see(
        policies=(IpPolicy("GlobalNetworkSet", "", "pods", {"nets": ("10.0.0.0/16",)}),)
    ),
    "names.security-groups": lambda stage: stage.see(
        security_groups={
            **stage.seen.security_groups,
            "sg-db": SecurityGroup("sg-db", "vpc-1", "db", rules={"ingress tcp 5432": (OLD,)}),
        }
    ),
    "names.prefix-lists": lambda stage: stage.see(prefix_lists=(PrefixList("pl-1", "pods", (OLD,)),)),
    "names.network-acls": lambda stage: stage.see(
        acls=(*stage.seen.acls, Acl("acl-db", subnets=("subnet-db",), entries=(AclEntry(10, OLD, True, False),)))
    ),
    "names.default-acl": lambda stage: stage.see(acls=(replace(stage.seen.acls[0], entries=()),)),
    "names.routes": lambda stage: _table(stage, Route(OLD, "vpce-1")),
    "loads.security-groups": _all(
        lambda stage: _served(stage, bindings=(BALANCED,)), lambda stage: stage.ask(security_groups=("sg-pods",))
    ),
    "loads.readiness-gates": lambda stage: _served(stage, bindings=(BALANCED,)),
    "loads.instance-targets": lambda stage: _served(stage, bindings=(replace(BALANCED, target_type="instance"),)),
    "loads.unhealthy": lambda stage: _served(
        stage, bindings=(BALANCED,), target_groups=(TargetGroup("arn:tg", "shop", "ip", {"10.0.0.99": "unhealthy"}),)
    ),
    "loads.local-policy": lambda stage: stage.see(services={("shop", "shop"): replace(SHOP, policy="Local")}),
    "loads.by-hand": lambda stage: stage.see(
        target_groups=(TargetGroup("arn:hand", "by-hand", "ip", {"10.0.0.99": "healthy"}),)
    ),
    "way.settle": lambda stage: stage.ask(settle=60),
    "way.functions": _all(
        lambda stage: stage.see(function_subnets=("subnet-a",)), lambda stage: stage.subnet("subnet-a", free=3)
    ),
    "history.events": _all(
        lambda stage: stage.ask(batch=Share(number=1)),
        lambda stage: stage.see(nodes=tuple(replace(stage.seen.nodes[0], name=f"n{each}") for each in range(400))),
    ),
}
"""Findings that are always there (`way.forward-only`, `capacity.size` …) have no change."""
