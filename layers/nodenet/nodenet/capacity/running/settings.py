"""How the VPC CNI is set, as its DaemonSet shows it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.document import variables
from nodenet.capacity.running.seen import Addon, DaemonSet

type Part = Mapping[str, int | bool]

_FIELDS: Final = {
    "WARM_ENI_TARGET": "warm_eni_target",
    "WARM_IP_TARGET": "warm_ip_target",
    "MINIMUM_IP_TARGET": "minimum_ip_target",
    "WARM_PREFIX_TARGET": "warm_prefix_target",
    "MAX_ENI": "max_eni",
    "ENABLE_PREFIX_DELEGATION": "prefix_delegation",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "custom_networking",
    "ENABLE_POD_ENI": "pod_eni",
    "ENABLE_MULTI_NIC": "multi_nic",
    "ENABLE_SUBNET_DISCOVERY": "subnet_discovery",
    "AWS_MANAGE_ENIS_NON_SCHEDULABLE": "manage_enis_non_schedulable",
    "IP_COOLDOWN_PERIOD": "ip_cooldown_period",
}
_FOLLOWED: Final = (1, 23)
"""The VPC CNI whose algorithm the planner follows."""


def cni(environment: Mapping[str, str]) -> Part:
    """The document's `cni`: what is in force, of the variables that decide on addresses. A variable that aws-node does
    not have is written where AWS ships another value than ipamd takes without one."""
    in_force, shipped = CniSettings.of(environment), CniSettings.of(SHIPPED)
    values = {name: getattr(in_force, field) for name, field in _FIELDS.items()}
    return {
        name: value
        for name, value in values.items()
        if value is not None and (name in environment or value != getattr(shipped, _FIELDS[name]))
    }


def without_a_plan(daemon_set: DaemonSet) -> Iterator[tuple[str, str]]:
    """Switches in a position in which the CNI follows no plan, and why."""
    for name in variables.REFUSED:
        if name in daemon_set.environment and (said := variables.wrong(name, daemon_set.environment[name])):
            yield name, said


def notes(daemon_set: DaemonSet, addon: Addon | None) -> Iterator[str]:
    """What the document cannot say about the CNI."""
    match = re.search(r":v?(\d+)\.(\d+)", daemon_set.image)
    if match and (int(match[1]), int(match[2])) != _FOLLOWED:
        yield f"the VPC CNI is {daemon_set.image.rpartition(':')[2]}; the plan follows what v1.23 does"
    for name in daemon_set.elsewhere:
        if name in _FIELDS:
            yield f"{name} of aws-node comes from another object and was not read: set it in the plan's cni yourself"
    for name, value in (addon.environment if addon else {}).items():
        if name in _FIELDS and daemon_set.environment.get(name) != value:
            present = daemon_set.environment.get(name, "not set")
            yield f"{name} is {present} on aws-node, but {value} in the add-on: its next update sets that"
