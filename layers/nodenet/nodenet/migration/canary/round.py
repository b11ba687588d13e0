"""One round of canaries: what is started is found again by its name, and looked at until it has spoken."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from nodenet.errors import HeldError
from nodenet.migration.canary import placing, verdicts
from nodenet.migration.canary.manifest import NAMESPACE, OWN, PORT, Check, canary, digest, tcp
from nodenet.migration.canary.placing import Spot
from nodenet.migration.canary.ports import Canaries, Pods
from nodenet.migration.canary.verdicts import Look
from nodenet.migration.cluster import Node, Pod
from nodenet.migration.run import Notes, Run

_AT_ONCE: Final = 16
_IN_A_ROW: Final = 5
_BEYOND: Final = 600
"""Seconds that a canary serves beyond the time-out, whatever becomes of the step."""

_PATIENCE: Final = 120
"""Seconds for a pod on an old node to get an address: being cordoned, its node may have none left and gets none."""

_CANDIDATES: Final = 5


class Awaited(Exception):
    """What is waited for; `means`: what is wrong if it does not come."""

    def __init__(self, awaited: str, means: str) -> None:
        self.means = means
        super().__init__(awaited)


@dataclass(frozen=True, slots=True)
class Round:
    """Of a run; the number is in `notes`. HeldError is a verdict."""

    run: Run
    notes: Notes
    pods: Pods
    canaries: Canaries
    clock: Callable[[], float]

    def checks(self, old: Sequence[Node]) -> tuple[list[Check], list[str]]:
        """What each canary checks, and what it cannot."""
        found = self.pods.pods(namespace="kube-system", labels="k8s-app=kube-dns")
        servers = [tcp(pod.address, 53) for pod in placing.name_servers(found, old)]
        return [*OWN, *servers], [] if servers else ["new pods to old ones: no CoreDNS pod is ready"]

    def started(self, spots: Sequence[Spot], checks: Sequence[Check]) -> dict[Spot, Pod]:
        """The canaries' pods, once all are ready at addresses that they should have."""

        def see(spot: Spot) -> Look:
            return self._look("new", spot.zone, spot.group, checks=checks, node=lambda: spot.nodes, serves=True)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            seen = dict(zip(spots, pool.map(see, spots), strict=True))
        wrong = [f"canary in {spot}: {_why(each)}" for spot, each in seen.items() if each.state in _NOT_SERVING]
        if wrong:
            raise HeldError(_few(wrong))
        pods = {spot: each.pod for spot, each in seen.items() if each.state == "ready" and each.pod}
        late = [f"{spot}{each.message and f': {each.message}'}" for spot, each in seen.items() if spot not in pods]
        if late:
            raise Awaited(f"{len(pods)} of {len(seen)} canaries are ready, not {_few(late)}", verdicts.NOT_STARTED)
        _check_addresses(pods)
        return pods

    def ask(self, pods: Mapping[Spot, Pod]) -> None:
        """By the API server, over several connections at once and several times on each: there are several servers
        behind its address, and each must know a new block."""

        def wrong(pod: Pod) -> str:
            asked = (verdicts.answers_itself(pod, self.canaries.proxy(pod, PORT, "/")) for _ in range(_IN_A_ROW))
            return next((each for each in asked if each), "")

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = dict(zip(pods, pool.map(wrong, pods.values()), strict=True))
        missed = [f"{spot} at {pods[spot].address}: {why}" for spot, why in found.items() if why]
        if missed:
            raise Awaited(f"the API server does not reach the canary in {_few(missed)}", verdicts.NOT_REACHED)

    def from_old(self, pods: Mapping[Spot, Pod], old: Sequence[Node]) -> dict[str, str]:
        """By the old nodes' zones: empty where a pod there reaches all canaries, else why that is not known."""
        mark = f"old.{self.notes['round']}"
        self.notes.keep(**{mark: self.clock()})
        patient = self.clock() - self.notes[mark] <= _PATIENCE
        checks = [tcp(pod.address, PORT) for pod in pods.values()]
        found: dict[str, str] = {}
        awaited = []
        for zone in sorted({node.zone for node in old}):
            here = [node for node in old if node.zone == zone]
            seen = self._look("old", zone, checks=checks, node=partial(self._roomy, here), serves=False)
            if seen.state == "failed":
                raise HeldError(f"canary on an old node of {zone}: {_told(seen, pods)}. {verdicts.FROM_OLD}")
            if seen.state in ("starting", "ready") and (patient or (seen.pod and seen.pod.address)):
                awaited.append(zone)
            found[zone] = "" if seen.state == "passed" else seen.message or "its pod got no address"
        if awaited:
            raise Awaited(f"pods on old nodes of {', '.join(awaited)} try to reach the canaries", verdicts.FROM_OLD)
        return found

    def _look(self, *what: str, checks: Sequence[Check], node: Callable[[], Sequence[Node]], serves: bool) -> Look:
        """At a job, which is started where it is not there; `node` says on which nodes it may be."""
        name = f"canary-{digest(self.run.id, self.notes['round'], *what)}"
        if job := self.canaries.job(NAMESPACE, name):
            return verdicts.look(job, self.canaries.pods(NAMESPACE, name))
        nodes, request = node(), self.run.request
        if not nodes:
            return Look("broken", message="no old node there has room for a pod")
        deadline = request.timeouts.canary + _BEYOND
        self.canaries.start(canary(name, request.canary_image, nodes, checks, deadline, serves=serves))
        return Look("starting")

    def _roomy(self, nodes: Sequence[Node]) -> list[Node]:
        """One that takes one more pod."""
        some = (node for node in nodes[:_CANDIDATES] if placing.has_room(node, self.pods.pods(node=node.name)))
        return [node for node in [next(some, None)] if node]


_NOT_SERVING: Final = ("failed", "broken", "passed")


def _why(seen: Look) -> str:
    if seen.state == "failed":
        return verdicts.failures(seen)
    return seen.message or "it ended, and was to serve"


def _check_addresses(pods: Mapping[Spot, Pod]) -> None:
    wrong = [
        f"the canary in {spot} on {pod.node} has {pod.address}, which is not in {', '.join(spot.ranges)}"
        for spot, pod in pods.items()
        if not spot.holds(pod.address)
    ]
    if wrong:
        raise HeldError(
            f"{_few(wrong)}. The VPC CNI there does not do as it was told: look at aws-node on that node, at the "
            "ENIConfig of its zone or label, and at the node's subnet"
        )


def _told(seen: Look, pods: Mapping[Spot, Pod]) -> str:
    names = {f"{pod.address}:{PORT}": str(spot) for spot, pod in pods.items()}
    told = [f"canary in {names.get(name, name)} at {name}: {why}" for name, why in seen.results.items()]
    return _few(told) if told else seen.message or "its checks did not pass, it does not say why"


def _few(sentences: Sequence[str]) -> str:
    return "; ".join(sentences[:5]) + (f"; and {len(sentences) - 5} more" if len(sentences) > 5 else "")
