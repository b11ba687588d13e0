"""What is to be launched: a request's parameters completed from a launch template.

Source: EC2 User Guide, "Launch an instance using a launch template": what the request names replaces what the
template names; tags of both are merged by key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.utils import convert_tag_spec

from local.ec2.attachments import limits_of

DEFAULT_TYPE = "m1.small"
_FROM_TEMPLATE = {
    "key_name": "KeyName",
    "security_group_ids": "SecurityGroupIds",
    "metadata_options": "MetadataOptions",
    "ebs_optimized": "EbsOptimized",
    "block_device_mappings": "BlockDeviceMappings",
    "instance_initiated_shutdown_behavior": "InstanceInitiatedShutdownBehavior",
    "disable_api_termination": "DisableApiTermination",
    "disable_api_stop": "DisableApiStop",
    "iam_instance_profile": "IamInstanceProfile",
}


@dataclass
class LaunchRequest:
    """One RunInstances; `asked` are the rest of its parameters by moto's keywords."""

    image_id: str | None
    user_data: Any
    instance_type: str
    group_names: Sequence[str]
    interfaces: Sequence[Mapping[str, Any]]
    tags: Mapping[str, Mapping[str, str]]
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def primary(self) -> dict[str, Any]:
        """The primary interface of a request that names its addresses on the instance itself."""
        return {
            "DeviceIndex": 0,
            "Description": "Primary network interface",
            "PrivateIpAddress": self.asked.get("private_ip"),
            "Ipv6AddressCount": self.asked.get("ipv6_address_count"),
            "Ipv6Addresses": self.asked.get("ipv6_addresses"),
        }

    @property
    def groups(self) -> list[str]:
        """Ids of the groups named for the instance; moto's callers pass groups themselves too."""
        return [getattr(one, "id", one) for one in self.asked.get("security_group_ids") or []]


def completed(
    backend: Any, image_id: str | None, user_data: Any, group_names: Sequence[str], given: Mapping[str, Any]
) -> LaunchRequest:
    """The request as it is to be carried out.

    Errors: those of an unknown template or version; InvalidParameterValue for an unknown instance type.
    """
    asked = dict(given)
    data: Mapping[str, Any] = {}
    own_tags: dict[str, str] = {}
    if template := asked.pop("launch_template", None):
        version = backend._get_template_from_args(template)
        data = version.data
        own_tags = {
            "aws:ec2launchtemplate:id": version.template.id,
            "aws:ec2launchtemplate:version": str(version.number),
        }
    for keyword, member in _FROM_TEMPLATE.items():
        asked[keyword] = asked.get(keyword) or data.get(member)
    instance_type = asked.pop("instance_type", None)
    if asked.pop("is_instance_type_default", not instance_type):
        instance_type = data.get("InstanceType") or instance_type or DEFAULT_TYPE
    limits_of(instance_type)
    asked["placement"] = asked.get("placement") or (data.get("Placement") or {}).get("AvailabilityZone")
    if (data.get("Monitoring") or {}).get("Enabled"):
        asked["monitoring_state"] = "enabled"
    tags = convert_tag_spec(data.get("TagSpecifications") or [])
    for kind, more in (asked.pop("tags", None) or {}).items():
        tags[kind] = tags.get(kind, {}) | (more or {})
    tags["instance"] = tags.get("instance", {}) | own_tags
    return LaunchRequest(
        image_id or data.get("ImageId"),
        user_data if user_data is not None else data.get("UserData"),
        instance_type,
        group_names or data.get("SecurityGroups") or [],
        asked.pop("nics", None) or data.get("NetworkInterfaces") or [],
        tags,
        asked,
    )
