"""From what is installed in a cluster to what a preflight looks at: autoscalers, services, webhooks, policies."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from nodenet.kubernetes import kinds as common
from nodenet.kubernetes import survey_kinds as kinds
from nodenet.migration.cluster import Owner
from nodenet.migration.objects import Deployment as Found
from nodenet.migration.preflight.keepers import kept_by
from nodenet.migration.preflight.seen_kubernetes import (
    ApiService,
    Binding,
    Deployment,
    IpPolicy,
    NodePool,
    Service,
    Webhook,
)
from nodenet.migration.quiet.autoscaler import is_cluster_autoscaler

_ZONE: Final = "topology.kubernetes.io/zone"


def scaler(item: kinds.Scaler) -> Deployment | None:
    """A cluster autoscaler, or Karpenter, by its image or labels; None for any other Deployment."""
    about, containers = item.metadata, item.spec.template.spec.containers or []
    images = tuple(each.image for each in containers)
    owner = Owner("Deployment", about.namespace, about.name)
    kind = ""
    if is_cluster_autoscaler(Found(owner, item.spec.replicas, labels=about.labels or {}, images=images)):
        kind = "cluster-autoscaler"
    elif any("karpenter/controller" in each for each in images):
        kind = "karpenter"
    if not kind:
        return None
    first = containers[0]
    return Deployment(
        kind=kind,
        namespace=about.namespace,
        name=about.name,
        replicas=item.spec.replicas,
        environment={each.name: each.value for each in first.env or ()},
        arguments=tuple(first.args or ()),
        owner=kept_by({**(about.annotations or {}), **(about.labels or {})}),
    )


def most_pods(item: Any) -> int | None:
    found = ((item.get("spec") or {}).get("kubelet") or {}).get("maxPods")
    return int(found) if found is not None else None


def node_pool(item: Any, most: Mapping[str, int | None]) -> NodePool:
    template = ((item.get("spec") or {}).get("template") or {}).get("spec") or {}
    zones = [
        zone
        for each in template.get("requirements") or ()
        if each.get("key") == _ZONE and each.get("operator") == "In"
        for zone in each.get("values") or ()
    ]
    name = (template.get("nodeClassRef") or {}).get("name", "")
    return NodePool(item["metadata"]["name"], tuple(zones), most.get(name))


def service(item: kinds.Service) -> Service:
    about, spec = item.metadata, item.spec
    return Service(about.namespace, about.name, spec.selector or {}, spec.type, spec.policy)


def webhooks(item: kinds.Validating | kinds.Mutating) -> list[Webhook]:
    return [
        Webhook(
            configuration=item.metadata.name,
            name=each.name,
            fails=each.failure == "Fail",
            service=(each.client.service.namespace, each.client.service.name) if each.client.service else None,
            resources=tuple(name for rule in each.rules or () for name in rule.resources or ()),
        )
        for each in item.webhooks or ()
    ]


def api_service(item: kinds.ApiService) -> ApiService | None:
    service = item.spec.service
    if not service:
        return None
    available = common.holds(item.status.conditions, "Available")
    return ApiService(item.metadata.name, (service.namespace, service.name), available)


def binding(item: common.TargetGroupBinding) -> Binding:
    about, spec = item.metadata, item.spec
    return Binding(about.namespace, about.name, spec.arn, spec.target_type or "instance", spec.service.name)


def network_policy(item: Any) -> IpPolicy:
    """Of networking.k8s.io: the blocks of rules for the same direction and ports together; exceptions apart, since
    what was excepted is to be so of the new ranges too."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    spec = item.get("spec") or {}
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction) or ():
            ports = ",".join(
                sorted(f"{each.get('protocol', 'TCP')} {each.get('port', '')}" for each in rule.get("ports") or ())
            )
            for peer in rule.get(peers) or ():
                block = peer.get("ipBlock") or {}
                found[f"{direction} {ports}".strip()] += [block["cidr"]] if "cidr" in block else []
                found[f"{direction} {ports} except".strip()] += block.get("except") or []
    return _policy("NetworkPolicy", item, found)


def calico_policy(kind: str, item: Any) -> IpPolicy:
    """Of Calico: `nets` of a set; of a policy's rules `nets` and `notNets` of source and destination ("Network
    policy", Calico documentation, EntityRule)."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    spec = item.get("spec") or {}
    found["nets"] += spec.get("nets") or []
    for direction in ("ingress", "egress"):
        for place, rule in enumerate(spec.get(direction) or ()):
            for end in ("source", "destination"):
                for key in ("nets", "notNets"):
                    found[f"{direction} {place} {end} {key}"] += (rule.get(end) or {}).get(key) or []
    return _policy(f"Calico {kind}", item, found)


def roles(text: str) -> tuple[str, ...]:
    """The roles' ARNs in mapRoles of aws-auth ("Grant IAM users access", EKS User Guide)."""
    found = yaml.safe_load(text or "[]")
    listed = found if isinstance(found, list) else ()
    return tuple(each["rolearn"] for each in listed if isinstance(each, dict) and "rolearn" in each)


def _policy(kind: str, item: Any, found: Mapping[str, Sequence[str]]) -> IpPolicy:
    about = item["metadata"]
    rules = {rule: tuple(blocks) for rule, blocks in found.items() if blocks}
    return IpPolicy(kind, about.get("namespace", ""), about["name"].removeprefix("default."), rules)
