"""EC2, as nodenet sees it: instances, subnets, instance types and the life of an ENI."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from nodenet.aws.errors import translated
from nodenet.errors import InterfaceGone
from nodenet.interfaces.identity import GROUP_TAG, INSTANCE_TAG, RETENTION_TAG
from nodenet.interfaces.steps import Attach, Create, SliceWanted
from nodenet.limits import InstanceLimits, from_ec2
from nodenet.networks import CLUSTER_TAG, Attachment, Instance, Interface, Subnet
from nodenet.ranges import AddressRange

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        AttachNetworkInterfaceRequestTypeDef,
        CreateNetworkInterfaceRequestTypeDef,
        FilterTypeDef,
    )


_FILTER_VALUES: Final = 200
"""A filter takes no more ("List and filter using the CLI and API", EC2 User Guide)."""


class Ec2:
    """One method, one API call, but for the pages of a Describe. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EC2Client", cluster: str) -> None:
        self._client = client
        self._cluster = cluster

    def instances(self, instance_ids: Iterable[str]) -> dict[str, Instance]:
        """The instances that EC2 knows, by id: asked for by filter, since one unknown id would fail the whole call."""
        found: dict[str, Instance] = {}
        for ids in batched(sorted(instance_ids), _FILTER_VALUES, strict=False):
            with translated():
                pages = self._client.get_paginator("describe_instances").paginate(
                    Filters=[{"Name": "instance-id", "Values": list(ids)}]
                )
                for page in pages:
                    for reservation in page["Reservations"]:
                        for item in reservation.get("Instances", ()):
                            found[item["InstanceId"]] = _instance(item)
        return found

    def interfaces_made_for(self, instance_ids: Sequence[str]) -> list[Interface]:
        """The ENIs that nodenet made for these instances, attached or not."""
        return self._interfaces([_tagged(CLUSTER_TAG, self._cluster), _tagged(INSTANCE_TAG, *instance_ids)])

    def interfaces_kept_for(self, groups: Iterable[str]) -> list[Interface]:
        """Unattached ENIs that outlived a node of these node groups."""
        return self._interfaces(
            [
                _tagged(CLUSTER_TAG, self._cluster),
                _tagged(RETENTION_TAG, "keep"),
                _tagged(GROUP_TAG, *(_literal(group) for group in groups)),
                {"Name": "status", "Values": ["available"]},
            ]
        )

    def interfaces_of_cluster(self) -> list[Interface]:
        """Every ENI that nodenet made for the cluster."""
        return self._interfaces([_tagged(CLUSTER_TAG, self._cluster)])

    def interface(self, interface_id: str) -> Interface:
        """The ENI; InterfaceGone if EC2 does not know it."""
        for found in self._interfaces([{"Name": "network-interface-id", "Values": [interface_id]}]):
            return found
        raise InterfaceGone(f"{interface_id} is not there")

    def create_interface(self, create: Create, token: str, slices: Mapping[SliceWanted, AddressRange]) -> Interface:
        """Creates the ENI, with the addresses of its pods. `slices` are those that were handed out for it."""
        request: CreateNetworkInterfaceRequestTypeDef = {
            "ClientToken": token,
            "SubnetId": create.subnet_id,
            "Groups": sorted(create.security_groups),
            "Description": create.description,
            "TagSpecifications": [
                {
                    "ResourceType": "network-interface",
                    "Tags": [{"Key": key, "Value": value} for key, value in create.tags.items()],
                }
            ],
        }
        if create.ipv4.prefix_count:
            request["Ipv4PrefixCount"] = create.ipv4.prefix_count
        if create.ipv4.address_count:
            request["SecondaryPrivateIpAddressCount"] = create.ipv4.address_count
        if create.ipv6.prefix_count:
            request["Ipv6PrefixCount"] = create.ipv6.prefix_count
        if create.ipv6.address_count:
            request["Ipv6AddressCount"] = create.ipv6.address_count
        if want := create.ipv4.slice:
            if want.as_prefixes:
                request["Ipv4Prefixes"] = [{"Ipv4Prefix": str(each)} for each in slices[want].prefixes]
            else:
                # With none of them primary EC2 chooses that one itself.
                request["PrivateIpAddresses"] = [
                    {"PrivateIpAddress": str(each), "Primary": False} for each in slices[want].addresses
                ]
        if want := create.ipv6.slice:
            if want.as_prefixes:
                request["Ipv6Prefixes"] = [{"Ipv6Prefix": str(each)} for each in slices[want].prefixes]
            else:
                request["Ipv6Addresses"] = [{"Ipv6Address": str(each)} for each in slices[want].addresses]
        with translated():
            return _interface(self._client.create_network_interface(**request)["NetworkInterface"])

    def attach_interface(self, interface_id: str, instance_id: str, attach: Attach, index: int) -> str:
        """Attaches at the device index and gives the attachment's id."""
        request: AttachNetworkInterfaceRequestTypeDef = {
            "NetworkInterfaceId": interface_id,
            "InstanceId": instance_id,
            "DeviceIndex": index,
            "NetworkCardIndex": attach.card,
        }
        if attach.ena_queues is not None:
            request["EnaQueueCount"] = attach.ena_queues
        with translated():
            return self._client.attach_network_interface(**request)["AttachmentId"]

    def set_delete_on_termination(self, interface_id: str, attachment_id: str, value: bool) -> None:
        with translated():
            self._client.modify_network_interface_attribute(
                NetworkInterfaceId=interface_id,
                Attachment={"AttachmentId": attachment_id, "DeleteOnTermination": value},
            )

    def set_source_dest_check(self, interface_id: str, value: bool) -> None:
        with translated():
            self._client.modify_network_interface_attribute(
                NetworkInterfaceId=interface_id, SourceDestCheck={"Value": value}
            )

    def tag(self, interface_id: str, tags: Mapping[str, str]) -> None:
        with translated():
            self._client.create_tags(
                Resources=[interface_id], Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
            )

    def detach(self, attachment_id: str) -> None:
        with translated():
            self._client.detach_network_interface(AttachmentId=attachment_id)

    def delete_interface(self, interface_id: str) -> None:
        """InterfaceInUse while it is attached; InterfaceGone if it was deleted before."""
        with translated():
            self._client.delete_network_interface(NetworkInterfaceId=interface_id)

    def subnets(self, subnet_ids: Sequence[str], tag_selectors: Sequence[Mapping[str, str]]) -> list[Subnet]:
        """The subnets with these ids, and those whose tags match one of the selectors."""
        found: dict[str, Subnet] = {}
        asked: list[list[FilterTypeDef]] = [
            [{"Name": f"tag:{key}", "Values": [value]} for key, value in selector.items()] for selector in tag_selectors
        ]
        if subnet_ids:
            asked.append([{"Name": "subnet-id", "Values": list(subnet_ids)}])
        for filters in asked:
            with translated():
                for page in self._client.get_paginator("describe_subnets").paginate(Filters=filters):
                    for item in page["Subnets"]:
                        found[item["SubnetId"]] = Subnet(
                            item["SubnetId"],
                            item["AvailabilityZone"],
                            item["VpcId"],
                            item.get("CidrBlock", ""),
                            _tags(item.get("Tags", ())),
                            _ipv6_cidr(item),
                        )
        return list(found.values())

    @cache  # noqa: B019 - one object for the life of the environment; a type's limits do not change
    def limits(self, instance_type: str) -> InstanceLimits:
        """The limits of a type that the shipped table does not have yet."""
        with translated():
            answer = self._client.describe_instance_types(InstanceTypes=[instance_type])  # type: ignore[list-item]
        item: Any = answer["InstanceTypes"][0]
        return from_ec2(item)

    def type_of_template(self, template_id: str, version: str) -> str | None:
        """The instance type in a version of a launch template; None where it says none."""
        with translated():
            answer = self._client.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=[version])
        return next((each["LaunchTemplateData"].get("InstanceType") for each in answer["LaunchTemplateVersions"]), None)

    def _interfaces(self, filters: "list[FilterTypeDef]") -> list[Interface]:
        with translated():
            pages = self._client.get_paginator("describe_network_interfaces").paginate(Filters=filters)
            return [_interface(item) for page in pages for item in page["NetworkInterfaces"]]


