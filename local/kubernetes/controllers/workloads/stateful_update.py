"""Which pods of a StatefulSet are replaced next ("Update strategies" there; kubernetes, pkg/controller/statefulset,
updateStatefulSetAfterInvariantEstablished). Pure."""

from collections.abc import Mapping, Sequence

from local.kubernetes.controllers.pods import is_available, is_going
from local.kubernetes.controllers.quantities import share
from local.kubernetes.controllers.workloads.stateful_pods import revision_of
from local.kubernetes.things import Thing

type Numbered = Mapping[int, Thing]
"""Pods by ordinal."""


def ordinals(stateful_set: Thing) -> range:
    """The numbers that are to have a pod."""
    start = int((stateful_set["spec"].get("ordinals") or {}).get("start", 0))
    return range(start, start + int(stateful_set["spec"].get("replicas", 1)))


def partition(stateful_set: Thing) -> int:
    """Below this ordinal nothing is updated."""
    return ordinals(stateful_set).start + int(_rolling(stateful_set).get("partition") or 0)


def next_removals(stateful_set: Thing, pods: Numbered, revision: str, seconds: int) -> Sequence[Thing]:
    """From the last on, as many as may be away at once (one); a pod that is away is waited for."""
    if (stateful_set["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
        return []
    wanted = ordinals(stateful_set)
    most = max(1, share(_rolling(stateful_set).get("maxUnavailable", 1), len(wanted), up=True))
    gone: list[Thing] = []
    away = 0
    for number in reversed(wanted):
        pod = pods.get(number)
        if away >= most or number < partition(stateful_set):
            break
        if pod is None or is_going(pod):
            away += 1
        elif revision_of(pod) != revision:
            gone.append(pod)
            away += 1
        elif not is_available(pod, seconds):
            away += 1
    return gone


def _rolling(stateful_set: Thing) -> Thing:
    return (stateful_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
