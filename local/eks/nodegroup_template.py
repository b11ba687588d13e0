"""The launch template that EKS makes for a managed node group.

User guide, "Customize managed nodes with launch templates".
"""

from typing import Any

from moto.core.exceptions import ServiceException

from local.eks.errors import invalid

# What a node group without an AMI of its own boots: any id does, images are not run here.
IMAGES = {"ARM_64": "ami-0e4e05a5a5a5a5a5a"}
IMAGE = "ami-0e4e08a6a6a6a6a6a"
# User guide, "Launch template configuration basics": these belong to the node group itself.
RESERVED = ("IamInstanceProfile", "HibernationOptions", "InstanceInitiatedShutdownBehavior", "InstanceMarketOptions")


def tags(cluster: str, nodegroup: Any) -> dict[str, str]:
    """The tags of the group, all of which its instances get."""
    return {
        "eks:cluster-name": cluster,
        "eks:nodegroup-name": nodegroup.nodegroup_name,
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{cluster}": "owned",
        f"kubernetes.io/cluster/{cluster}": "owned",
    }


def template_data(backend: Any, cluster: Any, nodegroup: Any) -> dict[str, Any]:
    """EKS's own template: the given one's data with what a node needs.

    Raises InvalidParameterException for what a node group's template may not hold.
    """
    data = template_given(backend, nodegroup.launch_template)
    interfaces = data.get("NetworkInterfaces", [])
    for key in RESERVED:
        if data.get(key):
            raise invalid(f"{key} should not be specified in the launch template.")
    if any(interface.get("SubnetId") for interface in interfaces):
        raise invalid("Subnet should not be specified in the network interfaces of the launch template.")
    group = cluster.resources_vpc_config.get("clusterSecurityGroupId")
    if group and not data.get("SecurityGroupIds") and not any(interface.get("Groups") for interface in interfaces):
        data["SecurityGroupIds"] = [group]
    data.setdefault("ImageId", IMAGES["ARM_64"] if "ARM" in nodegroup.ami_type else IMAGE)
    data.setdefault("InstanceType", nodegroup.instance_types[0])
    own = tags(cluster.name, nodegroup)
    marks = [{"Key": key, "Value": own[key]} for key in ("eks:cluster-name", "eks:nodegroup-name")]
    marks += [
        {"Key": key, "Value": value} for spec in _instance_tags(data) for key, value in spec.items() if key not in own
    ]
    others = [s for s in data.get("TagSpecifications", []) if s["ResourceType"] != "instance"]
    data["TagSpecifications"] = [*others, {"ResourceType": "instance", "Tags": marks}]
    return data


def template_given(backend: Any, given: dict[str, Any] | None) -> dict[str, Any]:
    """The data of a request's launch template, whose id, name and version are filled in; empty without one."""
    if not given:
        return {}
    try:
        by_id = given.get("id")
        template = backend.ec2.get_launch_template(by_id) if by_id else None
        template = template or backend.ec2.get_launch_template_by_name(given.get("name"))
        version = template.get_version(given.get("version") or "$Default")
    except ServiceException as missing:
        raise invalid(f"Launch template details can't be found: {missing.message}")
    given["id"], given["name"], given["version"] = template.id, template.name, str(version.number)
    return dict(version.data)


def _instance_tags(data: dict[str, Any]) -> list[dict[str, str]]:
    specs = [s for s in data.get("TagSpecifications", []) if s["ResourceType"] == "instance"]
    return [{tag["Key"]: tag["Value"] for tag in spec.get("Tags", [])} for spec in specs]
