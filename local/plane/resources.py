"""Which resources a call to EC2 or Auto Scaling is checked on by IAM, and with which condition keys.

Service authorization reference, "Actions, resources, and condition keys for Amazon EC2" and "... for Amazon EC2 Auto
Scaling". Actions that are not named here are left to ministack; reading actions have no resource.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.plane.resource_keys import keys_of
from local.plane.unnamed_resources import BEHIND

Params = Mapping[str, Sequence[str]]

# What an identifier's prefix says of its type (the ARN formats of the reference).
_TYPES = {
    "acl": "network-acl",
    "ami": "image",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "i": "instance",
    "ipv4pool": "ipv4pool-ec2",
    "lt": "launch-template",
    "nat": "natgateway",
    "rtb": "route-table",
    "scr": "subnet-cidr-reservation",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
}
_TEMPLATE = ("LaunchTemplateId", "LaunchTemplateName")
# Parameters that name the resources of an action; the ones the action makes come as `type/*`, first.
_EC2: dict[str, tuple[str | re.Pattern[str], ...]] = {
    "AllocateAddress": ("elastic-ip/*", "PublicIpv4Pool"),
    "AssignIpv6Addresses": ("NetworkInterfaceId",),
    "AssignPrivateIpAddresses": ("NetworkInterfaceId",),
    "AssociateAddress": ("AllocationId", "NetworkInterfaceId", "InstanceId"),
    "AssociateRouteTable": ("RouteTableId", "SubnetId"),
    "AssociateVpcCidrBlock": ("VpcId",),
    "AttachNetworkInterface": ("NetworkInterfaceId", "InstanceId"),
    "CreateEgressOnlyInternetGateway": ("egress-only-internet-gateway/*", "VpcId"),
    "CreateLaunchTemplate": ("launch-template/*",),
    "CreateLaunchTemplateVersion": _TEMPLATE,
    "CreateNatGateway": ("natgateway/*", "SubnetId", "AllocationId"),
    "CreateNetworkInterface": ("network-interface/*", "SubnetId", re.compile(r"SecurityGroupId\.\d+")),
    "CreateRoute": ("RouteTableId",),
    "CreateRouteTable": ("route-table/*", "VpcId"),
    "CreateSubnet": ("subnet/*", "VpcId"),
    "CreateSubnetCidrReservation": ("SubnetId",),
    "CreateTags": (re.compile(r"ResourceId\.\d+"),),
    "DeleteLaunchTemplate": _TEMPLATE,
    "DeleteNetworkInterface": ("NetworkInterfaceId",),
    "DeleteRoute": ("RouteTableId",),
    "DeleteRouteTable": ("RouteTableId",),
    "DeleteSubnet": ("SubnetId",),
    "DeleteTags": (re.compile(r"ResourceId\.\d+"),),
    "DetachNetworkInterface": ("AttachmentId",),
    "DisassociateAddress": ("AssociationId",),
    "DisassociateRouteTable": ("AssociationId",),
    "DisassociateVpcCidrBlock": ("AssociationId",),
    "ModifyInstanceAttribute": ("InstanceId",),
    "ModifyLaunchTemplate": _TEMPLATE,
    "ModifySubnetAttribute": ("SubnetId",),
    "ModifyNetworkInterfaceAttribute": ("NetworkInterfaceId", re.compile(r"SecurityGroupId\.\d+")),
    "ReleaseAddress": ("AllocationId",),
    "ReplaceNetworkAclAssociation": ("NetworkAclId", "AssociationId"),
    "ReplaceRoute": ("RouteTableId",),
    "ReplaceRouteTableAssociation": ("RouteTableId", "AssociationId"),
    "RunInstances": (
        "instance/*",
        "network-interface/*",
        "volume/*",
        "ImageId",
        re.compile(r"(NetworkInterface\.\d+\.)?SubnetId"),
        re.compile(r"(NetworkInterface\.\d+\.)?SecurityGroupId\.\d+"),
        re.compile(r"NetworkInterface\.\d+\.NetworkInterfaceId"),
        "LaunchTemplate.LaunchTemplateId",
    ),
    "StartInstances": (re.compile(r"InstanceId\.\d+"),),
    "StopInstances": (re.compile(r"InstanceId\.\d+"),),
    "TerminateInstances": (re.compile(r"InstanceId\.\d+"),),
    "UnassignIpv6Addresses": ("NetworkInterfaceId",),
    "UnassignPrivateIpAddresses": ("NetworkInterfaceId",),
}
# Images and snapshots may be anybody's: their ARNs name no account.
_NOBODYS = ("image", "snapshot")
_TAG = re.compile(r"((?:(TagSpecification\.\d+)\.)?Tags?(?:\.member)?\.\d+)\.Key")
_GROUP = re.compile(r"AutoScalingGroupName|Tags\.member\.\d+\.ResourceId")


@dataclasses.dataclass(frozen=True)
class Check:
    """One decision of IAM: may the caller do `action` to `resource` where `context` holds."""

    action: str
    resource: str
    context: dict[str, Any]


def checks(service: str, params: Params, region: str, account: str) -> list[Check]:
    """All decisions that a call needs, the one that ministack makes by itself first; none where it is left to it."""
    action = str((params.get("Action") or [""])[0])
    if service == "autoscaling":
        names = {params[name][0] for name in params if _GROUP.fullmatch(name)}
        arns = (
            [_group_arn(name, region, account) for name in sorted(names)] if not action.startswith("Describe") else []
        )
    elif service == "ec2":
        arns = list(_ec2_arns(action, params, region, account))
    else:
        arns = []
    name = f"{service}:{action}"
    tags = _request_tags(params)
    # Keys about the request belong to the resource that is made or tagged, not to those it is made of.
    found = [Check(name, arn, {**tags.get(_kind(arn), tags[""]), **keys_of(service, arn)}) for arn in arns]
    for kind in tags.keys() - {""} if arns else ():
        # "Grant permission to tag resources during creation" (EC2 user guide).
        made = f"arn:aws:ec2:{region}:{account}:{kind}/*"
        found.append(Check("ec2:CreateTags", made, {**tags[kind], "ec2:CreateAction": action}))
    return found


def _ec2_arns(action: str, params: Params, region: str, account: str) -> Iterator[str]:
    base = f"arn:aws:ec2:{region}:{account}"
    for name in _EC2.get(action, ()):
        if isinstance(name, str) and name.endswith("/*"):
            yield f"{base}:{name}"
            continue
        matching = [name] if isinstance(name, str) else [key for key in params if name.fullmatch(key)]
        for key in matching:
            for value in params.get(key, ()):
                if find := BEHIND.get(key):
                    yield from (f"{base}:{found}" for found in find(value, region, account))
                elif kind := _TYPES.get(value.partition("-")[0]):
                    owner = f"arn:aws:ec2:{region}:" if kind in _NOBODYS else base
                    yield f"{owner}:{kind}/{value}"


def _group_arn(name: str, region: str, account: str) -> str:
    from moto.autoscaling.models import autoscaling_backends

    group = autoscaling_backends[account][region].autoscaling_groups.get(name)
    return (
        str(group.arn)
        if group
        else f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}"
    )


def _request_tags(params: Params) -> dict[str, dict[str, Any]]:
    """aws:RequestTag/<key> and aws:TagKeys by the type of resource that gets the tags, as a pattern's ARN names it.

    Under "" stand those of a call that tags what it names itself.
    """
    found: dict[str, dict[str, str]] = {"": {}}
    for name, values in params.items():
        if match := _TAG.fullmatch(name):
            kind = (params.get(f"{match[2]}.ResourceType") or [""])[0] if match[2] else ""
            found.setdefault(kind, {})[values[0]] = (params.get(f"{match[1]}.Value") or [""])[0]
    keys = {kind: {f"aws:RequestTag/{name}": value for name, value in tags.items()} for kind, tags in found.items()}
    return {kind: {**keys[kind], "aws:TagKeys": list(tags)} if tags else {} for kind, tags in found.items()}


def _kind(arn: str) -> str:
    """The type of a resource that is to be made; empty for one that is there."""
    return arn.rpartition(":")[2].removesuffix("/*") if arn.endswith("/*") else ""
