"""Following a collection, over real sockets. Kubernetes documentation, "Kubernetes API Concepts"."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from node.agent.following import Changed, Listed, follow
from node.agent.kubernetes import Kubernetes
from tests.node_daemon.api_server import PODS, ApiServer


def pod(name: str, node: str = "n1", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **more}, "spec": {"nodeName": node}}


class Follower:
    """Follows the pods of node n1 in a thread, and keeps what it sees."""

    def __init__(self, api: Kubernetes) -> None:
        self.seen: list[Listed | Changed] = []
        self.pauses: list[float] = []
        self.news = threading.Condition()
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(api,), daemon=True)
        self._thread.start()

    def _run(self, api: Kubernetes) -> None:
        for each in follow(api, PODS, {"fieldSelector": "spec.nodeName=n1"}, self._wait):
            with self.news:
                self.seen.append(each)
                self.news.notify_all()

    def _wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return self.stopped.wait(min(seconds, 0.02))

    def story(self) -> list[str]:
        """What was seen, in short: `= a b` a list, `+a` a pod, `-a` one that went."""
        return [
            " ".join(("=", *(one["metadata"]["name"] for one in each.objects)))
            if isinstance(each, Listed)
            else ("-" if each.gone else "+") + each.object["metadata"]["name"]
            for each in self.seen
        ]

    def sees(self, *story: str) -> None:
        with self.news:
            self.news.wait_for(lambda: len(self.seen) >= len(story), 5)
        assert self.story() == list(story)


@pytest.fixture
def follower(api: Kubernetes, server: ApiServer) -> Iterator[Callable[[], Follower]]:
    made: list[Follower] = []

    def start() -> Follower:
        made.append(Follower(api))
        server.wait_for(lambda: server.watchers)
        return made[-1]

    yield start
    for each in made:
        each.stopped.set()


def test_a_list_is_read_to_its_last_page(server: ApiServer, follower: Callable[[], Follower]) -> None:
    """Kubernetes API Concepts, "Retrieving large results sets in chunks"."""
    server.page = 2
    for name in "abcde":
        server.put(PODS, pod(name))
    follower().sees("= a b c d e")
    assert [one.query.get("continue") for one in server.requests("GET", PODS)] == [None, "2", "4"]


def test_changes_follow_the_list_and_only_of_the_selected(server: ApiServer, follower: Callable[[], Follower]) -> None:
    server.put(PODS, pod("a"))
    following = follower()
    server.put(PODS, pod("elsewhere", node="n2"))
    server.put(PODS, pod("b"))
    server.put(PODS, pod("a", labels={"x": "y"}))
    server.delete(PODS, "a")
    following.sees("= a", "+b", "+a", "-a")


@pytest.mark.parametrize("half_a_line", [False, True])
def test_after_a_broken_watch_it_goes_on_where_it_was(
    server: ApiServer, follower: Callable[[], Follower], half_a_line: bool
) -> None:
    following = follower()
    server.put(PODS, pod("a"))
    following.sees("=", "+a")
    with server.changed:
        server.cut(half_a_line)
        server.put(PODS, pod("b"))
    following.sees("=", "+a", "+b")
    server.wait_for(lambda: len(server.requests("GET", PODS, watch=True)) == 2)
    assert len(server.requests("GET", PODS)) == 1


def test_a_bookmark_moves_the_place_from_which_it_goes_on(server: ApiServer, follower: Callable[[], Follower]) -> None:
    """Kubernetes API Concepts, "Watch bookmarks": asked for, never seen as an object."""
    following = follower()
    for _ in range(3):
        server.bookmark(PODS)
    version = str(server.version)
    server.wait_for(lambda: server.requests("GET", PODS, watch=True))
    server.put(PODS, pod("a"))
    following.sees("=", "+a")
    server.bookmark(PODS)
    marked = str(server.version)
    server.cut()
    watches = server.wait_for(lambda: server.requests("GET", PODS, watch=True)[1:])
    assert watches[0].query["resourceVersion"] == marked > version
    assert watches[0].query["allowWatchBookmarks"] == "true"


def test_what_is_too_old_to_watch_is_listed_again(server: ApiServer, follower: Callable[[], Follower]) -> None:
    """Kubernetes API Concepts, "410 Gone responses"; what went meanwhile is missing in the new list."""
    server.put(PODS, pod("a"))
    following = follower()
    following.sees("= a")
    with server.changed:
        server.delete(PODS, "a")
        server.put(PODS, pod("b"))
        server.history.clear()
        server.forget()
        server.cut()
    following.sees("= a", "= b")


def test_a_410_to_the_request_itself_lists_again_too(server: ApiServer, follower: Callable[[], Follower]) -> None:
    following = follower()
    server.refuse_next.append((410, {}))
    server.cut()
    following.sees("=", "=")


def test_a_busy_server_is_left_alone_as_long_as_it_asks(server: ApiServer, api: Kubernetes) -> None:
    """Kubernetes documentation, "API Priority and Fairness": 429 with Retry-After."""
    server.refuse_next.append((429, {"Retry-After": "7"}))
    following = Follower(api)
    following.sees("=")
    assert following.pauses == [7.0]
    following.stopped.set()


def test_the_longer_a_server_is_away_the_less_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 9

    assert list(follow(Kubernetes("http://127.0.0.1:9"), PODS, {}, wait)) == []
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_watches_that_end_at_once_are_not_asked_for_in_a_loop(
    server: ApiServer, follower: Callable[[], Follower], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.agent.following._SHORT_SECONDS", 60)
    following = follower()
    for watches in (2, 3, 4):
        server.cut()
        server.wait_for(partial(_asked_again, server, watches))
    assert len(following.pauses) == 3


def _asked_again(server: ApiServer, watches: int) -> bool:
    return len(server.requests("GET", PODS, watch=True)) == watches and server.watchers == 1
