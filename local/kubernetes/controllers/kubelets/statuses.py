"""A pod's status as its kubelet writes it ("Pod Lifecycle"). Pure: each answers with the fields to set."""

from collections.abc import Mapping
from typing import Any

from local.kubernetes.controllers import times
from local.kubernetes.controllers.conditions import condition, is_true, with_condition
from local.kubernetes.controllers.kubelets.endings import Ending, containers
from local.kubernetes.things import Thing


def creating(pod: Thing, host: str) -> Thing:
    """Bound, and not yet running."""
    waiting = [_container(pod, each, {"waiting": {"reason": "ContainerCreating"}}) for each in containers(pod)]
    unready = {"reason": "ContainersNotReady", "message": _unready(pod)}
    conditions = _with(
        pod, PodScheduled=("True", {}), PodReadyToStartContainers=("False", {}), Initialized=("True", {})
    )
    conditions = _set(conditions, Ready=("False", unready), ContainersReady=("False", unready))
    return {
        "phase": "Pending",
        "hostIP": host or None,
        "hostIPs": [{"ip": host}] if host else None,
        "startTime": (pod.get("status") or {}).get("startTime") or times.stamp(),
        "qosClass": (pod.get("status") or {}).get("qosClass") or quality(pod),
        "conditions": conditions,
        "containerStatuses": waiting,
    }


def running(pod: Thing, address: str, *, ready: bool) -> Thing:
    """Its containers run, from now on if they did not before."""
    statuses = []
    for each in containers(pod):
        state = (_before(pod, each).get("state") or {}).get("running") or {"startedAt": times.stamp()}
        statuses.append(_container(pod, each, {"running": state}, ready=ready, started=True))
    conditions = _with(pod, PodReadyToStartContainers=("True", {}))
    return {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": readiness(pod, conditions, ready=ready),
        "containerStatuses": statuses,
    }


def readiness(pod: Thing, conditions: list[Thing], *, ready: bool) -> list[Thing]:
    """ContainersReady, and Ready: that and every readiness gate ("Pod readiness")."""
    unready = {} if ready else {"reason": "ContainersNotReady", "message": _unready(pod)}
    shut = [each["conditionType"] for each in pod["spec"].get("readinessGates") or ()]
    shut = [type_ for type_ in shut if not is_true(pod, type_)]
    whole, why = ready and not shut, unready
    if ready and shut:
        why = {"reason": "ReadinessGatesNotReady", "message": ", ".join(_gate(pod, type_) for type_ in shut)}
    return _set(conditions, ContainersReady=(str(ready), unready), Ready=(str(whole), why))


def ended(pod: Thing, ending: Ending) -> Thing:
    """Its containers have ended for good."""
    done = ending.code == 0
    reason = {"reason": "PodCompleted"} if done else {}
    conditions = _with(pod, PodReadyToStartContainers=("False", {}))
    return {
        "phase": "Succeeded" if done else "Failed",
        "conditions": _set(conditions, Ready=("False", reason), ContainersReady=("False", reason)),
        "containerStatuses": [_container(pod, each, _terminated(pod, each, ending)) for each in containers(pod)],
    }


def crashed(pod: Thing, ending: Ending) -> Thing:
    """Its containers have ended and are to be started again."""
    unready = {"reason": "ContainersNotReady", "message": _unready(pod)}
    statuses = []
    for each in containers(pod):
        state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting failed container"}}
        status = _container(pod, each, state)
        status["lastState"] = _terminated(pod, each, ending)
        status["restartCount"] += 1
        statuses.append(status)
    return {
        "conditions": _with(pod, Ready=("False", unready), ContainersReady=("False", unready)),
        "containerStatuses": statuses,
    }


def is_waiting(pod: Thing) -> bool:
    """Whether its containers have crashed and wait to be started again."""
    found = (pod.get("status") or {}).get("containerStatuses") or ()
    return any(((each.get("state") or {}).get("waiting") or {}).get("reason") == "CrashLoopBackOff" for each in found)


def restarts(pod: Thing) -> int:
    found = (pod.get("status") or {}).get("containerStatuses") or ()
    return max((int(each.get("restartCount") or 0) for each in found), default=0)


def quality(pod: Thing) -> str:
    """BestEffort, Burstable or Guaranteed ("Pod Quality of Service Classes")."""
    wanted = [each.get("resources") or {} for each in containers(pod)]
    if not any(each.get("requests") or each.get("limits") for each in wanted):
        return "BestEffort"
    for each in wanted:
        limits = each.get("limits") or {}
        requests = {**limits, **(each.get("requests") or {})}
        if any(not limits.get(name) or limits[name] != requests[name] for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"


def _gate(pod: Thing, type_: str) -> str:
    if not (found := condition(pod, type_)):
        return f'corresponding condition of pod readiness gate "{type_}" does not exist.'
    return f'the status of pod readiness gate "{type_}" is not "True", but {found["status"]}'


def _before(pod: Thing, container: Mapping[str, Any]) -> Thing:
    found = (pod.get("status") or {}).get("containerStatuses") or ()
    return next((each for each in found if each["name"] == container["name"]), {})


def _container(
    pod: Thing, container: Mapping[str, Any], state: Thing, *, ready: bool = False, started: bool = False
) -> Thing:
    before = _before(pod, container)
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": "",
        "ready": ready,
        "started": started,
        "restartCount": before.get("restartCount", 0),
        "state": state,
        "lastState": before.get("lastState") or {},
    }


def _terminated(pod: Thing, container: Mapping[str, Any], ending: Ending) -> Thing:
    running = (_before(pod, container).get("state") or {}).get("running") or {}
    state = {"exitCode": ending.code, "reason": "Completed" if ending.code == 0 else "Error"}
    state |= {"startedAt": running.get("startedAt") or times.stamp(), "finishedAt": times.stamp()}
    return {"terminated": state | ({"message": ending.message} if ending.message else {})}


def _unready(pod: Thing) -> str:
    return f"containers with unready status: [{' '.join(each['name'] for each in containers(pod))}]"


def _with(pod: Thing, **states: tuple[str, Thing]) -> list[Thing]:
    return _set(list((pod.get("status") or {}).get("conditions") or ()), **states)


def _set(conditions: list[Thing], **states: tuple[str, Thing]) -> list[Thing]:
    for type_, (status, why) in states.items():
        conditions = with_condition(conditions, type_, status, **why)
    return conditions
