"""The ConfigMap aws-auth, as EKS keeps it for managed node groups.

Sources: EKS user guide, "Grant IAM users access to Kubernetes with a ConfigMap" (its form); "Delete a managed node
group" (a role that no other managed group of the cluster uses is taken out).
"""

from collections.abc import Callable
from typing import Any

import yaml

from local.nodes.membership import NODES, mapped_roles, role_name
from local.nodes.objects import Objects

type Roles = list[dict[str, Any]]

NAME, NAMESPACE = "aws-auth", "kube-system"


def add_role(objects: Objects, arn: str) -> None:
    """Lets nodes of this role in, where it does not stand there yet."""
    mapping = {
        "groups": ["system:bootstrappers", NODES],
        "rolearn": arn,
        "username": "system:node:{{EC2PrivateDNSName}}",
    }

    def add(roles: Roles) -> Roles:
        there = any(role_name(each["rolearn"]) == role_name(arn) for each in roles)
        return roles if there else [*roles, mapping]

    fresh = {"metadata": {"name": NAME, "namespace": NAMESPACE}, "data": {"mapRoles": _text([mapping])}}
    if not objects.create("ConfigMap", fresh):
        _rewrite(objects, add)


def remove_role(objects: Objects, arn: str) -> None:
    _rewrite(objects, lambda roles: [each for each in roles if role_name(each["rolearn"]) != role_name(arn)])


def _rewrite(objects: Objects, change: Callable[[Roles], Roles]) -> None:
    def rewrite(config: dict[str, Any]) -> None:
        before = mapped_roles(config)
        after = change(before)
        if after != before:
            config["data"] = {**(config.get("data") or {}), "mapRoles": _text(after)}

    objects.change("ConfigMap", NAME, rewrite, namespace=NAMESPACE)


def _text(roles: Roles) -> str:
    return yaml.safe_dump(roles, sort_keys=False) if roles else ""
