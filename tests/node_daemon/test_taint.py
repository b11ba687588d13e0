"""When the taint goes, and what is said meanwhile. NodeRestriction: Kubernetes, "Admission Controllers Reference"."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from node.agent.kubernetes import Kubernetes, Refused
from node.agent.node_events import NodeEvents
from node.agent.readiness import TAINT, keep_untainted, untaint
from node.manifests import names
from tests.node_daemon.api_server import EVENTS, NODES, ApiServer

OURS = {"key": TAINT, "effect": "NoSchedule"}
THEIRS = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "2026-11-20T12:00:00Z"}
MORE = {"key": "karpenter.sh/unregistered", "value": "true", "effect": "NoExecute"}


def node(*taints: dict[str, str]) -> dict[str, Any]:
    spec: dict[str, Any] = {"providerID": "aws:///eu-west-1a/i-1"}
    return {
        "metadata": {"name": "n1", "uid": "node-uid"},
        "spec": {**spec, **({"taints": list(taints)} if taints else {})},
    }


def taints(server: ApiServer) -> list[dict[str, str]]:
    found: list[dict[str, str]] = server.objects[NODES]["n1"]["spec"].get("taints", [])
    return found


def test_it_is_the_taint_that_nodes_are_rendered_to_start_with() -> None:
    assert names.TAINT == TAINT


@pytest.mark.parametrize("effect", ["NoSchedule", "NoExecute", "PreferNoSchedule"])
def test_the_taint_goes_whatever_its_effect_and_no_other(api: Kubernetes, server: ApiServer, effect: str) -> None:
    server.put(NODES, node(THEIRS, {**OURS, "effect": effect}, MORE))
    assert untaint(api, "n1")
    assert taints(server) == [THEIRS, MORE]


def test_a_taint_with_a_value_and_one_with_two_effects_go_too(api: Kubernetes, server: ApiServer) -> None:
    server.put(NODES, node(OURS, THEIRS, {**OURS, "effect": "NoExecute", "value": "x"}))
    assert untaint(api, "n1")
    assert taints(server) == [THEIRS]
    assert len(server.requests("PATCH", f"{NODES}/n1")) == 1


@pytest.mark.parametrize("there", [[], [THEIRS]])
def test_a_node_without_it_is_left_alone(api: Kubernetes, server: ApiServer, there: list[dict[str, str]]) -> None:
    server.put(NODES, node(*there))
    assert not untaint(api, "n1")
    assert not server.requests("PATCH", f"{NODES}/n1")


@pytest.mark.parametrize(
    ("others", "answers"),
    [
        ([MORE, THEIRS, OURS], [422, 200]),
        ([OURS], [422, 200]),
        ([THEIRS], [422]),
        ([{**OURS, "effect": "NoExecute"}, THEIRS], [422, 200]),
        ([THEIRS, {**OURS, "effect": "NoExecute"}], [422, 200]),
        # What changes beside ours is none of our business.
        ([MORE, OURS], [200]),
        ([THEIRS, OURS, MORE], [200]),
    ],
)
def test_taints_that_others_change_meanwhile_are_not_lost(
    api: Kubernetes, server: ApiServer, others: list[dict[str, str]], answers: list[int]
) -> None:
    """The node life cycle controller, Karpenter and operators change them at any time; peers overwrite these."""
    server.put(NODES, node(THEIRS, OURS))

    def meanwhile() -> None:
        server.before_patch = lambda: None
        server.put(NODES, node(*others))

    server.before_patch = meanwhile
    assert untaint(api, "n1") == (200 in answers)
    assert taints(server) == [taint for taint in others if taint["key"] != TAINT]
    assert [one.status for one in server.requests("PATCH", f"{NODES}/n1")] == answers


def test_a_change_elsewhere_on_the_node_is_no_conflict(api: Kubernetes, server: ApiServer) -> None:
    """The kubelet writes the node's status every few minutes: a condition on resourceVersion would fail for that."""
    server.put(NODES, node(OURS))
    server.before_patch = lambda: server.put(NODES, {**server.objects[NODES]["n1"], "status": {"phase": "x"}})
    assert untaint(api, "n1")
    assert len(server.requests("PATCH", f"{NODES}/n1")) == 1


def test_a_node_that_changes_all_the_time_is_left_for_later(api: Kubernetes, server: ApiServer) -> None:
    server.put(NODES, node(OURS))
    turns = iter(range(100))
    server.before_patch = lambda: server.put(NODES, node({**OURS, "value": str(next(turns))}))
    with pytest.raises(Refused, match="422"):
        untaint(api, "n1")
    assert taints(server)[0]["key"] == TAINT


