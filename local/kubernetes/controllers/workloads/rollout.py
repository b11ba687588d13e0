"""How many pods each generation of a Deployment is to have next (kubernetes, pkg/controller/deployment, rolling.go,
recreate.go, sync.go). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.kubernetes.controllers.quantities import share
from local.kubernetes.things import Thing


@dataclass(frozen=True)
class Generations:
    """The ReplicaSet of today's template, if it is there, and the older ones by age."""

    new: Thing | None
    old: Sequence[Thing]

    @property
    def all(self) -> Sequence[Thing]:
        return [*self.old, *([self.new] if self.new else [])]


def age(replica_set: Thing) -> tuple[str, str]:
    """The older, the smaller."""
    return replica_set["metadata"]["creationTimestamp"], replica_set["metadata"]["name"]


def recreates(deployment: Thing) -> bool:
    return bool((deployment["spec"].get("strategy") or {}).get("type") == "Recreate")


def bounds(deployment: Thing) -> tuple[int, int]:
    """maxSurge and maxUnavailable as numbers; where both come to none, one may be unavailable (ResolveFenceposts)."""
    wanted = replicas(deployment)
    given = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    surge = share(given.get("maxSurge", "25%"), wanted, up=True)
    unavailable = share(given.get("maxUnavailable", "25%"), wanted, up=False)
    return surge, min(unavailable if surge or unavailable else 1, wanted)


def replicas(thing: Thing) -> int:
    """What its spec wants; one is the default."""
    return int(thing["spec"].get("replicas", 1))


def size_of_new(deployment: Thing, sets: Generations) -> int:
    """As many as maxSurge leaves room for beside what is there (NewRSNewReplicas)."""
    wanted, present = replicas(deployment), replicas(sets.new) if sets.new else 0
    if recreates(deployment):
        return wanted
    room = wanted + bounds(deployment)[0] - sum(map(replicas, sets.all))
    return present if room <= 0 else present + min(room, wanted - present)


def sizes(deployment: Thing, sets: Generations, *, paused: bool) -> Mapping[str, int]:
    """The next step, as sizes by name of ReplicaSet; a set that is not named stays as it is."""
    wanted = replicas(deployment)
    if paused:
        active = [each for each in sets.all if replicas(each)] or sets.all[-1:]
        return {_name(active[0]): wanted} if len(active) == 1 else {}
    if recreates(deployment):
        steps = {_name(each): 0 for each in sets.old if replicas(each)}
        return steps or ({_name(sets.new): wanted} if sets.new else {})
    if sets.new is None:
        return {}
    present = replicas(sets.new)
    grown = wanted if present > wanted else size_of_new(deployment, sets) if present < wanted else present
    if grown != present:
        return {_name(sets.new): grown}
    return _shrink(deployment, sets, sets.new)


def _shrink(deployment: Thing, sets: Generations, new: Thing) -> Mapping[str, int]:
    """Old pods go: first those that are not available anyway, then as many as maxUnavailable allows."""
    least = replicas(deployment) - bounds(deployment)[1]
    left = sum(map(replicas, sets.all)) - least - (replicas(new) - _available(new))
    after = {_name(each): replicas(each) for each in sets.old}
    if left <= 0:
        return {}
    for each in sets.old:
        gone = min(left, max(0, replicas(each) - _available(each)))
        after[_name(each)] -= gone
        left -= gone
    room = sum(map(_available, sets.all)) - least
    for each in sets.old:
        if room <= 0:
            break
        gone = min(after[_name(each)], room)
        after[_name(each)] -= gone
        room -= gone
    return {_name(each): after[_name(each)] for each in sets.old if after[_name(each)] != replicas(each)}


def _available(replica_set: Thing) -> int:
    return int((replica_set.get("status") or {}).get("availableReplicas") or 0)


def _name(replica_set: Thing) -> str:
    return str(replica_set["metadata"]["name"])
