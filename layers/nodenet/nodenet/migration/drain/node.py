"""What becomes of the pods of a node that is drained. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from nodenet.migration.cluster import Pod
from nodenet.migration.request import Drain

_BARE = "nobody starts it again once it is gone (drain.barePods allows it)"
_DATA = "what is in its emptyDir volumes goes with it (drain.emptyDir allows it)"


@dataclass(frozen=True, slots=True)
class Left:
    """A pod that may not be evicted, and why."""

    pod: Pod
    why: str

    def __str__(self) -> str:
        return f"{self.pod.namespace}/{self.pod.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class Decision:
    """`evict`: now. `ending`: they end by themselves. `left`: the request does not allow it. All else on the node
    stays, as `kubectl drain` leaves it: pods of DaemonSets, static pods, and what has finished."""

    evict: tuple[Pod, ...]
    ending: tuple[Pod, ...]
    left: tuple[Left, ...]

    @property
    def empty(self) -> bool:
        return not (self.evict or self.ending or self.left)


def decide(pods: Iterable[Pod], options: Drain) -> Decision:
    """Of the pods of a node. `kubectl drain` has the same kinds (kubectl, pkg/drain/filters.go)."""
    evict: list[Pod] = []
    ending: list[Pod] = []
    left: list[Left] = []
    for pod in pods:
        if stays(pod):
            continue
        if pod.terminating:
            ending.append(pod)
        elif pod.owner is None and not options.bare_pods:
            left.append(Left(pod, _BARE))
        elif pod.empty_dir and not options.empty_dir:
            left.append(Left(pod, _DATA))
        else:
            evict.append(pod)
    return Decision(tuple(evict), tuple(ending), tuple(left))


def stays(pod: Pod) -> bool:
    """Whether it belongs to its node, or is nothing any more."""
    return pod.finished or pod.mirror or (pod.owner is not None and pod.owner.kind == "DaemonSet")
