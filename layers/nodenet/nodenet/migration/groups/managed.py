"""A managed node group, cloned: the request to make another one. Pure."""

from base64 import b64decode, b64encode
from typing import Any, Final

from nodenet.errors import HeldError
from nodenet.migration.groups import fates, user_data
from nodenet.migration.groups.naming import template_name
from nodenet.migration.groups.user_data import Told
from nodenet.migration.groups.wish import TAINT, Clone, Shape, Template, Wish, own_tags, sizes

CUSTOM: Final = "CUSTOM"
"""amiType of a group whose launch template names an AMI."""

TAINTED: Final[Shape] = {"key": TAINT.key, "effect": "NO_SCHEDULE"}
"""As EKS writes it (Taint, EKS API Reference). EKS puts a group's taints on its nodes itself, some seconds after they
have joined (aws/containers-roadmap, issue 1962)."""

_OF_IMAGE: Final = ("amiType", "version", "releaseVersion")
""" "don't specify … or the node group deployment will fail" (CreateNodegroup), with an AMI of one's own."""


def clone(old: Shape, version: str, template: Shape | None, wish: Wish) -> Clone:
    """The request of CreateNodegroup for a group like `old` (Nodegroup), without nodes.

    `version`: the cluster's. `template`: the data of its launch template, None where it has none of its own. HeldError
    for what cannot be cloned, with what to do.
    """
    _check(old, version)
    request: dict[str, Any] = {name: old[name] for name in fates.copied(fates.MANAGED) if old.get(name)}
    if old.get("amiType") == CUSTOM:
        request = {key: value for key, value in request.items() if key not in _OF_IMAGE}
    bounds = old["scalingConfig"]
    request |= {
        "nodegroupName": wish.name,
        "scalingConfig": {
            "minSize": 0,
            "maxSize": sizes(bounds["minSize"], bounds["maxSize"], wish.wanted).maximum,
            "desiredSize": 0,
        },
        "subnets": list(wish.subnets or old["subnets"]),
        "labels": {**(old.get("labels") or {}), **wish.labels},
        "taints": [*(old.get("taints") or ()), dict(TAINTED)],
        "tags": own_tags(old.get("tags") or {}, wish.marks),
        "clientRequestToken": wish.token,
    }
    left = ("warm pool",) if (old.get("warmPoolConfig") or {}).get("enabled") else ()
    templates: list[Template] = []
    if wish.max_pods is not None:
        templates.append(_told(old, template, wish, wish.max_pods))
    elif old.get("launchTemplate"):
        request["launchTemplate"] = {key: old["launchTemplate"][key] for key in ("id", "version")}
    if not templates and not old.get("launchTemplate"):
        request |= {name: old[name] for name in ("diskSize", "remoteAccess") if old.get(name)}
    return Clone(request, templates, left)


def _check(old: Shape, version: str) -> None:
    name = old["nodegroupName"]
    if old.get("amiType") != CUSTOM and old.get("version", version) != version:
        raise HeldError(
            f"{name} has Kubernetes {old['version']}, and EKS makes node groups of the cluster's version, {version}, "
            "only: update it before a run, or name a replacement"
        )


def _told(old: Shape, template: Shape | None, wish: Wish, max_pods: int) -> Template:
    """A launch template whose user data tells the maximum of pods."""
    for field in ("remoteAccess", "diskSize"):
        # EKS says 20 for groups that were given nothing.
        if old.get(field) and not (field == "diskSize" and old[field] == 20):
            raise HeldError(
                f"{old['nodegroupName']} has {field}, and its nodes must be told how many pods they take by a launch "
                "template, beside which EKS allows none: name a replacement"
            )
    data = dict(template or {})
    given = b64decode(data.get("UserData") or "")
    if old.get("amiType") == CUSTOM:
        made = user_data.of_own_image(given, Told(max_pods, None, wish.labels))
    else:
        made = user_data.of_eks_image(given, old.get("amiType", ""), max_pods)
    data["UserData"] = b64encode(made).decode()
    return Template(template_name(wish.name, 1), data)
