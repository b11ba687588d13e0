"""All kinds of findings, by their ids."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from nodenet.migration.preflight import estimates
from nodenet.migration.preflight.families import (
    ahead,
    asked,
    capacity,
    cidrs,
    cni,
    compute,
    control,
    disruptions,
    groups,
    loads,
    names,
    plane,
    pods,
    quotas,
    scalers,
    subnets,
    switches,
)
from nodenet.migration.preflight.findings import Kind

FAMILIES: Final[Mapping[str, ModuleType]] = {
    "The request": asked,
    "Blocks of the VPC": cidrs,
    "Subnets": subnets,
    "The cluster": plane,
    "The VPC CNI": cni,
    "Its settings": switches,
    "Nodes of the whole cluster": compute,
    "Groups that move": groups,
    "Addresses and places": capacity,
    "Quotas": quotas,
    "Pods": pods,
    "Budgets and volumes": disruptions,
    "The control plane and DNS": control,
    "Autoscalers": scalers,
    "What names the old ranges": names,
    "Load balancers": loads,
    "The run": ahead,
    "The run's history": estimates,
}
"""Each family's title, and where its kinds are."""


def kinds(module: ModuleType) -> tuple[Kind, ...]:
    """Those that a family declares, in its order."""
    return tuple(each for each in vars(module).values() if isinstance(each, Kind))


CATALOGUE: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.id: kind for module in FAMILIES.values() for kind in kinds(module)}
)