def test_a_missing_permission_is_no_conflict(api: Kubernetes, server: ApiServer) -> None:
    server.put(NODES, node(OURS))
    server.refuse_next += [(403, {})]
    with pytest.raises(Refused, match="403"):
        untaint(api, "n1")


class Keeper:
    """`keep_untainted` in a thread, a second being a hundredth of one."""

    def __init__(self, api: Kubernetes, lacks: list[str]) -> None:
        self.lacks = lacks
        self.pauses: list[float] = []
        self.paused = threading.Event()
        self._stop = threading.Event()
        arguments = (api, "n1", lambda: list(self.lacks), self._wait)
        self._thread = threading.Thread(target=keep_untainted, args=arguments, daemon=True)
        self._thread.start()

    def _wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.paused.set()
        return self._stop.wait(min(seconds / 100, 0.05))

    def end(self) -> None:
        self._stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive()


@pytest.fixture
def keep(api: Kubernetes) -> Iterator[Callable[..., Keeper]]:
    made: list[Keeper] = []

    def start(*lacks: str) -> Keeper:
        made.append(Keeper(api, list(lacks)))
        return made[-1]

    yield start
    for each in made:
        each.end()


def test_the_taint_goes_as_soon_as_nothing_is_missing_and_not_before(
    server: ApiServer, keep: Callable[..., Keeper]
) -> None:
    server.put(NODES, node(THEIRS, OURS))
    keeper = keep("plugin ipvlan is not there")
    assert keeper.paused.wait(5)
    assert OURS in taints(server)
    keeper.lacks.clear()
    server.wait_for(lambda: taints(server) == [THEIRS])


def test_what_is_missing_is_looked_at_without_asking_the_server_each_time(
    server: ApiServer, keep: Callable[..., Keeper]
) -> None:
    server.put(NODES, node(OURS))
    keeper = keep("a link")
    while len(keeper.pauses) < 10:
        keeper.paused.wait(0.01)
    assert len(server.asked) == 1


def test_it_never_comes_back_by_us_but_goes_again_if_it_does(server: ApiServer, keep: Callable[..., Keeper]) -> None:
    """A Node that is deleted and registered anew by its kubelet has the taint of its first registration."""
    server.put(NODES, node(OURS))
    keeper = keep()
    server.wait_for(lambda: taints(server) == [])
    keeper.lacks.append("a link")
    keeper.paused.wait(1)
    keeper.lacks.clear()
    assert taints(server) == []
    server.put(NODES, node(OURS))
    server.wait_for(lambda: taints(server) == [])


def test_an_api_server_that_refuses_is_asked_again(server: ApiServer, keep: Callable[..., Keeper]) -> None:
    server.put(NODES, node(OURS))
    server.refuse_next += [(403, {}), (503, {}), (429, {})]
    keep()
    server.wait_for(lambda: taints(server) == [])


def test_readiness_is_said_on_the_node(server: ApiServer, keep: Callable[..., Keeper]) -> None:
    """Kubernetes API reference, Event v1 core; events about things without a namespace are in `default`."""
    server.put(NODES, node(OURS))
    keep()
    server.wait_for(lambda: server.objects[EVENTS])
    (event,) = server.objects[EVENTS].values()
    assert event["involvedObject"] == {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "node-uid"}
    assert (event["reason"], event["type"], event["metadata"]["namespace"]) == ("NetworkReady", "Normal", "default")


def said(server: ApiServer) -> list[str]:
    return [event["message"] for event in server.objects[EVENTS].values()]


def test_what_is_missing_is_said_when_it_lasts_and_seldom_again(
    api: Kubernetes, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    events = NodeEvents(api, "n1")
    story = []
    for at, missing in ((0, "a"), (29, "a"), (31, "a"), (60, "b"), (92, "b"), (600, "b"), (700, "b")):
        now = 1000.0 + at
        before = len(said(server))
        events.not_ready(node(OURS), [missing])
        story.append((at, len(said(server)) - before))
    assert story == [(0, 0), (29, 0), (31, 1), (60, 0), (92, 1), (600, 0), (700, 1)]
    assert said(server) == ["a", "b", "b"]


def test_a_long_list_is_cut_to_what_an_event_may_hold(
    api: Kubernetes, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """events.k8s.io/v1, Event: the note is at most 1 kB."""
    monkeypatch.setattr("node.agent.node_events._GRACE_SECONDS", 0)
    NodeEvents(api, "n1").not_ready(node(OURS), ["ä" * 100] * 20)
    assert len(said(server)[0].encode()) <= 1024


def test_a_server_that_takes_no_events_stops_nothing(api: Kubernetes, server: ApiServer) -> None:
    server.refuse_next.append((403, {}))
    NodeEvents(api, "n1").ready(node())
    assert not said(server)
