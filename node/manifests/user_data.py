"""User data for AL2023: the agent and its unit on the node before the kubelet, on the first boot and on each later one.

When things run on AL2023 (amazon-eks-ami, templates/al2023/runtime/rootfs/etc/systemd/system):

    nodeadm-config.service     reads the user data's NodeConfig
    cloud-init.service         runs boothooks, on every boot
    cloud-final.service        runs user-data scripts, on the first boot only
    nodeadm-run.service        reads NodeConfig once more, /etc/eks/nodeadm.d last, and starts the kubelet

So it is a boothook that puts the unit in place and starts it, without waiting: the unit's own
`Before=nodeadm-run.service` holds the kubelet back. On later boots the unit starts by itself, with what it finds.
"""

import gzip
from collections.abc import Mapping
from typing import Final

from node.manifests.boothook import Stored, boothook
from node.manifests.names import NETWORKS_JSON, UNIT
from node.manifests.node_config import Cluster, Kubelet, node_config
from node.manifests.writing import to_yaml

LIMIT: Final = 16 * 1024
"""Bytes, before base64 (EC2 User Guide, "Work with instance user data")."""

LEFT_TO_EKS: Final = 3 * 1024
"""Of these, what EKS and Karpenter add to ours: a NodeConfig with the cluster's certificate, labels and taints."""

DROP_IN: Final = "/etc/eks/nodeadm.d/50-nodenet.yaml"

_BOUNDARY: Final = "==nodenet=="


class UserDataTooLong(ValueError):
    """EC2 would refuse it; the message says by how much, and what to do instead."""


def user_data(
    *, networks: str, agent: bytes | Stored, unit: str, kubelet: Kubelet, cluster: Cluster | None = None
) -> bytes:
    """A MIME multipart document for a launch template or an EC2NodeClass, before base64.

    `networks` is networks.json, `agent` the agent's single file, `unit` its systemd unit. `cluster` only for groups
    whose user data nobody completes: self-managed ones, and managed ones with an AMI of their own. There it is in gzip
    where it would be too long else: cloud-init and nodeadm read both.

    Everywhere else EKS or Karpenter put a NodeConfig of theirs behind ours, whose maxPods would prevail ("Customize
    managed nodes with launch templates"); the kubelet's part then goes where nodeadm reads it last (amazon-eks-ami,
    "Overriding configuration with drop-in files"; AMIs from November 2025 on). UserDataTooLong above EC2's limit.
    """
    files = {NETWORKS_JSON: networks.encode(), f"/etc/systemd/system/{UNIT}": unit.encode()}
    parts: dict[str, str] = {}
    if cluster:
        parts["application/node.eks.aws"] = to_yaml([node_config(kubelet, cluster)])
    elif kubelet != Kubelet():
        files[DROP_IN] = to_yaml([node_config(kubelet)]).encode()
    parts["text/cloud-boothook"] = boothook(files, agent)
    made, limit = _multipart(parts), LIMIT if cluster else LIMIT - LEFT_TO_EKS
    if cluster and len(made) > limit:
        made = gzip.compress(made, mtime=0)
    if len(made) > limit:
        left = "" if cluster else f", of which {LEFT_TO_EKS} are left to what EKS or Karpenter adds"
        raise UserDataTooLong(
            f"the user data has {len(made)} bytes, EC2 takes {LIMIT}{left}: let the node get the agent from a bucket, "
            "put it into the AMI, or let the DaemonSet bring it"
        )
    return made


def _multipart(parts: Mapping[str, str]) -> bytes:
    """Parts by their content type, in MIME (RFC 2046), in the order of headers of AWS's examples. The boundary is
    always the same, so that the same input makes the same launch template."""
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"', ""]
    for kind, text in parts.items():
        lines += [f"--{_BOUNDARY}", f'Content-Type: {kind}; charset="us-ascii"', "", text]
    return "\n".join([*lines, f"--{_BOUNDARY}--", ""]).encode("ascii")
