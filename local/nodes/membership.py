"""Which cluster an instance means to join, as what, and whether it is let in.

Sources: EKS user guide, "Managed node groups" and "Self-managed nodes" (the tags), "Grant IAM users and roles access to
Kubernetes APIs" (access entries, aws-auth; which of them counts is the cluster's authentication mode).
"""

from dataclasses import dataclass
from typing import Any

import yaml
from moto.autoscaling.models import ASG_NAME_TAG, autoscaling_backends

from local.plane import private

OWNED = "kubernetes.io/cluster/"
NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS", "EC2")
NODES = "system:nodes"


@dataclass(frozen=True)
class Member:
    """`group` is the managed node group, if any; `role` the node's role by name, None where it has none."""

    group: Any
    role: str | None


def member(instance: Any, cluster: Any) -> Member | None:
    """What the instance is to the cluster; None where it has nothing to do with it."""
    tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
    if tags.get("eks:cluster-name") == cluster.name:
        group = cluster.nodegroups.get(tags.get("eks:nodegroup-name"))
        return Member(group, role_name(group.node_role)) if group else None
    if OWNED + cluster.name in (tags.keys() | _group_tags(instance, tags.get(ASG_NAME_TAG, ""))):
        return Member(None, _profile_role(instance))
    return None


def let_in(cluster: Any, role: str | None, aws_auth: dict[str, Any] | None) -> bool:
    """Whether nodes of the role may join, or stay. `aws_auth` is the ConfigMap, if there is one."""
    mode = cluster.access_config["authenticationMode"]
    if role is None:
        return False
    entries = cluster.access_entries.items() if mode != "CONFIG_MAP" else ()
    if any(role_name(arn) == role and entry.type in NODE_TYPES for arn, entry in entries):
        return True
    mapped = mapped_roles(aws_auth) if mode != "API" else []
    return any(role_name(each["rolearn"]) == role and NODES in each.get("groups", ()) for each in mapped)


def mapped_roles(aws_auth: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The ConfigMap's mapRoles; nothing where it is not a list of mappings, as the authenticator takes it then."""
    try:
        roles = yaml.safe_load(((aws_auth or {}).get("data") or {}).get("mapRoles") or "")
    except yaml.YAMLError:
        return []
    return [each for each in roles if isinstance(each, dict) and each.get("rolearn")] if isinstance(roles, list) else []


def role_name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _group_tags(instance: Any, name: str) -> set[str]:
    backend = instance.ec2_backend
    group = autoscaling_backends[backend.account_id][backend.region_name].autoscaling_groups.get(name)
    return {tag["Key"] for tag in group.tags} if group else set()


def _profile_role(instance: Any) -> str | None:
    """The role in the instance's profile; of a profile that IAM does not know, one that is named like it."""
    if not instance.iam_instance_profile:
        return None
    name = role_name(instance.iam_instance_profile["Arn"])
    backend = instance.ec2_backend
    with private.get("core.responses.request_scope")(backend.account_id, backend.region_name):
        known = private.get("services.iam._instance_profiles").get(name)
    if known is None:
        return name
    return str(known["Roles"][0]) if known["Roles"] else None
