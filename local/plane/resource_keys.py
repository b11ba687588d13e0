"""What IAM may ask of an EC2 or Auto Scaling resource that is there: its tags and where it lives.

Service authorization reference, "Condition keys for Amazon EC2": aws:ResourceTag and ec2:ResourceTag, ec2:Vpc and
ec2:Subnet, both ARNs.
"""

from typing import Any

from local.plane import eks_resources


def tags_of(arn: str) -> dict[str, str] | None:
    """The tags of a resource of our models; None where the ARN names none of them."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    if parts[2] == "ec2" and "/" in parts[5]:
        from moto.ec2.models import ec2_backends

        return dict(ec2_backends[parts[4]][parts[3]].tags.get(parts[5].partition("/")[2]) or {})
    if parts[2] == "eks":
        return eks_resources.tags_of(arn)
    if parts[2] == "autoscaling" and "autoScalingGroupName/" in parts[5]:
        from moto.autoscaling.models import autoscaling_backends

        name = parts[5].rpartition("autoScalingGroupName/")[2]
        group = autoscaling_backends[parts[4]][parts[3]].autoscaling_groups.get(name)
        return {tag["Key"]: tag["Value"] for tag in group.tags} if group else {}
    return None


def keys_of(service: str, arn: str) -> dict[str, Any]:
    """The condition keys of a resource, empty for one that is to be made."""
    tags = tags_of(arn) or {}
    keys = {f"{prefix}:ResourceTag/{name}": value for prefix in ("aws", service) for name, value in tags.items()}
    return {**keys, **_home(arn)}


def _home(arn: str) -> dict[str, str]:
    from moto.ec2.models import ec2_backends

    parts = arn.split(":", 5)
    kind, _, name = parts[-1].partition("/")
    if parts[2] != "ec2" or not parts[4]:
        return {}
    ec2, base = ec2_backends[parts[4]][parts[3]], ":".join(parts[:5])
    if kind == "network-interface" and name in ec2.enis:
        eni = ec2.enis[name]
        return {"ec2:Vpc": f"{base}:vpc/{eni.vpc_id}", "ec2:Subnet": f"{base}:subnet/{eni.subnet_id}"}
    if kind == "route-table" and name in ec2.route_tables:
        return {"ec2:Vpc": f"{base}:vpc/{ec2.route_tables[name].vpc_id}"}
    for subnets in ec2.subnets.values() if kind == "subnet" else ():
        if name in subnets:
            return {"ec2:Vpc": f"{base}:vpc/{subnets[name].vpc_id}"}
    return {}
