"""Putting the hooks on every group that the configuration names, and taking them off the others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.errors import ConfigurationError, HeldError, NodenetError
from nodenet.hooks.plan import Group, Hook, LetGo, Put, Remove, Step, plan, selected
from nodenet.hooks.types import Ec2, misfits
from nodenet.networks import belongs_to


class AutoScaling(Protocol):
    def groups(self, cluster: str) -> Sequence[Group]: ...
    def hooks(self, group_name: str) -> Sequence[Hook]: ...
    def put_hook(self, group_name: str, hook: Hook) -> None: ...
    def delete_hook(self, group_name: str, name: str) -> None: ...
    def let_go(self, group_name: str, hook: str, instance_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done at one group; `error` if it could not be. `misfits` says what its nodes will be held for."""

    group: str
    steps: tuple[Step, ...]
    error: str = ""
    misfits: tuple[str, ...] = ()


class Configurations(Protocol):
    def load(self) -> ResolvedConfiguration: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a run: mistakes of the configuration, its warnings, and the groups: none was touched while the
    document itself is wrong."""

    mistakes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    groups: tuple[Installed, ...] = ()


def keep(configurations: Configurations, autoscaling: AutoScaling, ec2: Ec2, hooks: Sequence[Hook]) -> Kept:
    """Reads the configuration and makes the hooks right; a wrong configuration touches no group."""
    try:
        configuration = configurations.load()
    except ConfigurationError as error:
        return Kept(mistakes=error.mistakes)
    groups = install(autoscaling, ec2, configuration, hooks)
    return Kept(tuple(misfit for group in groups for misfit in group.misfits), configuration.warnings, tuple(groups))


def install(
    autoscaling: AutoScaling, ec2: Ec2, configuration: ResolvedConfiguration, hooks: Sequence[Hook]
) -> list[Installed]:
    """Makes the hooks of all the cluster's groups right; run again it does nothing.

    Costs a Describe for each hundred groups of this cluster and one for each group. A group that goes away meanwhile,
    or that cannot be changed, does not stop the others: its error stands in the result.
    """

    def unfit(group: Group) -> Sequence[str]:
        node_group = selected(configuration, group)
        return misfits(ec2, group, node_group) if node_group else ()

    def is_selected(group: Group) -> bool:
        return selected(configuration, group) is not None

    return _make_right(autoscaling, configuration.cluster, hooks, is_selected, unfit)


def remove(autoscaling: AutoScaling, cluster: str, hooks: Sequence[Hook]) -> list[Installed]:
    """Takes the hooks off all the cluster's groups. HeldError, after all were tried, names those that kept them."""
    done = _make_right(autoscaling, cluster, hooks, lambda _: False)
    if errors := [f"{each.group}: {each.error}" for each in done if each.error]:
        raise HeldError("\n".join(errors))
    return done


def _make_right(
    autoscaling: AutoScaling,
    cluster: str,
    hooks: Sequence[Hook],
    is_selected: Callable[[Group], bool],
    unfit: Callable[[Group], Sequence[str]] = lambda _: (),
) -> list[Installed]:
    def make_right(group: Group) -> Installed:
        try:
            steps = plan(group, is_selected(group), autoscaling.hooks(group.name), hooks)
            for step in steps:
                match step:
                    case Put(hook):
                        autoscaling.put_hook(group.name, hook)
                    case Remove(name):
                        autoscaling.delete_hook(group.name, name)
                    case LetGo(hook, instance_id):
                        autoscaling.let_go(group.name, hook, instance_id)
        except NodenetError as error:
            return Installed(group.name, (), str(error))
        try:
            # Advice, and asked for last: the hooks stand whatever becomes of it.
            return Installed(group.name, tuple(steps), misfits=tuple(unfit(group)))
        except NodenetError as error:
            return Installed(group.name, tuple(steps), f"its instance types are not known: {error}")

    ours = [group for group in autoscaling.groups(cluster) if belongs_to(cluster, group.tags)]
    # Few at once: DescribeLifecycleHooks shares its rate with all else that watches the account's groups.
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(make_right, ours))
