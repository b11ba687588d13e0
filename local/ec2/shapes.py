"""Answers in the words of the API: the shapes NetworkInterface, InstanceNetworkInterface and Instance."""

from collections.abc import Mapping
from typing import Any

from local.ec2.addresses import Address
from local.ec2.network_interfaces import NetworkInterface, public_name


def network_interface(eni: NetworkInterface) -> dict[str, Any]:
    """The shape NetworkInterface of DescribeNetworkInterfaces and CreateNetworkInterface."""
    shape = _common(eni) | {
        "AvailabilityZone": eni.availability_zone,
        "AvailabilityZoneId": eni.subnet.availability_zone_id,
        "RequesterId": eni.requester_id,
        "RequesterManaged": eni.requester_managed,
        "TagSet": tags(eni),
        "Operator": {"Managed": False},
        "Ipv6Addresses": [{"Ipv6Address": address} for address in eni.ipv6_addresses],
    }
    if eni.ipv6:
        shape["Ipv6Address"] = eni.ipv6_addresses[0]
    if eni.attachment:
        shape["Attachment"] = attachment(eni)
    return shape


def instance_interface(eni: NetworkInterface) -> dict[str, Any]:
    """The shape InstanceNetworkInterface of DescribeInstances."""
    whole = attachment(eni)
    return _common(eni) | {
        "Attachment": {key: whole[key] for key in whole if not key.startswith("Instance")},
        "Ipv6Addresses": [{"Ipv6Address": address, "IsPrimaryIpv6": False} for address in eni.ipv6_addresses],
        "Operator": {"Managed": False},
    }


def attachment(eni: NetworkInterface) -> dict[str, Any]:
    one = eni.attachment
    if one is None:
        return {}
    return {
        "AttachTime": one.attach_time,
        "AttachmentId": one.attachment_id,
        "DeleteOnTermination": one.delete_on_termination,
        "DeviceIndex": one.device_index,
        "NetworkCardIndex": one.network_card_index,
        **({"InstanceId": one.instance.id} if one.instance else {}),
        "InstanceOwnerId": one.instance.owner_id if one.instance else "amazon-aws",
        "Status": one.status,
        **({"EnaQueueCount": one.ena_queue_count} if one.ena_queue_count else {}),
    }


def group_identifiers(eni: NetworkInterface) -> list[dict[str, str]]:
    return [{"GroupId": group.id, "GroupName": group.name} for group in eni.group_set]


def tags(resource: Any) -> list[dict[str, str]]:
    return [{"Key": tag["key"], "Value": tag["value"]} for tag in resource.get_tags()]


def _common(eni: NetworkInterface) -> dict[str, Any]:
    name = eni.private_dns_name
    named: Mapping[str, Any] = {"PrivateDnsName": name} if name else {}
    addresses = [
        {"Primary": index == 0, "PrivateIpAddress": str(address), **_association(eni, address)}
        for index, address in enumerate(eni.ipv4)
    ]
    addresses[0] |= named
    shape = {
        "Description": eni.description,
        "Groups": group_identifiers(eni),
        "InterfaceType": eni.interface_type,
        "MacAddress": eni.mac_address,
        "NetworkInterfaceId": eni.id,
        "OwnerId": eni.owner_id,
        "PrivateIpAddress": eni.private_ip_address,
        "PrivateIpAddresses": addresses,
        "Ipv4Prefixes": [{"Ipv4Prefix": str(prefix)} for prefix in eni.ipv4_prefixes],
        "Ipv6Prefixes": [{"Ipv6Prefix": str(prefix)} for prefix in eni.ipv6_prefixes],
        "SourceDestCheck": eni.source_dest_check,
        "Status": eni.status,
        "SubnetId": eni.subnet_id,
        "VpcId": eni.vpc_id,
        **named,
    }
    return shape | _association(eni, eni.ipv4[0])


def _association(eni: NetworkInterface, address: Address) -> dict[str, Any]:
    """What a private address has in public: an Elastic IP of the account, or one of Amazon's own choice."""
    known: dict[str, Any] = {}
    if elastic := eni.elastic.get(address):
        known = {
            "AllocationId": elastic.id,
            "AssociationId": elastic.association_id,
            "IpOwnerId": eni.owner_id,
            "PublicIp": elastic.public_ip,
        }
    elif eni.public_ip and address == eni.ipv4[0]:
        known = {"IpOwnerId": "amazon", "PublicIp": eni.public_ip}
    if known and eni.private_dns_name:
        known["PublicDnsName"] = public_name(known["PublicIp"], eni.ec2_backend.region_name)
    return {"Association": known} if known else {}


def instance(one: Any) -> dict[str, Any]:
    """The members of the shape Instance that filters look at."""
    return {
        "AmiLaunchIndex": one.ami_launch_index,
        "Architecture": one.architecture,
        "BlockDeviceMappings": [
            {
                "DeviceName": name,
                "Ebs": {
                    "AttachTime": device.attach_time,
                    "DeleteOnTermination": device.delete_on_termination,
                    "Status": one.get_block_device_status(device.status),
                    "VolumeId": device.volume_id,
                },
            }
            for name, device in one.get_block_device_mapping
        ],
        "ClientToken": one.client_token,
        "EbsOptimized": one.ebs_optimized,
        "Hypervisor": one.hypervisor,
        "IamInstanceProfile": one.iam_instance_profile,
        "ImageId": one.image_id,
        "InstanceId": one.id,
        "InstanceLifecycle": one.lifecycle,
        "InstanceType": one.instance_type,
        "KeyName": one.key_name,
        "LaunchTime": one.launch_time,
        "MetadataOptions": {
            "HttpEndpoint": one.metadata_options.http_endpoint,
            "HttpPutResponseHopLimit": one.metadata_options.http_put_response_hop_limit,
            "HttpTokens": one.metadata_options.http_tokens,
            "InstanceMetadataTags": one.metadata_options.instance_metadata_tags,
        },
        "Monitoring": one.monitoring,
        "NetworkInterfaces": one.network_interfaces,
        "OwnerId": one.owner_id,
        "Placement": {
            "AvailabilityZone": one.availability_zone,
            "GroupName": one.placement.group_name or None,
            "HostId": one.placement.host_id,
            "Tenancy": one.placement.tenancy,
        },
        "Platform": one.platform,
        "PrivateDnsName": one.private_dns_name,
        "ProductCodes": one.product_codes,
        "PublicDnsName": one.public_dns_name,
        "PublicIpAddress": one.public_ip,
        "ReservationId": one.reservation_id,
        "RootDeviceName": one.root_device_name,
        "RootDeviceType": one.root_device_type,
        "SecurityGroups": [{"GroupId": group.id, "GroupName": group.name} for group in one.security_groups],
        "SourceDestCheck": one.source_dest_check,
        "State": {"Code": one.state_code, "Name": one.state},
        "StateReason": {"Code": one.state_reason.code, "Message": one.state_reason.message},
        "SubnetId": one.subnet_id,
        "TagSet": tags(one),
        "VirtualizationType": one.virtualization_type,
        "VpcId": one.vpc_id,
    }
