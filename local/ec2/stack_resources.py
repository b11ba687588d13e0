"""What moto's models leave out where a stack makes them (CloudFormation template reference).

The most derived class of a type is the one that stacks use: see local.plane.stack_models.
"""

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from local.ec2 import vpc_blocks
from local.ec2.instances import Instance

_ATTRIBUTES = {"EnableDnsSupport": "enable_dns_support", "EnableDnsHostnames": "enable_dns_hostnames"}


class Vpc(vpc_blocks.Vpc):
    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        vpc = super().create_from_cloudformation_json(resource_name, cloudformation_json, account_id, region_name)
        for name, attribute in _ATTRIBUTES.items():
            if name in cloudformation_json["Properties"]:
                value = str(cloudformation_json["Properties"][name]).lower()
                ec2_backends[account_id][region_name].modify_vpc_attribute(vpc.id, attribute, value)
        return vpc


class StackInstance(Instance):
    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,  # noqa: ARG003 - moto's signature
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Instance:
        asked: Mapping[str, Any] = cloudformation_json["Properties"]
        profile = asked.get("IamInstanceProfile")
        reservation = ec2_backends[account_id][region_name].run_instances(
            asked.get("ImageId"),
            1,
            asked.get("UserData"),
            asked.get("SecurityGroups") or [],
            instance_type=asked.get("InstanceType"),
            subnet_id=asked.get("SubnetId"),
            key_name=asked.get("KeyName"),
            private_ip=asked.get("PrivateIpAddress"),
            placement=asked.get("AvailabilityZone"),
            security_group_ids=asked.get("SecurityGroupIds") or [],
            launch_template=asked.get("LaunchTemplate") or {},
            iam_instance_profile={"Name": profile} if profile else {},
            block_device_mappings=asked.get("BlockDeviceMappings") or None,
            nics=[_specification(one) for one in asked.get("NetworkInterfaces") or []],
            tags={"instance": {tag["Key"]: tag["Value"] for tag in asked.get("Tags") or []}},
        )
        instance: Instance = reservation.instances[0]
        return instance


def _specification(interface: Mapping[str, Any]) -> dict[str, Any]:
    """A template's words as RunInstances has them: GroupSet is Groups, and values may be strings."""
    words = {"true": True, "false": False}
    named = {"Groups" if name == "GroupSet" else name: value for name, value in interface.items()}
    return {name: words.get(str(value).lower(), value) for name, value in named.items()}