def _tagged(key: str, *values: str) -> "FilterTypeDef":
    return {"Name": f"tag:{key}", "Values": list(values)}


def _literal(value: str) -> str:
    """A filter's value in which `*` and `?` mean themselves ("Filter using the API", Amazon EC2 User Guide)."""
    return value.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def _tags(items: Iterable[Any]) -> dict[str, str]:
    return {item["Key"]: item["Value"] for item in items}


def _ipv6_cidr(subnet: Any) -> str:
    """Empty where no block is associated: one that is going, or failed to come, is shown for a while."""
    blocks = subnet.get("Ipv6CidrBlockAssociationSet", ())
    return next((one["Ipv6CidrBlock"] for one in blocks if one["Ipv6CidrBlockState"]["State"] == "associated"), "")


def _instance(item: Any) -> Instance:
    operator = item.get("Operator", {})
    return Instance(
        id=item["InstanceId"],
        type=item["InstanceType"],
        zone=item["Placement"]["AvailabilityZone"],
        state=item["State"]["Name"],
        tags=_tags(item.get("Tags", ())),
        interfaces=tuple(_interface(each, item["InstanceId"]) for each in item.get("NetworkInterfaces", ())),
        operator=operator.get("Principal", "another service") if operator.get("Managed") else None,
    )


def _interface(item: Any, instance_id: str = "") -> Interface:
    """An ENI as DescribeNetworkInterfaces, DescribeInstances (without tags) or CreateNetworkInterface shows it."""
    attached = item.get("Attachment")
    attachment = attached and Attachment(
        id=attached["AttachmentId"],
        instance_id=attached.get("InstanceId", instance_id),
        card=attached.get("NetworkCardIndex", 0),
        index=attached["DeviceIndex"],
        delete_on_termination=attached["DeleteOnTermination"],
    )
    return Interface(
        id=item["NetworkInterfaceId"],
        subnet_id=item["SubnetId"],
        security_groups=frozenset(group["GroupId"] for group in item.get("Groups", ())),
        status="detaching" if attached and attached.get("Status") == "detaching" else item.get("Status", ""),
        addresses=tuple(
            each["PrivateIpAddress"]
            for each in sorted(item.get("PrivateIpAddresses", ()), key=lambda each: not each.get("Primary"))
        ),
        ipv6_addresses=tuple(each["Ipv6Address"] for each in item.get("Ipv6Addresses", ())),
        prefixes=(
            *(each["Ipv4Prefix"] for each in item.get("Ipv4Prefixes", ())),
            *(each["Ipv6Prefix"] for each in item.get("Ipv6Prefixes", ())),
        ),
        source_dest_check=item.get("SourceDestCheck", True),
        description=item.get("Description", ""),
        attachment=attachment or None,
        tags=_tags(item.get("TagSet", ())),
    )
