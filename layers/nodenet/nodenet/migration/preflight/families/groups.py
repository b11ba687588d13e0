"""The groups that move: whether they can be cloned, who owns them, and what of theirs stands in the way."""

from collections.abc import Iterator
from typing import Final

from nodenet.migration.preflight.case import MANAGED, Case, Group
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning
from nodenet.migration.preflight.keepers import code_of
from nodenet.migration.preflight.seen_aws import ScalingGroup
from nodenet.migration.preflight.sizes import Sizes

STATUS = blocker(
    "group.status",
    "The managed node group is being changed, or its health has issues: EKS refuses updates, and a clone would have "
    "the same issues.",
    "Wait until it is ACTIVE, and mend what its health says.",
    acceptable=False,
)
REFRESHING = blocker(
    "group.refresh",
    "An instance refresh replaces the group's instances while they are to be drained.",
    "Wait for its end, or cancel it.",
    acceptable=False,
)
OWNED = warning(
    "group.owned",
    "The group belongs to infrastructure code (CloudFormation, eksctl, CDK, Terraform), whose state does not know of "
    "groups that are made or deleted here.",
    "Make the new group there and name it as `replacement`, with `deleteOld: false`; or take the old one out of that "
    "state afterwards.",
)
CONFIGURATION = blocker(
    "group.launch-configuration",
    "The Auto Scaling group has a launch configuration, which is not cloned.",
    "Give it a launch template, or name a replacement.",
    acceptable=False,
)
USER_DATA = blocker(
    "group.user-data",
    "The nodes' maximum of pods must change, and their user data is neither AL2023's (a NodeConfig, or MIME) nor "
    "Bottlerocket's (TOML): it is not rewritten.",
    "Name a replacement with the right maxPods.",
    acceptable=False,
)
SUSPENDED = blocker(
    "group.suspended",
    "The group's processes Launch or Terminate are suspended: the way back, and waves, need them.",
    "Resume them.",
)
PROTECTED = warning(
    "group.protected",
    "Instances are protected from scale-in, or in standby: they go with the group all the same, once it is deleted.",
    "See why they are, and whether their pods may move.",
)
SCALING = warning(
    "group.scaling",
    "Scaling policies or scheduled actions change the group's size while it is drained; its clone has them too.",
    "See that none falls into the time of the migration.",
)
EXTRAS = note(
    "group.extras",
    "The group has load balancers' target groups, lifecycle hooks or a mixed instances policy, which its clone gets "
    "too.",
    "See the report of what was copied.",
)
WARM_POOL = warning(
    "group.warm-pool",
    "The group has a warm pool, whose instances were prepared with the old settings; the clone has none.",
    "Make a warm pool for the new group afterwards.",
)
SPOT = warning(
    "group.spot",
    "The group is of Spot instances: the new nodes may not all come, and old ones may go at any time.",
    "Choose a time with capacity, or smaller batches.",
)
CLASSIC = warning(
    "group.classic-load-balancer",
    "The group registers its instances with Classic Load Balancers.",
    "See that the new instances are registered too.",
)
LARGEST = warning(
    "group.maximum",
    "The new group needs more nodes than the old one may have: its maximum is raised.",
    "Nothing, if that many nodes are right.",
)
EMPTY = note("group.empty", "The group has no nodes: only its clone is made.", "Nothing.")
SEVERAL_TYPES = note(
    "group.types",
    "The group has several instance types: its kubelets are told the maximum of pods of the smallest.",
    "Nothing, or groups of one type each, which carry more.",
)

_AL2: Final = ("AL2_",)


def findings(case: Case, sizes: Sizes) -> Iterator[Finding]:
    for group in case.groups:
        yield from _state(group)
        size, most = sizes.by_group.get(group.name), _maximum(group)
        if size and most and size.nodes > most and not group.wish.replacement:
            yield LARGEST(f"{group.name} has at most {count(most, 'node')}, and {size.nodes} are needed", group.name)
        yield from _ownership(group)
        yield from _cloning(case, group)
        for scaling in group.scaling:
            yield from _scaling(group, scaling)


