"""Whether network policies allow and deny what they did: each probe of the request is tried before and after.

It is tried from a pod of its own beside those that it stands for, with their labels: before the run on old nodes, and
on new ones afterwards. What was denied may be refused at once or not answered at all; only a connection is open.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from nodenet.errors import AccessDenied, HeldError, Waiting
from nodenet.migration import members
from nodenet.migration.canary.manifest import Check, digest, probe
from nodenet.migration.canary.ports import Pods, Tries
from nodenet.migration.canary.verdicts import results
from nodenet.migration.cluster import Node
from nodenet.migration.members import members as nodes_of
from nodenet.migration.objects import JobPod
from nodenet.migration.request import Probe
from nodenet.migration.run import Notes, Run

type When = Literal["before", "after"]
type Seen = dict[str, str]
"""By the probe's number: empty where it is open, else why not."""

PART: Final = "probes"
_PATIENCE: Final = 180
"""Seconds for a pod to speak, all of it."""

_UNTESTED: Final = "not tested: "


@dataclass(frozen=True, slots=True)
class Probes:
    """`clock` gives seconds since the epoch."""

    tries: Tries
    nodes: members.Nodes
    groups: members.Groups
    pods: Pods
    clock: Callable[[], float]

    def before(self, run: Run) -> list[str]:
        """Keeps how each probe answers. Those that cannot be tried, a sentence each: a cluster may have no address left
        for their pods, and then the request says what is right. Waiting while they are tried; HeldError where one
        answers otherwise than the request says."""
        seen = self._seen(run, "before")
        untested = [f"{_about(each, number)} is {why}" for number, each, why in _each(run, seen) if _untested(why)]
        wrong = [
            f"{_about(each, number)} is {_word(not why)} today{why and f' ({why})'}, and is to be {_word(each.open)}"
            for number, each, why in _each(run, seen)
            if not _untested(why) and each.open is bool(why)
        ]
        if wrong:
            self._anew(run, "before")
            raise HeldError(
                f"{_few(wrong)}. Correct the network policies and resume, or roll back and correct the input"
            )
        return untested

    def differing(self, run: Run) -> list[str]:
        """The probes that answer otherwise than before the run, a sentence each. Waiting while they are tried; after a
        difference all are tried anew the next time."""
        if not run.request.probes:
            return []
        before: Mapping[str, str] = run.part(PART).get("before", {})
        seen = self._seen(run, "after")
        found = []
        for number, each, why in _each(run, seen):
            was = before.get(str(number), _UNTESTED)
            open_before = each.open if _untested(was) else not was
            if _untested(why) or open_before is bool(why):
                found.append(f"{_about(each, number)} was {_word(open_before)} and is {why or _word(True)}")
        if found:
            self._anew(run, "after")
        return found

    def clear(self, run: Run) -> None:
        """Takes away what a call that was cut off has left."""
        for when in ("before", "after"):
            part = run.part(PART)
            for number in range(1, int(part.get(f"{when}.round", 0)) + 1):
                for namespace, selector in _sources(run):
                    self.tries.delete(namespace, _name(run, when, number, namespace, selector))

    def _seen(self, run: Run, when: When) -> Seen:
        part = run.part(PART)
        if when in part.values:
            self._delete(run, when, part)
            return dict(part[when])
        part.keep(**{f"{when}.round": 1})
        began = f"{when}.began.{part[f'{when}.round']}"
        part.keep(**{began: self.clock()})
        late = self.clock() - part[began] > _PATIENCE
        seen: Seen = {}
        awaited = []
        for (namespace, selector), numbers in _sources(run).items():
            name = _name(run, when, part[f"{when}.round"], namespace, selector)
            with _told_how_to_allow(namespace):
                pod = self.tries.pod(namespace, name)
                if pod is None and not late:
                    self._start(run, when, name, numbers)
            if (pod is None or pod.exit_code is None) and not late:
                awaited.append(f"{namespace} as {selector}{pod.message and f' ({pod.message})' if pod else ''}")
            seen |= _results(pod, numbers)
        if awaited:
            raise Waiting(f"connections are tried from {_few(awaited)}")
        part.note(**{when: seen})
        self._delete(run, when, part)
        return seen

    def _start(self, run: Run, when: When, name: str, numbers: Sequence[int]) -> None:
        probes = run.request.probes
        namespace, selector = probes[numbers[0]].namespace, probes[numbers[0]].selector
        like = next((pod for pod in self.pods.pods(namespace=namespace, labels=selector) if not pod.finished), None)
        if like is None:
            raise HeldError(
                f"probes[{numbers[0]}]: no pod in {namespace} has {selector}, so that nothing can be tried as one. "
                "Start one and resume, or roll back and correct the input"
            )
        checks = [Check(str(number), "tcp", probes[number].host, probes[number].port) for number in numbers]
        nodes = self._nodes(run, when)
        self.tries.start(probe(name, namespace, like.labels, run.request.canary_image, nodes, checks))

    def _nodes(self, run: Run, when: When) -> list[Node]:
        which: members.Which = "old" if when == "before" else "new"
        found = [node for node in nodes_of(run, which, self.nodes, self.groups) if node.ready]
        if not found:
            raise Waiting(f"none of the {which} nodes is ready to try connections from")
        return found

    def _anew(self, run: Run, when: When) -> None:
        part = run.part(PART)
        part.note(**{when: None, f"{when}.round": part[f"{when}.round"] + 1})

    def _delete(self, run: Run, when: When, part: Notes) -> None:
        for namespace, selector in _sources(run):
            self.tries.delete(namespace, _name(run, when, part[f"{when}.round"], namespace, selector))


@contextmanager
def _told_how_to_allow(namespace: str) -> Iterator[None]:
    try:
        yield
    except AccessDenied as denied:
        raise AccessDenied(
            f"{denied}. Probes need ClusterRole nodenet-probes in their namespaces: kubectl create rolebinding "
            f"nodenet-probes -n {namespace} --clusterrole=nodenet-probes --group=nodenet-probe --group=nodenet-verify"
        ) from denied


def _sources(run: Run) -> dict[tuple[str, str], list[int]]:
    """The probes' numbers by namespace and selector: one pod tries all of them."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, each in enumerate(run.request.probes):
        found.setdefault((each.namespace, each.selector), []).append(number)
    return found


def _name(run: Run, when: When, number: int, namespace: str, selector: str) -> str:
    return f"nodenet-probe-{when}-{digest(run.id, when, number, namespace, selector)}"


def _results(pod: JobPod | None, numbers: Sequence[int]) -> Seen:
    told = (results(pod.message) if pod and pod.exit_code is not None else None) or {}
    said = (pod.message if pod else "") or "its pod did not come to an end"
    return {str(number): told.get(str(number), f"{_UNTESTED}{said}") for number in numbers}


def _each(run: Run, seen: Seen) -> list[tuple[int, Probe, str]]:
    return [(number, each, seen[str(number)]) for number, each in enumerate(run.request.probes)]


def _untested(why: str) -> bool:
    return why.startswith(_UNTESTED)


def _word(is_open: bool) -> str:
    return "open" if is_open else "closed"


def _about(each: Probe, number: int) -> str:
    return f"probes[{number}], from {each.namespace} as {each.selector} to {each.host}:{each.port},"


def _few(sentences: Sequence[str]) -> str:
    return "; ".join(sentences[:5]) + (f"; and {len(sentences) - 5} more" if len(sentences) > 5 else "")
