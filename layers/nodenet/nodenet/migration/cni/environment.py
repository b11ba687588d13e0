"""The environment of aws-node that a run asks for. Pure. Names: README of amazon-vpc-cni-k8s, "CNI Configuration
Variables"."""

from collections.abc import Mapping
from typing import Final

from nodenet.migration.cluster import Node
from nodenet.migration.request import Mode, Request, Warm

CUSTOM_NETWORKING: Final = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"
LABEL: Final = "ENI_CONFIG_LABEL_DEF"
ANNOTATION: Final = "ENI_CONFIG_ANNOTATION_DEF"
ZONE_LABEL: Final = "topology.kubernetes.io/zone"
CHOSEN_LABEL: Final = "k8s.amazonaws.com/eniConfig"
"""The VPC CNI's own label and annotation, where its environment names no other."""

_EXTERNAL: Final = "vpc.amazonaws.com/externalEniConfig"
_DEFAULT: Final = "default"


def wanted(request: Request) -> dict[str, str]:
    """Every variable that the run sets, with its value. Variables that the request says nothing about stay."""
    values: dict[str, str] = {}
    if request.mode is Mode.CUSTOM_NETWORKING:
        values[CUSTOM_NETWORKING] = "true"
        values[LABEL] = CHOSEN_LABEL if request.label_chosen else ZONE_LABEL
    if request.prefixes:
        values["ENABLE_PREFIX_DELEGATION"] = "true"
    if request.external_snat is not None:
        values["AWS_VPC_K8S_CNI_EXTERNALSNAT"] = str(request.external_snat).lower()
    return values | _warm(request.warm)


def changes(live: Mapping[str, str], values: Mapping[str, str | None]) -> dict[str, str | None]:
    """What of `values` is not so; None is a variable that shall not be there."""
    return {name: value for name, value in values.items() if live.get(name) != value}


def config_name(zone: str, label: str) -> str:
    """The name of a pod subnet's ENIConfig: the value of the node label by which it is found."""
    return label or zone


def config_of(node: Node, environment: Mapping[str, str]) -> str:
    """The name of the ENIConfig that aws-node with this environment takes on the node, whether there is one or not
    (amazon-vpc-cni-k8s, pkg/eniconfig, GetNodeSpecificENIConfigName)."""
    annotation = environment.get(ANNOTATION) or CHOSEN_LABEL
    label = environment.get(LABEL) or CHOSEN_LABEL
    places = ((node.labels, _EXTERNAL), (node.annotations, annotation), (node.labels, label))
    return next((where[key] for where, key in places if key in where), _DEFAULT)


def _warm(warm: Warm) -> dict[str, str]:
    targets = {
        "WARM_ENI_TARGET": warm.eni,
        "WARM_PREFIX_TARGET": warm.prefix,
        "WARM_IP_TARGET": warm.ip,
        "MINIMUM_IP_TARGET": warm.minimum_ip,
    }
    return {name: str(value) for name, value in targets.items() if value is not None}