def _maximum(group: Group) -> int:
    return group.managed.maximum if group.managed else sum(each.maximum for each in group.scaling)


def _state(group: Group) -> Iterator[Finding]:
    managed = group.managed
    if managed and (managed.status != "ACTIVE" or managed.issues):
        why = f": {some(managed.issues, 2)}" if managed.issues else ""
        yield STATUS(f"{group.name} is {managed.status}{why}", group.name)
    for each in group.scaling:
        if each.refreshing:
            yield REFRESHING(f"{each.name} has an instance refresh under way", each.name)
    if not group.nodes:
        yield EMPTY(f"{group.name} has no nodes", group.name)
    if managed and managed.capacity_type == "SPOT":
        yield SPOT(f"{group.name}: {count(len(group.nodes), 'Spot instance')}", group.name)
    if len(group.instance_types) > 1:
        yield SEVERAL_TYPES(f"{group.name}: {some(group.instance_types)}", group.name)


def _ownership(group: Group) -> Iterator[Finding]:
    if group.wish.replacement and not group.wish.delete_old:
        return
    tags = {**(group.managed.tags if group.managed else {})}
    for each in group.scaling:
        # EKS makes a managed group's Auto Scaling group without a stack.
        tags |= {key: value for key, value in each.tags.items() if group.kind != MANAGED or "cloudformation" not in key}
    if owner := code_of(tags):
        yield OWNED(f"{group.name} belongs to {owner}", group.name)


def _cloning(case: Case, group: Group) -> Iterator[Finding]:
    if group.wish.replacement:
        return
    for each in group.scaling:
        if group.kind != MANAGED and each.configuration:
            yield CONFIGURATION(f"{each.name} has launch configuration {each.configuration}", each.name)
    managed = group.managed
    template = managed.template if managed else next((each.template for each in group.scaling if each.template), None)
    found = case.seen.launch_templates.get(template) if template else None
    own_image = bool(found and found.image) or not managed
    if case.custom and own_image and found is not None and not rewritable(found.user_data):
        yield USER_DATA(f"{group.name}: user data of launch template {found.id} is of no known form", group.name)
    elif case.custom and managed and group.networks and managed.ami_type.startswith(_AL2):
        yield USER_DATA(
            f"{group.name} has AMI type {managed.ami_type}, whose maxPods cannot be told by NodeConfig", group.name
        )


def rewritable(user_data: str) -> bool:
    """Whether it is user data of AL2023 (a NodeConfig alone, or a part of MIME) or of Bottlerocket (TOML)."""
    nodeconfig = "node.eks.aws" in user_data and (
        "kind: NodeConfig" in user_data or "application/node.eks.aws" in user_data
    )
    return nodeconfig or "[settings.kubernetes]" in user_data


def _scaling(group: Group, scaling: ScalingGroup) -> Iterator[Finding]:
    name = scaling.name
    if stopped := [each for each in scaling.suspended if each in ("Launch", "Terminate")]:
        yield SUSPENDED(f"{name}: {some(stopped)} {'is' if len(stopped) == 1 else 'are'} suspended", name)
    standby = [each for each, state in scaling.instances.items() if "Standby" in state]
    if apart := [*scaling.protected, *standby]:
        yield PROTECTED(f"{name}: {count(len(apart), 'instance')} protected or in standby: {some(apart)}", *apart)
    if moving := [*scaling.policies, *scaling.schedules]:
        yield SCALING(f"{name}: {some(moving)}", name, *moving)
    if scaling.warm_pool:
        yield WARM_POOL(f"{name} has a warm pool", name)
    if scaling.classic_load_balancers:
        yield CLASSIC(f"{name}: {some(scaling.classic_load_balancers)}", name)
    extras = {
        "target groups": len(scaling.target_groups),
        "lifecycle hooks": len(scaling.hooks),
        "a mixed instances policy": int(scaling.mixed and group.kind != MANAGED),
    }
    if named := [what for what, number in extras.items() if number]:
        yield EXTRAS(f"{name} has {', '.join(named)}", name)
