"""The way of an instance through its lifecycle states, from start to end.

User guide, "Amazon EC2 Auto Scaling instance lifecycle", "How lifecycle hooks work in Amazon EC2 Auto Scaling groups"
and "Use lifecycle hooks with a warm pool in Auto Scaling group".
"""

from contextlib import suppress
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.exceptions import InvalidInstanceIdError

from local.autoscaling import events
from local.autoscaling.activities import Activity, at, log_entry
from local.autoscaling.hooks import ABANDON, LAUNCHING, TERMINATING
from local.autoscaling.members import Member, run_instance
from local.autoscaling.waits import DISCARD, DRAW, LAUNCH, POOL, RETURN, TERMINATE, WARM, Transition, Wait

LEAVING = ("shutting-down", "terminated")
STOPPING = ("stopping", "stopped")
HEALTH_CHECK = (
    "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or "
    "stopped."
)


def launch(group: Any, transition: Transition, cause: str, market: str = "on-demand") -> Member | None:
    """Starts one instance into the group (LAUNCH) or its warm pool (WARM), in the first zone that takes it.

    A refusal of EC2 becomes a failed activity and an "Unsuccessful" event; None where every zone refused.
    """
    for zone, subnet in group.places():
        activity = log_entry(group, "Launching a new EC2 instance", cause, zone=zone, subnet=subnet or "")
        try:
            instance = run_instance(group, zone, subnet, market)
        except ServiceException as refused:
            activity.description += f".  Status Reason: {refused.message}"
            activity.end("Failed", f"{refused.message}. Launching EC2 instance failed.")
            events.scaling(group, "Launch Unsuccessful", activity, "", (transition.origin, transition.destination))
            continue
        activity.description += f": {instance.id}"
        member = Member(instance, group)
        (group.warm_members if transition is WARM else group.instance_states).append(member)
        _begin(group, member, transition, activity)
        return member
    return None


def draw(group: Any, member: Member, cause: str) -> None:
    """Takes a warm instance into the group, started again where it was stopped."""
    group.warm_members.remove(member)
    group.instance_states.append(member)
    activity = log_entry(group, f"Launching a new EC2 instance from warm pool: {member.instance_id}", cause, member)
    if member.state != "running":
        member.lifecycle_state, member.transition = DRAW.state, None
        group.ec2_backend.start_instances([member.instance_id])
    _begin(group, member, DRAW, activity)


def terminate(group: Any, member: Member, cause: str, *, reuse: bool = False, hooked: bool = True) -> Activity:
    """Takes a member out, to its end or with `reuse` into the warm pool, and returns the activity.

    A launch that is still under way is cancelled. Without `hooked` no lifecycle hook is asked.
    """
    if member.transition in (TERMINATE, DISCARD):
        return member.activity  # type: ignore[no-any-return]
    warm = member in group.warm_members
    transition = DISCARD if warm else RETURN if reuse else TERMINATE
    if member.wait:
        member.wait.cancel()
        member.wait = None
    if member.activity:
        member.activity.end("Cancelled")
    verb = "Terminating EC2 instance" if transition is not RETURN else "Returning EC2 instance to warm pool"
    activity = log_entry(group, f"{verb}: {member.instance_id}", cause, member)
    if transition is RETURN:
        group.instance_states.remove(member)
        group.warm_members.append(member)
    _begin(group, member, transition, activity, hooked=hooked)
    return activity


def advance(group: Any, member: Member) -> None:
    """Goes on as far as EC2's state of the instance allows; called after each change of it."""
    transition = member.transition
    if transition is None or member.wait:
        return
    if member.hooks:
        if member.state == "running":
            _hold(group, member, transition)
    elif transition in (TERMINATE, DISCARD):
        _end(group, member, transition)
    elif transition in (LAUNCH, DRAW):
        if member.state == "running":
            member.lifecycle_state = "InService"
            _finish(group, member, transition, "Launch Successful")
    elif group.warm_pool is None:
        terminate(group, member, at("a warm pool was deleted in response to a user request."))
    else:
        _settle_in_pool(group, member, transition)


