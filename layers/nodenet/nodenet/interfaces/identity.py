"""How nodenet knows its own ENIs again: client token, description, tags."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

from nodenet.configuration.resolved import ResolvedGroup, ResolvedNetwork
from nodenet.networks import CLUSTER_TAG, Instance, Interface

INSTANCE_TAG: Final = "nodenet:instance"
NETWORK_TAG: Final = "nodenet:network"
GROUP_TAG: Final = "nodenet:group"
RETENTION_TAG: Final = "nodenet:retention"

CNI_DESCRIPTION: Final = "aws-K8S-"
"""How the VPC CNI's ENIs describe themselves; its cleaners look for it (amazon-vpc-cni-k8s, pkg/awsutils)."""

_DESCRIPTION: Final = re.compile(r"nodenet (?P<network>[^ ]+) #(?P<ordinal>\d+)")


def client_token(instance_id: str, network: str, ordinal: int, attempt: int, way: str = "") -> str:
    """The token of CreateNetworkInterface: the same for every delivery of one attempt, another after a roll-back.

    `way` names the choice of what addresses to ask for. 64 ASCII characters at most ("Ensuring idempotency in Amazon
    EC2 API requests"); this is 48.
    """
    return _token(instance_id, network, str(ordinal), str(attempt), *filter(None, [way]))


def token_with(token: str, addresses: Iterable[object]) -> str:
    """The token of a request that names addresses: EC2 refuses one that it knows with others."""
    named = [str(address) for address in addresses]
    return _token(token, *named) if named else token


def _token(*parts: str) -> str:
    return f"nodenet-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:40]}"


def holder(instance_id: str, network: str, which: int | str) -> str:
    """Who holds a slice: an ENI, named by its node, its network and which of the network's it is."""
    return f"{instance_id}/{network}/{which}"


def description(network: str, ordinal: int) -> str:
    """What the ENI says of itself. DescribeInstances shows it, where an ENI's tags are not shown."""
    return f"nodenet {network} #{ordinal}"


def ordinal_of(interface: Interface) -> int | None:
    """Which of its network's ENIs it is, by its description; None if nodenet did not make it."""
    match = _DESCRIPTION.fullmatch(interface.description)
    return int(match["ordinal"]) if match else None


def is_of(interface: Interface, network: ResolvedNetwork, subnet_id: str) -> bool:
    """Whether an ENI is the network's: by what it says of itself, else by fingerprint (subnet and groups).

    The description still tells after the configured groups have changed; the fingerprint is what the node itself has.
    """
    if match := _DESCRIPTION.fullmatch(interface.description):
        return match["network"] == network.name
    return not interface.description.startswith(CNI_DESCRIPTION) and has_fingerprint(interface, network, subnet_id)


def has_fingerprint(interface: Interface, network: ResolvedNetwork, subnet_id: str) -> bool:
    """Whether nothing that the node itself can see tells the ENI from the network's."""
    return interface.subnet_id == subnet_id and interface.security_groups == network.security_groups


def tags(cluster: str, instance: Instance, group: ResolvedGroup, network: ResolvedNetwork) -> Mapping[str, str]:
    """The tags of an ENI from its creation on.

    `node.k8s.amazonaws.com/no_manage` is what the VPC CNI looks for; only the value "true" counts, and an ENI that
    is attached before it has the tag is taken by ipamd (amazon-vpc-cni-k8s, pkg/awsutils).
    """
    return {
        **network.tags,
        "node.k8s.amazonaws.com/no_manage": "true",
        "multus": "true",
        "cluster": cluster,
        "Zone": instance.zone,
        CLUSTER_TAG: cluster,
        GROUP_TAG: group.name,
        NETWORK_TAG: network.name,
        INSTANCE_TAG: instance.id,
        RETENTION_TAG: network.retention,
    }
