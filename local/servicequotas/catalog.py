"""The quotas that are known, with AWS's defaults and what the account has.

Sources: VPC User Guide, "Amazon VPC quotas"; EC2 User Guide, "On-Demand Instance quotas"; EKS User Guide, "Service
quotas"; the codes are those that the Service Quotas console shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.servicequotas.resources.default_quotas.vpc import VPC_DEFAULT_QUOTAS

from local.world import world


@dataclass(frozen=True)
class Quota:
    """`held` is the field of the region's Quotas that says what the account has; without one it has the default."""

    code: str
    name: str
    default: float
    adjustable: bool = True
    held: str | None = None

    @property
    def value(self) -> float:
        return float(getattr(world.quotas, self.held)) if self.held else self.default


NAMES = {
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "eks": "Amazon Elastic Kubernetes Service (Amazon EKS)",
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
}
_HELD = {
    "L-83CA0A9D": "vpc_blocks",
    "L-407747CB": "subnets",
    "L-DF5E4CA3": "network_interfaces",
    "L-0263D0A3": "elastic_addresses",
    "L-1216C47A": "on_demand_vcpus",
    "L-6D54EA21": "nodegroups",
    "L-BD136A63": "nodes_per_nodegroup",
}
_VPC = [Quota(q["QuotaCode"], q["QuotaName"], q["Value"], q["Adjustable"]) for q in VPC_DEFAULT_QUOTAS]
_KNOWN = {
    "ec2": [
        Quota("L-0263D0A3", "EC2-VPC Elastic IPs", 5),
        Quota("L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5),
    ],
    "eks": [
        Quota("L-1194D53C", "Clusters", 100),
        Quota("L-6D54EA21", "Managed node groups per cluster", 30),
        Quota("L-BD136A63", "Nodes per managed node group", 450),
    ],
    "vpc": [
        *_VPC,
        *([] if any(q.code == "L-407747CB" for q in _VPC) else [Quota("L-407747CB", "Subnets per VPC", 200)]),
    ],
}
QUOTAS: Mapping[str, Mapping[str, Quota]] = {
    service: {q.code: Quota(q.code, q.name, q.default, q.adjustable, _HELD.get(q.code)) for q in known}
    for service, known in _KNOWN.items()
}


def shape(service: str, quota: Quota, region: str, account: str, *, applied: bool) -> dict[str, Any]:
    """The API's ServiceQuota: the account's value with `applied`, else AWS's default."""
    return {
        "ServiceCode": service,
        "ServiceName": NAMES[service],
        "QuotaArn": f"arn:aws:servicequotas:{region}:{account if applied else ''}:{service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": quota.value if applied else float(quota.default),
        "Unit": "None",
        "Adjustable": quota.adjustable,
        "GlobalQuota": False,
    }
