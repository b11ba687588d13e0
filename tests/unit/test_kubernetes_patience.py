"""How long a client waits before it asks an API server again, how often it does, and what it does not ask again."""

import time
from typing import Any

import httpx2
import pytest
from lightkube.resources.core_v1 import Node

from nodenet.errors import HeldError, Throttled
from nodenet.kubernetes.cluster_reading import ClusterReading
from nodenet.kubernetes.errors import translated
from nodenet.kubernetes.patience import _call, _wait
from tests.unit.kubernetes_server import Answer, Server, busy, in_turn, items, ok, refused


@pytest.fixture(name="waits")
def seconds_waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


@pytest.mark.parametrize(
    ("asked", "attempt", "seconds"),
    [("2", 1, 2), ("3600", 1, 5), ("", 1, 0.4), ("", 3, 1.6), ("", 9, 5), ("soon", 1, 0.4)],
)
def test_it_waits_as_long_as_it_is_asked_to_and_never_long(asked: str, attempt: int, seconds: float) -> None:
    """RFC 9110, section 10.2.3: Retry-After is a number of seconds, or a date."""
    response = httpx2.Response(429, headers={"Retry-After": asked} if asked else None)
    assert _wait(response, attempt) == pytest.approx(seconds)


def test_a_list_that_the_server_forgets_each_time_is_asked_for_three_times() -> None:
    server = Server(lambda _: refused(410, "Expired", "too old"))
    with pytest.raises(HeldError, match="410 Expired: too old"):
        ClusterReading(server.connection()).nodes()
    assert server.requests == ["GET /api/v1/nodes"] * 3


def test_a_kind_that_is_not_known_is_told_by_text() -> None:
    """apiserver, pkg/util/notfoundhandler: where no path of the group is known there is no Status."""
    server = Server(lambda _: httpx2.Response(404, text="404 page not found\n"))
    assert list(ClusterReading(server.connection()).eni_configs()) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("trouble", [503, 500, 504, httpx2.RemoteProtocolError("closed"), httpx2.ReadError("reset")])
def test_what_may_be_done_twice_is_tried_again(method: str, trouble: int | Exception, waits: list[float]) -> None:
    first: Answer = httpx2.Response(trouble) if isinstance(trouble, int) else trouble
    server = in_turn(first, ok({}))
    assert server.connection().ask(method, "/api/v1/nodes/n").status_code == 200
    assert waits == [pytest.approx(0.4)]


def test_what_may_not_be_done_twice_is_tried_once(waits: list[float]) -> None:
    """RFC 9110, section 9.2.2: POST is not idempotent."""
    server = in_turn(httpx2.Response(503), ok({}))
    assert server.connection().ask("POST", "/api/v1/nodes", {}).status_code == 503
    server = in_turn(httpx2.RemoteProtocolError("Server disconnected"), ok({}))
    with pytest.raises(Throttled, match="Server disconnected"):
        server.connection().ask("POST", "/api/v1/nodes", {})
    assert (len(server.asked), waits) == (1, [])


def test_what_the_server_had_no_time_to_look_at_is_sent_again(waits: list[float]) -> None:
    """ "API Priority and Fairness": such a request was not let in."""
    server = in_turn(busy(2), busy(), ok({}, 201))
    assert server.connection().ask("POST", "/api/v1/nodes", {"a": 1}).status_code == 201
    assert waits == [2, 1]
    assert server.body() == {"a": 1}


def test_a_server_that_stays_busy_is_told_with_its_seconds(waits: list[float]) -> None:
    server = Server(lambda _: busy(40))
    with pytest.raises(Throttled, match=r"429 Too Many Requests: Too many requests, please.*ask again in 40 s"):
        ClusterReading(server.connection()).nodes()
    assert waits == [5, 5, 5]


def test_a_budget_of_disruptions_is_an_answer_and_no_trouble(waits: list[float]) -> None:
    causes = [{"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods and has 2"}]
    server = Server(lambda _: refused(429, "TooManyRequests", "Cannot evict pod", {"Retry-After": "10"}, causes=causes))
    answer = server.connection().ask("POST", "/api/v1/namespaces/a/pods/p/eviction", {})
    assert (answer.status_code, len(server.asked), waits) == (429, 1, [])


def test_what_is_to_be_asked_once_is_asked_once(waits: list[float]) -> None:
    server = Server(lambda _: httpx2.Response(503, text="no"))
    assert server.connection().ask("GET", "/healthz", once=3).status_code == 503
    assert (len(server.asked), waits) == (1, [])
    assert server.asked[0].extensions["timeout"]["read"] == 3


@pytest.mark.parametrize(
    ("method", "path", "call"),
    [
        ("GET", "/api/v1/nodes", "list nodes"),
        ("GET", "/api/v1/nodes/n", "get nodes"),
        ("GET", "/api/v1/namespaces", "list namespaces"),
        ("PATCH", "/api/v1/namespaces/a", "patch namespaces"),
        ("GET", "/api/v1/namespaces/a/pods", "list pods"),
        ("GET", "/api/v1/pods", "list pods"),
        ("DELETE", "/api/v1/namespaces/a/pods/p", "delete pods"),
        ("DELETE", "/apis/batch/v1/namespaces/a/jobs", "deletecollection jobs"),
        ("POST", "/apis/batch/v1/namespaces/a/jobs", "create jobs"),
        ("POST", "/api/v1/namespaces/a/pods/p/eviction", "create pods/eviction"),
        ("GET", "/api/v1/namespaces/a/pods/p:80/proxy/is/it/there", "get pods/proxy"),
        ("PUT", "/apis/apps/v1/namespaces/a/deployments/d/scale", "update deployments/scale"),
    ],
)
def test_calls_are_counted_by_what_is_authorised(method: str, path: str, call: str) -> None:
    """ "Authorization" in the Kubernetes documentation, Determine the request verb."""
    assert _call(httpx2.Request(method, f"http://prod{path}")) == f"kubernetes:{call}"


def test_each_try_is_counted(waits: list[float]) -> None:
    connection = in_turn(busy(), items()).connection()
    ClusterReading(connection).nodes()
    assert connection.calls == {"kubernetes:list nodes": 2}


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (refused(401, "Unauthorized", "Unauthorized"), "AccessDenied", "access entry"),
        (refused(403, "Forbidden", 'nodes is forbidden: User "a" cannot list'), "AccessDenied", "User .a. cannot list"),
        (refused(422, "Invalid", "spec: wrong"), "HeldError", "422 Invalid: spec: wrong"),
        (httpx2.Response(418, text="<html>teapot"), "HeldError", "418 I'm a teapot: <html>teapot"),
    ],
)
def test_a_refusal_is_the_domains(answer: httpx2.Response, kind: str, said: str) -> None:
    connection: Any = in_turn(answer).connection()
    with pytest.raises(HeldError, match=said) as caught, translated():
        connection.client.get(Node, "n")
    assert type(caught.value).__name__ == kind
