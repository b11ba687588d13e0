"""Wait states: an instance held in a transition until its lifecycle actions are completed or time out."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.autoscaling import events
from local.autoscaling.hooks import ABANDON, CONTINUE, LAUNCHING, TERMINATING, LifecycleHook
from local.world import world

EC2, GROUP, POOL = "EC2", "AutoScalingGroup", "WarmPool"


@dataclass(frozen=True)
class Transition:
    """A way between EC2, the group and its warm pool; `state` is the lifecycle state on the way."""

    hooked_by: str
    origin: str
    destination: str
    state: str


# User guide, "Amazon EC2 Auto Scaling instance lifecycle" and "Use lifecycle hooks with a warm pool".
LAUNCH = Transition(LAUNCHING, EC2, GROUP, "Pending")
TERMINATE = Transition(TERMINATING, GROUP, EC2, "Terminating")
WARM = Transition(LAUNCHING, EC2, POOL, "Warmed:Pending")
DRAW = Transition(LAUNCHING, POOL, GROUP, "Pending")
RETURN = Transition(TERMINATING, GROUP, POOL, "Warmed:Pending")
DISCARD = Transition(TERMINATING, POOL, EC2, "Warmed:Terminating")


@dataclass(eq=False)
class LifecycleAction:
    """What one hook asks for one instance."""

    hook: LifecycleHook
    instance_id: str
    transition: Transition
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    heartbeat: Any = None
    limit: Any = None

    def stop(self) -> None:
        self.heartbeat.cancel()
        self.limit.cancel()


class Wait:
    """Holds one instance; `done(result, why)` is called once, when nothing is left to wait for.

    All hooks of the transition are asked at once. CONTINUE lets the other actions go on, ABANDON ends them all (user
    guide, "How lifecycle hooks work"). `why` is the reason of an ABANDON, as the scaling activity states it.
    """

    def __init__(self, group: Any, member: Any, transition: Transition, done: Callable[[str, str], None]) -> None:
        self._group = group
        self._member = member
        self._transition = transition
        self._done = done
        self.actions: list[LifecycleAction] = []

    def start(self, hooks: Sequence[LifecycleHook]) -> None:
        """Opens an action for each hook and tells the bus; time-outs run from here."""
        for hook in hooks:
            action = LifecycleAction(hook, self._member.instance_id, self._transition)
            self.actions.append(action)
            action.limit = world.later(hook.global_timeout, lambda action=action: self._expire(action))  # type: ignore[misc]
            self._beat(action)
        for action in list(self.actions):
            events.lifecycle_action(self._group, action)

    def find(self, hook_name: str, token: str | None, instance_id: str | None) -> LifecycleAction | None:
        """The open action of a hook, by its token or, without one, by the instance."""
        for action in self.actions:
            same = action.token == token if token else action.instance_id == instance_id
            if same and action.hook.lifecycle_hook_name == hook_name:
                return action
        return None

    def beat(self, action: LifecycleAction) -> None:
        """Starts the action's heartbeat time-out anew; the global time-out runs on."""
        action.heartbeat.cancel()
        self._beat(action)

    def complete(self, action: LifecycleAction, result: str, why: str = "Lifecycle Action Completed") -> None:
        """Ends one action, and the wait with it where it was the last or the result is ABANDON."""
        action.stop()
        self.actions.remove(action)
        if result == ABANDON:
            self.cancel()
            self._done(ABANDON, f"Lifecycle Action with token {action.token} was abandoned: {why}")
        elif not self.actions:
            self._done(CONTINUE, "")

    def cancel(self) -> None:
        """Forgets all actions without an end."""
        for action in self.actions:
            action.stop()
        self.actions.clear()

    def _beat(self, action: LifecycleAction) -> None:
        action.heartbeat = world.later(action.hook.heartbeat_timeout, lambda: self._expire(action))

    def _expire(self, action: LifecycleAction) -> None:
        if action in self.actions:
            self.complete(action, action.hook.default_result, "Heartbeat Timeout")
