"""Which security group of a pod's interface lets a load balancer in.

Source: aws-load-balancer-controller v3, pkg/networking/networking_manager.go (resolveEndpointSGForENI) and
pod_eni_info_resolver.go: an interface's only group, or of several the one that bears the cluster's tag.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from local.loads.endpoints import PodEndpoint
from local.loads.holders import holders


def unreachable(ec2: Any, vpc_id: str, cluster: str, endpoints: Iterable[PodEndpoint]) -> Mapping[str, str]:
    """{address: why} of the pods to whom no rule can be made for a load balancer."""
    wanted = {ip_address(one.address): one for one in endpoints}
    owners = holders(ec2, vpc_id, wanted.keys())
    found = {address: _problem(ec2, owners.get(address), cluster, one) for address, one in wanted.items()}
    return {str(address): why for address, why in found.items() if why}


def _problem(ec2: Any, eni: Any, cluster: str, endpoint: PodEndpoint) -> str | None:
    if eni is None:
        return f"cannot resolve pod ENI for pods: [{endpoint.namespace}/{endpoint.name}]"
    if len(eni.group_set) == 1:
        return None
    key = f"kubernetes.io/cluster/{cluster}"
    tagged = sorted(group.id for group in eni.group_set if key in (ec2.tags.get(group.id) or {}))
    if len(tagged) == 1:
        return None
    return (
        f"expected exactly one securityGroup tagged with {key} for eni {eni.id}, got: [{' '.join(tagged)}] "
        f"(clusterName: {cluster})"
    )
