"""Which hooks a group should have, beside those it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedGroup
from nodenet.networks import GROUP_NAME_TAG, belongs_to

LAUNCHING: Final = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING: Final = "autoscaling:EC2_INSTANCE_TERMINATING"
HEARTBEAT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Group:
    """An Auto Scaling group with those of its tags that reach its instances, which are known by them.

    `waiting` are its instances that wait at a launch hook, whoever's; `types` the instance types that its overrides
    name, `template` its launch template's id and version.
    """

    name: str
    tags: Mapping[str, str]
    waiting: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    template: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """A lifecycle hook. Without a notification target its actions go to EventBridge only."""

    name: str
    transition: str
    heartbeat_seconds: int
    default_result: str
    notification_target: str = ""


@dataclass(frozen=True, slots=True)
class Put:
    hook: Hook
    reason: str


@dataclass(frozen=True, slots=True)
class Remove:
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """The instance waits at the hook that is about to be removed: removal would ABANDON it."""

    hook: str
    instance_id: str
    reason: str


type Step = Put | Remove | LetGo


def wanted(launch_hook: str, terminate_hook: str) -> tuple[Hook, Hook]:
    """The two hooks of a cluster.

    A launch that nobody answers must not put a node without its networks in service: ABANDON. A terminate that nobody
    answers must end: CONTINUE; ABANDON can keep the instance ("Instance lifecycle policy", Auto Scaling User Guide).
    """
    return (
        Hook(launch_hook, LAUNCHING, HEARTBEAT_SECONDS, "ABANDON"),
        Hook(terminate_hook, TERMINATING, HEARTBEAT_SECONDS, "CONTINUE"),
    )


def selected(configuration: ResolvedConfiguration, group: Group) -> ResolvedGroup | None:
    """The node group that selects the Auto Scaling group, if it is this cluster's and one does."""
    tags = {**group.tags, GROUP_NAME_TAG: group.name}
    return configuration.group_of(tags) if belongs_to(configuration.cluster, tags) else None


def plan(group: Group, is_selected: bool, present: Sequence[Hook], hooks: Sequence[Hook]) -> list[Step]:
    """What makes a group's hooks right. Hooks with other names are other people's and never touched.

    Deleting a launch hook completes its outstanding actions with ABANDON (Auto Scaling API Reference,
    DeleteLifecycleHook): who waits there is let go first.
    """
    by_name = {hook.name: hook for hook in present}
    if not is_selected:
        reason = "the configuration does not name this group"
        ours = [hook for hook in hooks if hook.name in by_name]
        launching = [hook.name for hook in ours if hook.transition == LAUNCHING]
        return [
            *(LetGo(name, instance_id, reason) for name in launching for instance_id in group.waiting),
            *(Remove(hook.name, reason) for hook in ours),
        ]
    steps: list[Step] = []
    for hook in hooks:
        if hook.name not in by_name:
            steps.append(Put(hook, "missing"))
        elif by_name[hook.name] != hook:
            steps.append(Put(hook, f"differs: {by_name[hook.name]}"))
    return steps
