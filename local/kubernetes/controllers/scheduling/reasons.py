"""Why a pod is not scheduled, in kube-scheduler's words (kubernetes, pkg/scheduler/framework/types.go, FitError)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """`lasting`: no pod's going would help (UnschedulableAndUnresolvable)."""

    text: str
    lasting: bool = False


class Unschedulable(Exception):
    """No node can have the pod, whichever it is; the message says why."""


def nowhere(nodes: int, found: Mapping[str, Sequence[Reason]], before: str = "", *, preempts: bool = False) -> str:
    """The message of a pod that fits on none of so many nodes; `before` is said of all nodes before any was asked,
    `preempts`: others are going to make room for it."""
    if not nodes:
        return "no nodes available to schedule pods"
    texts = Counter(reason.text for reasons in found.values() for reason in reasons)
    why = before or ", ".join(sorted(f"{count} {text}" for text, count in texts.items()))
    message = f"0/{nodes} nodes are available: {why}."
    if preempts:
        return message
    lasting = nodes if before else sum(any(each.lasting for each in reasons) for reasons in found.values())
    helpless = {"Preemption is not helpful for scheduling": lasting}
    helpless["No preemption victims found for incoming pod"] = nodes - lasting
    preemption = ", ".join(sorted(f"{count} {text}" for text, count in helpless.items() if count))
    return f"{message} preemption: 0/{nodes} nodes are available: {preemption}."
