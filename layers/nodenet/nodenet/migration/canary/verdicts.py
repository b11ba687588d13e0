"""What the pod of a canary says, and what it means. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from nodenet.migration.canary.manifest import FAILED
from nodenet.migration.cluster import Pod
from nodenet.migration.objects import JobPod, JobState

_MEANINGS: Final[Mapping[str, str]] = {
    "dns": "Names are not resolved: the security groups of CoreDNS' pods and their nodes must let the new pods in on "
    "port 53, UDP and TCP, and CoreDNS must answer",
    "readyz": "The API server is not reached, or is not itself: the cluster's security group must let the new pods in "
    "on port 443, and nothing may open TLS on the way",
}
_TO_OLD: Final = (
    "New addresses do not reach old ones: security groups of the old pods and nodes, network ACLs and network policies "
    "must know the new range"
)
ROUTES: Final = "route tables and network ACLs of the new subnets must be those of the old ones"
NOT_REACHED: Final = (
    "The control plane needs up to an hour to know a new block; if it knows it, the security groups of the new pods "
    f"must let the cluster's in, and {ROUTES}. Webhooks and aggregated APIs on these pods would not be reached"
)
NOT_STARTED: Final = (
    "Look at the pod's events in namespace nodenet-canary while it is tried again: nodes must be able to pull the "
    "image (canary.image names a mirror's), and aws-node must be able to give an address"
)
FROM_OLD: Final = (
    "Old addresses do not reach new ones: the security groups of the new pods must let the old pods and nodes in, and "
    "network ACLs and network policies must know the new range"
)


@dataclass(frozen=True, slots=True)
class Look:
    """`starting`: not there yet, or at its checks; `ready`: they passed and it serves; `passed`: they passed and it has
    ended; `failed`: `results` has why, by the check's name, and is empty where the message says it."""

    state: Literal["starting", "ready", "passed", "failed", "broken"]
    pod: Pod | None = None
    message: str = ""
    results: Mapping[str, str] = field(default_factory=dict)


def look(job: JobState, pods: Sequence[JobPod]) -> Look:
    """`broken`: it has come to nothing, and that is no verdict."""
    if verdict := next((each for each in pods if each.exit_code == FAILED), None):
        found = {name: why for name, why in (results(verdict.message) or {}).items() if why}
        return Look("failed", verdict.pod, verdict.message, found)
    last = next((each for each in pods if each.exit_code is None), pods[-1] if pods else None)
    pod, message = (last.pod, last.message) if last else (None, "")
    if job.failed:
        return Look("broken", pod, f"{job.message} {message}".strip())
    if job.complete:
        return Look("passed", pod)
    if pod and pod.ready and pod.address and not pod.terminating:
        return Look("ready", pod)
    return Look("starting", pod, message)


def results(message: str) -> Mapping[str, str] | None:
    """Of a termination message; None where it is none of probing.py's."""
    try:
        found = json.loads(message)["results"]
    except (ValueError, KeyError, TypeError):
        return None
    return {str(name): str(why) for name, why in found.items()} if isinstance(found, dict) else None


def failures(seen: Look) -> str:
    """Which checks did not pass, and what that means."""
    if not seen.results:
        return f"its checks did not pass: {seen.message or 'it does not say why'}"
    told = ", ".join(f"{name}: {why}" for name, why in seen.results.items())
    meanings = dict.fromkeys(_MEANINGS.get(name, _TO_OLD) for name in seen.results)
    return f"{told}. {'. '.join(meanings)}; {ROUTES}"


def answers_itself(pod: Pod, answer: tuple[int, str]) -> str:
    """Empty where the pod itself has answered the API server, else what did."""
    status, text = answer
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if status == 200 and isinstance(told, dict) and told.get("name") == pod.name:
        return ""
    return f"{status} {_said(told, text)}"


def _said(told: object, text: str) -> str:
    """A Status of Kubernetes by its message."""
    return str(told["message"] if isinstance(told, dict) and "message" in told else text)[:200]
