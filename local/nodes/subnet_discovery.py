"""Which subnets the VPC CNI takes for new interfaces, by the tags on them.

Source: amazon-vpc-cni-k8s v1.23.1, pkg/awsutils/awsutils.go, isSubnetValidForENICreation, IsSubnetExcluded and
ValidSubnetTagsMatchingClusterName.
"""

from typing import Any

TAG = "kubernetes.io/role/cni"
CLUSTER_TAG = "cni.networking.k8s.aws/cluster/"


def usable(subnet: Any, own: bool, cluster: str) -> bool:
    """Whether interfaces may be made in it: the node's own subnet unless it is tagged 0, others only if tagged."""
    tags = _tags(subnet)
    if not tags.get(TAG):
        return own
    return tags[TAG] != "0" and _of(tags, cluster)


def excluded(subnet: Any, cluster: str) -> bool:
    """Whether interfaces in it give no address to further pods."""
    tags = _tags(subnet)
    return bool(tags.get(TAG)) and (tags[TAG] == "0" or not _of(tags, cluster))


def _of(tags: dict[str, str], cluster: str) -> bool:
    named = [key for key in tags if key.startswith(CLUSTER_TAG)]
    return not cluster or not named or CLUSTER_TAG + cluster in named


def _tags(subnet: Any) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in subnet.get_tags()}