def _begin(group: Any, member: Member, transition: Transition, activity: Activity, *, hooked: bool = True) -> None:
    member.transition, member.activity, member.ordered = transition, activity, False
    member.lifecycle_state = transition.state
    member.hooks = [h for h in group.hooks.values() if hooked and h.lifecycle_transition == transition.hooked_by]
    if member.hooks and transition.hooked_by == TERMINATING:
        _hold(group, member, transition)
    else:
        advance(group, member)


def _hold(group: Any, member: Member, transition: Transition) -> None:
    """Opens the hooks' actions. At launch only once the instance runs.

    User guide, "Amazon EC2 Auto Scaling lifecycle hooks": the newly launched instance completes its startup sequence
    and transitions to a wait state.
    """
    hooks, member.hooks = [hook for hook in member.hooks if hook.lifecycle_hook_name in group.hooks], []
    if not hooks:
        advance(group, member)
        return
    member.lifecycle_state = f"{transition.state}:Wait"
    member.activity.status_code = "MidLifecycleAction"
    member.wait = Wait(group, member, transition, lambda result, why: _released(group, member, result, why))
    member.wait.start(hooks)


def _released(group: Any, member: Member, result: str, why: str) -> None:
    transition, activity, member.wait = member.transition, member.activity, None
    if result == ABANDON and (transition.hooked_by == LAUNCHING or transition is RETURN):
        reason = f"Instance failed to complete user's Lifecycle Action: {why}"
        activity.description += f".  Status Reason: {reason}"
        activity.end("Cancelled", reason)
        if transition.hooked_by == LAUNCHING:
            route = (transition.origin, transition.destination)
            events.scaling(group, "Launch Unsuccessful", activity, member.instance_id, route)
        terminate(group, member, activity.cause)
        group.reconcile()
        return
    member.lifecycle_state = f"{transition.state}:Proceed"
    activity.status_code = "InProgress"
    advance(group, member)


def _settle_in_pool(group: Any, member: Member, transition: Transition) -> None:
    rest = group.warm_pool.pool_state
    if member.state == "running" and rest != "Running" and not member.ordered:
        member.ordered = True
        group.ec2_backend.stop_instances([member.instance_id])
    if member.transition is transition and member.state == ("running" if rest == "Running" else "stopped"):
        member.lifecycle_state = f"Warmed:{rest}"
        _finish(group, member, transition, "Launch Successful" if transition is WARM else "Terminate Successful")


def _end(group: Any, member: Member, transition: Transition) -> None:
    if not member.ordered:
        member.ordered = True
        if member.state not in LEAVING:
            with suppress(InvalidInstanceIdError):
                group.ec2_backend.terminate_instances([member.instance_id])
    if member.transition is transition and member.state == "terminated":
        (group.warm_members if transition.origin == POOL else group.instance_states).remove(member)
        member.lifecycle_state = "Terminated" if transition is TERMINATE else "Warmed:Terminated"
        _finish(group, member, transition, "Terminate Successful")


def _finish(group: Any, member: Member, transition: Transition, what: str) -> None:
    activity, member.transition, member.activity = member.activity, None, None
    activity.end("Successful")
    events.scaling(group, what, activity, member.instance_id, (transition.origin, transition.destination))
    group.reconcile()


def lost(group: Any, member: Member) -> None:
    """An instance that left EC2's running state by itself: the EC2 health check finds it unhealthy.

    User guide, "Health checks for instances in an Auto Scaling group": every state but running is unhealthy. In
    Standby nothing is checked; in the warm pool a stop is no fault.
    """
    if member.transition in (TERMINATE, DISCARD):
        return
    if member in group.warm_members and member.state in STOPPING:
        return
    if member.lifecycle_state == "Standby" and member.state != "terminated":
        return
    if member.transition is DRAW and member.state in STOPPING:
        return
    member.health_status = "Unhealthy"
    if not group.suspended("HealthCheck", "ReplaceUnhealthy", "Terminate"):
        terminate(group, member, at(HEALTH_CHECK))
        group.reconcile()
