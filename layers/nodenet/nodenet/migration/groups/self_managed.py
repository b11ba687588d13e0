"""An Auto Scaling group of nodes, cloned: the request to make another one. Pure."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nodenet.errors import HeldError
from nodenet.migration.groups import fates, user_data
from nodenet.migration.groups.naming import template_name
from nodenet.migration.groups.user_data import Told
from nodenet.migration.groups.wish import TAINT, Clone, Shape, Template, Wish, own_tags, sizes

type Source = tuple[str, str]
"""A launch template's id and version."""

_TRAFFIC: Final = ("LoadBalancerNames", "TargetGroupARNs")
_SERVICE_ROLE: Final = "/AWSServiceRoleForAutoScaling"
"""The role that a group has where none is given."""

_HOOK: Final = (
    *("LifecycleHookName", "LifecycleTransition", "HeartbeatTimeout", "DefaultResult"),
    *("NotificationTargetARN", "RoleARN", "NotificationMetadata"),
)


def sources(old: Shape) -> list[Source]:
    """The launch templates that the group names, each once. HeldError where it has a launch configuration."""
    if old.get("LaunchConfigurationName"):
        raise HeldError(
            f"{old['AutoScalingGroupName']} has launch configuration {old['LaunchConfigurationName']}: give it a "
            "launch template, or name a replacement"
        )
    found = [_source(each) for each in _specifications(old)]
    return list(dict.fromkeys(found))


def clone(old: Shape, hooks: Sequence[Shape], data: Mapping[Source, Shape], wish: Wish) -> Clone:
    """The request of CreateAutoScalingGroup for a group like `old` (AutoScalingGroup), without instances.

    `data`: that of each of `sources`. The launch templates of the request are those of `templates`, in their order,
    named by their names: whoever makes them puts their ids in (`with_templates`). HeldError for what cannot be cloned.
    """
    _check(old)
    named = {source: template_name(wish.name, number) for number, source in enumerate(sources(old), 1)}
    bounds = sizes(old["MinSize"], old["MaxSize"], wish.wanted)
    request: dict[str, Any] = {
        name: old[name] for name in fates.copied(fates.SELF_MANAGED) if _given(name, old.get(name))
    }
    request |= {
        "AutoScalingGroupName": wish.name,
        "MinSize": 0,
        "MaxSize": bounds.maximum,
        "DesiredCapacity": 0,
        "VPCZoneIdentifier": ",".join(wish.subnets) or old["VPCZoneIdentifier"],
        "Tags": _tags(old, wish),
        "LifecycleHookSpecificationList": [{key: each[key] for key in _HOOK if each.get(key)} for each in hooks],
    }
    if sources_of_traffic := _traffic(old):
        request = {key: value for key, value in request.items() if key not in _TRAFFIC}
        request["TrafficSources"] = sources_of_traffic
    if policy := old.get("MixedInstancesPolicy"):
        request["MixedInstancesPolicy"] = policy
    else:
        request["LaunchTemplate"] = old["LaunchTemplate"]
    templates = [_template(name, data[source], wish) for source, name in named.items()]
    return Clone(request, templates, _left(old))


def with_templates(request: Shape, old: Shape, ids: Sequence[str], version: str) -> dict[str, Any]:
    """The request with these launch templates, of this version, in the places of `sources(old)`."""
    new = dict(zip(sources(old), ids, strict=True))

    def changed(given: Shape) -> dict[str, str]:
        return {"LaunchTemplateId": new[_source(given)], "Version": version}

    if "MixedInstancesPolicy" not in request:
        return {**request, "LaunchTemplate": changed(request["LaunchTemplate"])}
    policy = request["MixedInstancesPolicy"]
    launch = dict(policy["LaunchTemplate"])
    launch["LaunchTemplateSpecification"] = changed(launch["LaunchTemplateSpecification"])
    launch["Overrides"] = [
        {**each, "LaunchTemplateSpecification": changed(each["LaunchTemplateSpecification"])}
        if "LaunchTemplateSpecification" in each
        else dict(each)
        for each in launch.get("Overrides") or ()
    ]
    return {**request, "MixedInstancesPolicy": {**policy, "LaunchTemplate": launch}}


