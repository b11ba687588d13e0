"""How the VPC CNI's daemon (ipamd) is set: the environment of DaemonSet aws-node that decides on addresses.

What each variable does and what it is without a value: amazon-vpc-cni-k8s v1.23, README.md ("CNI Configuration
Variables") and pkg/ipamd/ipamd.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

SHIPPED: Final[Mapping[str, str]] = {"WARM_ENI_TARGET": "1", "WARM_PREFIX_TARGET": "1"}
"""What AWS's manifest sets (config/master/aws-k8s-cni.yaml), beyond switches that stand as they are without it."""

TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})
"""What Go's strconv.ParseBool takes."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
"""What Go's strconv.Atoi takes."""


@dataclass(frozen=True, slots=True)
class CniSettings:
    """Defaults are ipamd's own, for a variable that is not set at all. `max_eni` None is the instance type's limit;
    `ip_cooldown_period` is in seconds."""

    warm_eni_target: int = 1
    warm_ip_target: int = 0
    minimum_ip_target: int = 0
    warm_prefix_target: int = 0
    max_eni: int | None = None
    prefix_delegation: bool = False
    custom_networking: bool = False
    pod_eni: bool = False
    multi_nic: bool = False
    subnet_discovery: bool = True
    manage_enis_non_schedulable: bool = False
    ip_cooldown_period: int = 30

    @property
    def ip_targets(self) -> bool:
        """Whether WARM_IP_TARGET or MINIMUM_IP_TARGET rules, and no other target (warmIPTargetsDefined)."""
        return self.warm_ip_target != 0 or self.minimum_ip_target != 0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The settings in a container's environment, read as ipamd reads it: what it cannot read counts as not set."""
        maximum = _number(environment, "MAX_ENI", 0)
        return cls(
            warm_eni_target=_number(environment, "WARM_ENI_TARGET", 1),
            warm_ip_target=_number(environment, "WARM_IP_TARGET", 0),
            minimum_ip_target=_number(environment, "MINIMUM_IP_TARGET", 0),
            warm_prefix_target=_number(environment, "WARM_PREFIX_TARGET", 0),
            max_eni=maximum or None,
            prefix_delegation=_switch(environment, "ENABLE_PREFIX_DELEGATION"),
            custom_networking=_switch(environment, "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"),
            pod_eni=_switch(environment, "ENABLE_POD_ENI"),
            multi_nic=_switch(environment, "ENABLE_MULTI_NIC"),
            subnet_discovery=_switch(environment, "ENABLE_SUBNET_DISCOVERY", otherwise=True),
            manage_enis_non_schedulable=_switch(environment, "AWS_MANAGE_ENIS_NON_SCHEDULABLE"),
            ip_cooldown_period=_number(environment, "IP_COOLDOWN_PERIOD", 30),
        )


def _number(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environment.get(name, "")
    if not _NUMBER.fullmatch(text):
        return otherwise
    value = int(text)
    return value if value >= 0 else otherwise


def _switch(environment: Mapping[str, str], name: str, *, otherwise: bool = False) -> bool:
    value = environment.get(name, "")
    return True if value in TRUE else False if value in FALSE else otherwise
