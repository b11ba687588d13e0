"""Nodes that are drained before they are terminated, by an execution of the state machine that drains a node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nodenet.events import TerminateAction
from nodenet.networks import Instance
from nodenet.nodes.ports import Configurations


class Instances(Protocol):
    def instances(self, instance_ids: Sequence[str]) -> dict[str, Instance]: ...


class Drains(Protocol):
    def start(self, machine: str, name: str, given: Mapping[str, Any]) -> bool:
        """Starts an execution under this name; False where there has been one."""


@dataclass(frozen=True, slots=True)
class Draining:
    """`machine`: the state machine that drains a node, by ARN; empty where the stack has none."""

    configurations: Configurations
    ec2: Instances
    drains: Drains
    machine: str

    def wanted(self, instance_ids: Sequence[str]) -> Mapping[str, int]:
        """How many seconds a drain of each of these instances may last; those that are not to be drained are left out.
        One Describe for all, and none where no node group asks for a drain."""
        configuration = self.configurations.load()
        if not any(group.drain for group in configuration.groups):
            return {}
        found: dict[str, int] = {}
        for each in self.ec2.instances(sorted(instance_ids)).values():
            group = configuration.group_of(each.tags)
            if group and group.drain:
                found[each.id] = group.drain
        return found

    def begin(self, event: TerminateAction, seconds: int) -> str:
        """Has the node drained, which keeps the action waiting and lets it go in the end. Once, since the execution is
        named by the action's token; says what came of it.

        The instance goes in any case, so that its pods are better evicted than killed, whatever is lost with them.
        """
        action = event.action
        given = {
            "instance": action.instance_id,
            "options": {"timeout": seconds, "empty_dir": True, "bare_pods": True},
            "action": {
                "group": action.group_name,
                "hook": action.hook,
                "token": action.token,
                "instance": action.instance_id,
            },
        }
        begun = self.drains.start(self.machine, f"terminate-{action.token}", given)
        return f"drained for {seconds} s at most" if begun else "its drain had begun before"
