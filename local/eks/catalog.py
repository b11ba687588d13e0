"""The add-ons that EKS offers here, with their versions and configuration schemas.

Sources: the VPC CNI's own chart (charts/aws-vpc-cni in aws/amazon-vpc-cni-k8s, values and README) for what vpc-cni
takes; EKS user guide, "AWS add-ons", for the names. EKS publishes its schemas through DescribeAddonConfiguration
only, so those of the other add-ons are open beyond the properties named.
"""

import re
from typing import Any

KUBERNETES = ("1.31", "1.32", "1.33", "1.34")

# Newest first; the first is the default of every Kubernetes version. vpc-cni's are releases of that repository; the
# build suffixes and the versions of the others have the form of EKS's, but were not checked against what EKS offers.
VERSIONS = {
    "vpc-cni": ("v1.23.1-eksbuild.1", "v1.23.0-eksbuild.1", "v1.22.1-eksbuild.1", "v1.21.1-eksbuild.1"),
    "coredns": ("v1.13.1-eksbuild.1", "v1.12.4-eksbuild.1", "v1.11.4-eksbuild.2"),
    "kube-proxy": tuple(f"v{version}.0-eksbuild.2" for version in reversed(KUBERNETES)),
    "eks-pod-identity-agent": ("v1.3.10-eksbuild.1", "v1.3.9-eksbuild.3"),
    "aws-ebs-csi-driver": ("v1.53.0-eksbuild.1", "v1.52.1-eksbuild.1"),
}
TYPES = {"aws-ebs-csi-driver": "storage"}

_TEXT = {"type": "string"}
_FLAG = {"type": "string", "format": "boolean"}
_SECURITY_GROUPS = {"type": "array", "items": _TEXT}
_ZONE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {"id": _TEXT, "securityGroups": _SECURITY_GROUPS},
}
_CNI_ENVIRONMENT = [
    "ADDITIONAL_ENI_TAGS",
    "ANNOTATE_POD_IP",
    "AWS_EC2_ENDPOINT",
    "AWS_EXTERNAL_SERVICE_CIDRS",
    "AWS_MANAGE_ENIS_NON_SCHEDULABLE",
    "AWS_VPC_CNI_NODE_PORT_SUPPORT",
    "AWS_VPC_ENI_MTU",
    "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
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
    "DISABLE_NETWORK_RESOURCE_PROVISIONING",
    "DISABLE_POD_V6",
    "ENABLE_BANDWIDTH_PLUGIN",
    "ENABLE_IMDS_ONLY_MODE",
    "ENABLE_IPv4",
    "ENABLE_IPv6",
    "ENABLE_MULTI_NIC",
    "ENABLE_NFTABLES",
    "ENABLE_POD_ENI",
    "ENABLE_PREFIX_DELEGATION",
    "ENABLE_SUBNET_DISCOVERY",
    "ENABLE_V4_EGRESS",
    "ENABLE_V6_EGRESS",
    "ENI_CONFIG_ANNOTATION_DEF",
    "ENI_CONFIG_LABEL_DEF",
    "HOST_CNI_BIN_PATH",
    "HOST_CNI_CONFDIR_PATH",
    "INTROSPECTION_BIND_ADDRESS",
    "IP_COOLDOWN_PERIOD",
    "MAX_ENI",
    "MINIMUM_IP_TARGET",
    "NETWORK_POLICY_ENFORCING_MODE",
    "POD_MTU",
    "POD_SECURITY_GROUP_ENFORCING_MODE",
    "WARM_ENI_TARGET",
    "WARM_IP_TARGET",
    "WARM_PREFIX_TARGET",
]

SCHEMAS: dict[str, dict[str, Any]] = {
    "vpc-cni": {
        "$schema": "http://json-schema.org/draft-06/schema#",
        "title": "VpcCni",
        "description": "vpc-cni",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "affinity": {"type": ["object", "null"]},
            "enableNetworkPolicy": _FLAG,
            "enableWindowsIpam": _FLAG,
            "enableWindowsPrefixDelegation": _FLAG,
            "eniConfig": {
                "type": "object",
                "additionalProperties": False,
                "required": ["create", "region", "subnets"],
                "properties": {
                    "create": {"type": "boolean"},
                    "region": _TEXT,
                    "subnets": {"type": "object", "additionalProperties": _ZONE, "minProperties": 1},
                },
            },
            "env": {
                "type": "object",
                "additionalProperties": False,
                "properties": dict.fromkeys(_CNI_ENVIRONMENT, _TEXT),
            },
            "init": {"type": "object"},
            "livenessProbeTimeoutSeconds": {"type": "integer"},
            "nodeAgent": {"type": "object"},
            "podAnnotations": {"type": "object"},
            "podLabels": {"type": "object"},
            "readinessProbeTimeoutSeconds": {"type": "integer"},
            "resources": {"type": "object"},
            "tolerations": {"type": "array"},
        },
    },
    "coredns": {
        "$schema": "http://json-schema.org/draft-06/schema#",
        "type": "object",
        "properties": {"replicaCount": {"type": "integer"}, "corefile": _TEXT, "autoScaling": {"type": "object"}},
    },
}
OPEN_SCHEMA: dict[str, Any] = {"$schema": "http://json-schema.org/draft-06/schema#", "type": "object"}


def schema_of(addon: str) -> dict[str, Any]:
    return SCHEMAS.get(addon, OPEN_SCHEMA)


def compatible(addon: str, version: str) -> tuple[str, ...]:
    """The Kubernetes versions an add-on's version runs on: kube-proxy's up to its own, the others' all."""
    if addon != "kube-proxy":
        return KUBERNETES
    minor = re.match(r"v(\d+\.\d+)", version)
    return tuple(k for k in KUBERNETES if minor and k >= minor[1])


def default_version(addon: str, kubernetes: str) -> str:
    """The default version for a cluster; the newest where the cluster is older than the catalogue."""
    fitting = [v for v in VERSIONS[addon] if kubernetes in compatible(addon, v)]
    return (fitting or list(VERSIONS[addon]))[0]