def of_version(group: Shape, version: str) -> dict[str, Any]:
    """What an Auto Scaling group of the run's own starts nodes from, in another version of its launch templates."""
    ids = [template for template, _ in sources(group)]
    source = {key: group[key] for key in ("MixedInstancesPolicy", "LaunchTemplate") if group.get(key)}
    return with_templates(source, group, ids, version)


def _check(old: Shape) -> None:
    name = old["AutoScalingGroupName"]
    if old.get("Operator"):
        raise HeldError(f"{name} belongs to a service of AWS ({old['Operator']}): name a replacement")
    overrides = ((old.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}).get("Overrides") or ()
    if old.get("DesiredCapacityType") not in (None, "", "units") or any(
        each.get("WeightedCapacity") for each in overrides
    ):
        raise HeldError(f"{name} counts its size in weights, not in nodes: name a replacement")


def _template(name: str, data: Shape, wish: Wish) -> Template:
    """Two versions: the first for good, the second with the taint, which the group begins with."""
    given = b64decode(data.get("UserData") or "")

    def told(taint: Any) -> Shape:
        made = user_data.of_own_image(given, Told(wish.max_pods, taint, wish.labels))
        return {**data, **({"UserData": b64encode(made).decode()} if made else {})}

    return Template(name, told(None), told(TAINT))


def _tags(old: Shape, wish: Wish) -> list[dict[str, Any]]:
    """As they were, to instances too where they were; the run's are the group's alone."""
    theirs = [each for each in old.get("Tags") or () if each["Key"] in own_tags({each["Key"]: ""}, {})]
    named = {each["Key"] for each in theirs}
    copied = [
        {"Key": each["Key"], "Value": each.get("Value", ""), "PropagateAtLaunch": bool(each.get("PropagateAtLaunch"))}
        for each in theirs
    ]
    ours = [{"Key": key, "Value": value, "PropagateAtLaunch": False} for key, value in wish.marks.items()]
    replaced = {each["Key"]: each["Value"] for each in ours}
    return [
        *({**each, "Value": replaced.get(each["Key"], each["Value"])} for each in copied),
        *(each for each in ours if each["Key"] not in named),
    ]


def _given(name: str, value: Any) -> bool:
    """Whether somebody gave the group this, as far as a description tells."""
    if name == "ServiceLinkedRoleARN":
        return bool(value) and not value.endswith(_SERVICE_ROLE)
    if name == "MaxInstanceLifetime":
        return bool(value)
    return value not in (None, "", [], {})


def _traffic(old: Shape) -> list[dict[str, str]]:
    """Traffic sources, where one is of a kind that has no parameter of its own: they are not given together with load
    balancers and target groups (CreateAutoScalingGroup)."""
    everything = old.get("TrafficSources") or ()
    if not any(each.get("Type") == "vpc-lattice" for each in everything):
        return []
    return [{key: each[key] for key in ("Identifier", "Type") if each.get(key)} for each in everything]


def _left(old: Shape) -> tuple[str, ...]:
    found = {
        "warm pool": bool(old.get("WarmPoolConfiguration")),
        "deletion protection": old.get("DeletionProtection") not in (None, "", "none"),
    }
    return tuple(name for name, there in found.items() if there)


def _specifications(group: Shape) -> list[Shape]:
    if policy := group.get("MixedInstancesPolicy"):
        launch = policy["LaunchTemplate"]
        theirs = [each.get("LaunchTemplateSpecification") for each in launch.get("Overrides") or ()]
        return [launch["LaunchTemplateSpecification"], *(each for each in theirs if each)]
    return [group["LaunchTemplate"]]


def _source(given: Shape) -> Source:
    return given.get("LaunchTemplateId") or given["LaunchTemplateName"], given.get("Version") or "$Default"


def versions(group: Shape) -> set[str]:
    """Of the launch templates that it names."""
    return {version for _, version in sources(group)}
