"""What EC2 tells an instance about itself: the tree of instance metadata.

Source: EC2 User Guide, "Use instance metadata to manage your EC2 instance", instance metadata categories. What the
instance has not got is not in the tree: amazon-eks-ami and the VPC CNI meet 404 for `network-card` on types with one
card (docs say `network-card-index`; both programs read `network-card`), for `ipv4-prefix`, `ipv6-prefix` and `ipv6s`
without one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

type Tree = dict[str, Tree | str]
type Snapshot = Mapping[str, Any]
type Shape = Mapping[str, Any]


def metadata(snapshot: Snapshot, instance_id: str) -> Tree:
    """The categories below `meta-data/`: a value is text, lists one item a line. Empty for an unknown instance.

    `snapshot` holds what EC2's Describe calls answer, see `local.imds.snapshot`.
    """
    instance = next((one for one in _instances(snapshot) if one["InstanceId"] == instance_id), None)
    if instance is None:
        return {}
    attached = [one for one in snapshot["NetworkInterfaces"] if _is_on(one, instance_id)]
    zone = instance["Placement"]["AvailabilityZone"]
    tree: Tree = {
        "ami-id": instance.get("ImageId", ""),
        "instance-id": instance_id,
        "instance-type": instance["InstanceType"],
        "network": {
            "interfaces": {"macs": {one["MacAddress"]: _interface(snapshot, instance, one) for one in attached}}
        },
        "placement": {"availability-zone": zone, "region": _region(zone)},
    }
    if primary := next((one for one in attached if _place(one) == (0, 0)), None):
        tree["local-ipv4"] = primary["PrivateIpAddress"]
        tree["mac"] = primary["MacAddress"]
        tree["security-groups"] = _lines(group["GroupName"] for group in primary["Groups"])
        if primary.get("Ipv6Addresses"):
            tree["ipv6"] = primary["Ipv6Addresses"][0]["Ipv6Address"]
        if public := primary.get("Association"):
            tree["public-ipv4"] = public["PublicIp"]
    return _present(tree)


def _interface(snapshot: Snapshot, instance: Shape, eni: Shape) -> Tree:
    subnet: Shape = next((one for one in snapshot["Subnets"] if one["SubnetId"] == eni["SubnetId"]), {})
    vpc: Shape = next((one for one in snapshot.get("Vpcs", []) if one["VpcId"] == eni["VpcId"]), {})
    card, index = _place(eni)
    tree: Tree = {
        "device-number": str(index),
        "interface-id": eni["NetworkInterfaceId"],
        "ipv4-associations": _associations(eni),
        "ipv4-prefix": _lines(one["Ipv4Prefix"] for one in eni.get("Ipv4Prefixes", [])),
        "ipv6-prefix": _lines(one["Ipv6Prefix"] for one in eni.get("Ipv6Prefixes", [])),
        "ipv6s": _lines(one["Ipv6Address"] for one in eni.get("Ipv6Addresses", [])),
        "local-hostname": eni.get("PrivateDnsName", ""),
        "local-ipv4s": _lines(one["PrivateIpAddress"] for one in eni.get("PrivateIpAddresses", [])),
        "mac": eni["MacAddress"],
        "network-card": str(card) if _has_cards(snapshot, instance["InstanceType"], card) else "",
        "owner-id": eni["OwnerId"],
        "public-ipv4s": _lines(_associations(eni)),
        "security-group-ids": _lines(group["GroupId"] for group in eni["Groups"]),
        "security-groups": _lines(group["GroupName"] for group in eni["Groups"]),
        "subnet-id": eni["SubnetId"],
        "subnet-ipv4-cidr-block": subnet.get("CidrBlock", ""),
        "subnet-ipv6-cidr-blocks": _lines(_ipv6_blocks(subnet)),
        "vpc-id": eni["VpcId"],
        "vpc-ipv4-cidr-block": vpc.get("CidrBlock", ""),
        "vpc-ipv4-cidr-blocks": _lines(
            one["CidrBlock"]
            for one in vpc.get("CidrBlockAssociationSet", [])
            if one["CidrBlockState"]["State"] == "associated"
        ),
        "vpc-ipv6-cidr-blocks": _lines(_ipv6_blocks(vpc)),
    }
    return _present(tree)


def _present(tree: Tree) -> Tree:
    return {name: value for name, value in tree.items() if value}


def _lines(items: Iterable[str]) -> str:
    return "\n".join(items)


def _instances(snapshot: Snapshot) -> Iterable[Shape]:
    return (instance for reservation in snapshot["Reservations"] for instance in reservation["Instances"])


def _is_on(eni: Shape, instance_id: str) -> bool:
    attachment = eni.get("Attachment") or {}
    return attachment.get("InstanceId") == instance_id and attachment.get("Status") == "attached"


def _place(eni: Shape) -> tuple[int, int]:
    return eni["Attachment"].get("NetworkCardIndex", 0), eni["Attachment"]["DeviceIndex"]


def _has_cards(snapshot: Snapshot, instance_type: str, card: int) -> bool:
    types = {one["InstanceType"]: one for one in snapshot.get("InstanceTypes", [])}
    return card > 0 or types.get(instance_type, {}).get("NetworkInfo", {}).get("MaximumNetworkCards", 1) > 1


def _associations(eni: Shape) -> Tree:
    """{public address: the private one that it stands for}."""
    return {
        one["Association"]["PublicIp"]: one["PrivateIpAddress"]
        for one in eni.get("PrivateIpAddresses", [])
        if one.get("Association")
    }


def _ipv6_blocks(shape: Shape) -> Iterable[str]:
    return (
        one["Ipv6CidrBlock"]
        for one in shape.get("Ipv6CidrBlockAssociationSet", [])
        if one["Ipv6CidrBlockState"]["State"] == "associated"
    )


def _region(zone: str) -> str:
    """Of a zone, local zones too: `us-west-2-lax-1a` is in us-west-2."""
    found = re.match(r"[a-z]+(-[a-z]+)+-\d+", zone)
    return found.group() if found else zone
