"""Variables of DaemonSet aws-node's environment: which of them decide on addresses, and what they may say.

amazon-vpc-cni-k8s v1.23: README.md ("CNI Configuration Variables"), config/master/aws-k8s-cni.yaml,
cmd/aws-vpc-cni/main.go (validateEnvVars), pkg/ipamd/ipamd.go.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from nodenet.capacity.cni import FALSE, SHIPPED, TRUE, CniSettings
from nodenet.documents.near import Hints
from nodenet.documents.paths import quoted

type Environment = Mapping[str, str | None]
"""None takes a variable away that AWS's manifest sets."""

IP_TARGETS: Final = ("WARM_IP_TARGET", "MINIMUM_IP_TARGET")
NUMBERS: Final = ("WARM_ENI_TARGET", *IP_TARGETS, "WARM_PREFIX_TARGET", "MAX_ENI", "IP_COOLDOWN_PERIOD")
SWITCHES: Final = (
    "ENABLE_PREFIX_DELEGATION",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
    "ENABLE_POD_ENI",
    "ENABLE_MULTI_NIC",
    "ENABLE_SUBNET_DISCOVERY",
    "AWS_MANAGE_ENIS_NON_SCHEDULABLE",
)

_IPV6: Final = "nothing to plan: in IPv6 mode a node has one /80 prefix, of which a subnet's /64 has 65,536"
_ALONE: Final = "nothing to plan: the VPC CNI then takes what is attached already, and asks EC2 for nothing"
REFUSED: Final[Mapping[str, tuple[bool, str]]] = {
    "ENABLE_IPv6": (True, _IPV6),
    "ENABLE_IPv4": (False, _IPV6),
    "ENABLE_IMDS_ONLY_MODE": (True, _ALONE),
    "DISABLE_NETWORK_RESOURCE_PROVISIONING": (True, _ALONE),
}
"""Switches with the position in which the VPC CNI follows no plan, and why."""

IDLE: Final = frozenset(
    [
        "ADDITIONAL_ENI_TAGS",
        "ANNOTATE_POD_IP",
        "AWS_EC2_ENDPOINT",
        "AWS_EXTERNAL_SERVICE_CIDRS",
        "AWS_VPC_CNI_NODE_PORT_SUPPORT",
        "AWS_VPC_ENI_MTU",
        "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER",
        "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS",
        "AWS_VPC_K8S_CNI_EXTERNALSNAT",
        "AWS_VPC_K8S_CNI_LOGLEVEL",
        "AWS_VPC_K8S_CNI_LOG_FILE",
        "AWS_VPC_K8S_CNI_RANDOMIZESNAT",
        "AWS_VPC_K8S_CNI_VETHPREFIX",
        "AWS_VPC_K8S_PLUGIN_LOG_FILE",
        "AWS_VPC_K8S_PLUGIN_LOG_LEVEL",
        "CLUSTER_ENDPOINT",
        "CLUSTER_NAME",
        "DISABLE_INTROSPECTION",
        "DISABLE_LEAKED_ENI_CLEANUP",
        "DISABLE_METRICS",
        "DISABLE_POD_V6",
        "DISABLE_TCP_EARLY_DEMUX",
        "ENABLE_BANDWIDTH_PLUGIN",
        "ENABLE_NFTABLES",
        "ENABLE_V4_EGRESS",
        "ENABLE_V6_EGRESS",
        "ENI_CONFIG_ANNOTATION_DEF",
        "ENI_CONFIG_LABEL_DEF",
        "HOST_CNI_BIN_PATH",
        "HOST_CNI_CONFDIR_PATH",
        "INTROSPECTION_BIND_ADDRESS",
        "NETWORK_POLICY_ENFORCING_MODE",
        "POD_MTU",
        "POD_SECURITY_GROUP_ENFORCING_MODE",
        "AWS_VPC_K8S_CNI_BACKING_STORE",
        "AWS_VPC_K8S_EGRESS_V4_PLUGIN_LOG_FILE",
        "AWS_VPC_K8S_EGRESS_V6_PLUGIN_LOG_FILE",
        "HTTP_TIMEOUT",
        "MANAGE_UNTAGGED_ENI",
        "MY_NODE_NAME",
        "MY_POD_NAME",
        "USE_PROMETHEUS",
        "VPC_CNI_VERSION",
        "VPC_ID",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ROLE_ARN",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ]
)
"""Known, and of no effect on how many addresses a node takes: README, then the code and manifest alone, then what EKS
adds to a pod with a role of its own."""

KNOWN: Final = dict.fromkeys((*NUMBERS, *SWITCHES, *REFUSED, *sorted(IDLE)))

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


def text(value: Any) -> str | None:
    """A variable's text, of YAML's text, whole number or boolean; None stays. ValueError for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    raise ValueError("must be text, a whole number, true or false")


def plain(value: str | None) -> str | int | bool | None:
    """The same text as YAML is written most readably."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value is not None and re.fullmatch(r"0|[1-9][0-9]{0,17}", value, re.ASCII) else value


def wrong(name: str, value: str | None, hints: Hints | None = None) -> str | None:
    """What is wrong with a variable's name or value; None where nothing is."""
    if name not in KNOWN:
        return f"no variable of aws-node's; {(hints or Hints(KNOWN)).of(name) or 'its README lists them'}"
    if value is None:
        return None
    if name in NUMBERS:
        if not _WHOLE.fullmatch(value):
            return f"{quoted(value)} is no whole number: aws-node would not read it"
        return "a negative number counts as not set: leave it out" if int(value) < 0 else None
    if name not in SWITCHES and name not in REFUSED:
        return None
    if value and value not in TRUE | FALSE:
        return f"{quoted(value)} is neither true nor false: aws-node would not read it"
    position, reason = REFUSED.get(name, (None, ""))
    return reason if position is not None and value in (TRUE if position else FALSE) else None


def environment(*layers: Environment) -> dict[str, str]:
    """What aws-node has in its environment: what AWS ships, and what is laid over it, the later the higher."""
    laid: dict[str, str | None] = dict(SHIPPED)
    for layer in layers:
        laid.update(layer)
    return {name: value for name, value in laid.items() if value is not None}


def settings(*layers: Environment) -> CniSettings:
    """How that environment sets the VPC CNI."""
    return CniSettings.of(environment(*layers))
