"""Filters of DescribeNetworkInterfaces and DescribeInstances, read off the answer's own shape.

Sources: the two operations' API reference; EC2 User Guide, "Filter Amazon EC2 resources": values of one filter are
alternatives, filters add up (at most 50 of 200 values each), values are case sensitive, `*` is any text, `?` one
character, a backslash escapes.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from local.ec2 import errors

MAX_FILTERS, MAX_VALUES = 50, 200

INTERFACE = {
    "addresses.association.owner-id": "PrivateIpAddresses.Association.IpOwnerId",
    "addresses.association.public-ip": "PrivateIpAddresses.Association.PublicIp",
    "addresses.primary": "PrivateIpAddresses.Primary",
    "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
    "association.allocation-id": "Association.AllocationId",
    "association.association-id": "Association.AssociationId",
    "association.ip-owner-id": "Association.IpOwnerId",
    "association.public-dns-name": "Association.PublicDnsName",
    "association.public-ip": "Association.PublicIp",
    "attachment.attach-time": "Attachment.AttachTime",
    "attachment.attachment-id": "Attachment.AttachmentId",
    "attachment.delete-on-termination": "Attachment.DeleteOnTermination",
    "attachment.device-index": "Attachment.DeviceIndex",
    "attachment.instance-id": "Attachment.InstanceId",
    "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
    "attachment.network-card-index": "Attachment.NetworkCardIndex",
    "attachment.status": "Attachment.Status",
    "availability-zone": "AvailabilityZone",
    "availability-zone-id": "AvailabilityZoneId",
    "description": "Description",
    "group-id": "Groups.GroupId",
    "group-name": "Groups.GroupName",
    "interface-type": "InterfaceType",
    "ipv4-prefixes.ipv4-prefix": "Ipv4Prefixes.Ipv4Prefix",
    "ipv6-addresses.ipv6-address": "Ipv6Addresses.Ipv6Address",
    "ipv6-prefixes.ipv6-prefix": "Ipv6Prefixes.Ipv6Prefix",
    "mac-address": "MacAddress",
    "network-interface-id": "NetworkInterfaceId",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "owner-id": "OwnerId",
    "private-dns-name": "PrivateDnsName",
    "private-ip-address": "PrivateIpAddress",
    "requester-id": "RequesterId",
    "requester-managed": "RequesterManaged",
    "source-dest-check": "SourceDestCheck",
    "status": "Status",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}

_INSTANCE_ONLY = {
    "architecture": "Architecture",
    "availability-zone": "Placement.AvailabilityZone",
    "availability-zone-id": "Placement.AvailabilityZoneId",
    "block-device-mapping.attach-time": "BlockDeviceMappings.Ebs.AttachTime",
    "block-device-mapping.delete-on-termination": "BlockDeviceMappings.Ebs.DeleteOnTermination",
    "block-device-mapping.device-name": "BlockDeviceMappings.DeviceName",
    "block-device-mapping.status": "BlockDeviceMappings.Ebs.Status",
    "block-device-mapping.volume-id": "BlockDeviceMappings.Ebs.VolumeId",
    "client-token": "ClientToken",
    "dns-name": "PublicDnsName",
    "ebs-optimized": "EbsOptimized",
    "group-id": "SecurityGroups.GroupId",
    "host-id": "Placement.HostId",
    "hypervisor": "Hypervisor",
    "iam-instance-profile.arn": "IamInstanceProfile.Arn",
    "iam-instance-profile.id": "IamInstanceProfile.Id",
    "image-id": "ImageId",
    "instance-id": "InstanceId",
    "instance-lifecycle": "InstanceLifecycle",
    "instance-state-code": "State.Code",
    "instance-state-name": "State.Name",
    "instance-type": "InstanceType",
    "instance.group-id": "SecurityGroups.GroupId",
    "instance.group-name": "SecurityGroups.GroupName",
    "ip-address": "PublicIpAddress",
    "ipv6-address": "NetworkInterfaces.Ipv6Addresses.Ipv6Address",
    "key-name": "KeyName",
    "launch-index": "AmiLaunchIndex",
    "launch-time": "LaunchTime",
    "metadata-options.http-endpoint": "MetadataOptions.HttpEndpoint",
    "metadata-options.http-put-response-hop-limit": "MetadataOptions.HttpPutResponseHopLimit",
    "metadata-options.http-tokens": "MetadataOptions.HttpTokens",
    "metadata-options.instance-metadata-tags": "MetadataOptions.InstanceMetadataTags",
    "monitoring-state": "Monitoring.State",
    "owner-id": "OwnerId",
    "placement-group-name": "Placement.GroupName",
    "platform": "Platform",
    "private-dns-name": "PrivateDnsName",
    "private-ip-address": "NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress",
    "product-code": "ProductCodes",
    "reservation-id": "ReservationId",
    "root-device-name": "RootDeviceName",
    "root-device-type": "RootDeviceType",
    "source-dest-check": "SourceDestCheck",
    "state-reason-code": "StateReason.Code",
    "state-reason-message": "StateReason.Message",
    "subnet-id": "SubnetId",
    "tenancy": "Placement.Tenancy",
    "virtualization-type": "VirtualizationType",
    "vpc-id": "VpcId",
}
INSTANCE = _INSTANCE_ONLY | {
    f"network-interface.{name}": f"NetworkInterfaces.{path}" for name, path in INTERFACE.items()
}

type Filters = Mapping[str, Sequence[str]]


def predicate(filters: Filters, paths: Mapping[str, str]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether an answer passes every filter.

    Errors: InvalidParameterValue for a filter that the operation has not; FilterLimitExceeded.
    """
    if len(filters) > MAX_FILTERS or any(len(values) > MAX_VALUES for values in filters.values()):
        raise errors.refused("FilterLimitExceeded", "The request uses too many filters or too many filter values")
    tests = [(_values_of(name, paths), _pattern(tuple(values))) for name, values in filters.items()]
    return lambda answer: all(any(pattern.fullmatch(one) for one in values(answer)) for values, pattern in tests)


def _values_of(name: str, paths: Mapping[str, str]) -> Callable[[Mapping[str, Any]], Iterator[str]]:
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda answer: (tag["Value"] for tag in answer["TagSet"] if tag["Key"] == key)
    if name in ("tag-key", "tag-value"):
        part = {"tag-key": "Key", "tag-value": "Value"}[name]
        return lambda answer: (tag[part] for tag in answer["TagSet"])
    if name not in paths:
        raise errors.invalid_value(f"The filter '{name}' is invalid")
    steps = paths[name].split(".")
    return lambda answer: _walk(answer, steps)


def _walk(node: Any, steps: Sequence[str]) -> Iterator[str]:
    if node is None:
        return
    if isinstance(node, list):
        for one in node:
            yield from _walk(one, steps)
    elif steps:
        yield from _walk(node.get(steps[0]), steps[1:])
    elif isinstance(node, bool):
        yield str(node).lower()
    elif isinstance(node, datetime):
        yield node.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    else:
        yield str(node)


@functools.lru_cache(maxsize=512)
def _pattern(values: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_expression(value) for value in values) if values else r"(?!)", re.DOTALL)


def _expression(value: str) -> str:
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return "(?:" + "".join(wild.get(part) or re.escape(part[-1]) for part in parts) + ")"
