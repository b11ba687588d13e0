"""Answers of an API server, in the form that it gives them, for adapters that are tried without one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from lightkube import KubeConfig
from lightkube.config.models import Cluster, User

from nodenet.kubernetes.connection import Connection

type Answer = httpx2.Response | Exception
type Answers = Callable[[httpx2.Request], Answer]


@dataclass
class Server:
    """`answers` gives each request's answer, or raises what befalls it on the way; `asked` is what came."""

    answers: Answers
    asked: list[httpx2.Request] = field(default_factory=list)

    def connection(self) -> Connection:
        config: Any = KubeConfig.from_one(cluster=Cluster(server="http://prod"), user=User(token="t")).get()
        return Connection(config, wrap=lambda _: httpx2.MockTransport(self._answer))

    @property
    def requests(self) -> list[str]:
        """Methods and paths."""
        return [f"{each.method} {each.url.path}" for each in self.asked]

    def body(self, number: int = -1) -> Any:
        return json.loads(self.asked[number].content)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers(request)
        if isinstance(answer, Exception):
            raise answer
        return answer


def in_turn(*answers: Answer) -> Server:
    """One after the other, the last one ever after."""
    left = list(answers)
    return Server(lambda _: left.pop(0) if len(left) > 1 else left[0])


def routed(routes: Mapping[str, Any]) -> Server:
    """By method and path; an answer, or an object that is answered with 200. Else 404."""

    def answer(request: httpx2.Request) -> Answer:
        found = routes.get(f"{request.method} {request.url.path}")
        if found is None:
            return refused(404, "NotFound", f"{request.url.path} not found")
        return found if isinstance(found, httpx2.Response | Exception) else ok(found)

    return Server(answer)


def ok(thing: Any, code: int = 200) -> httpx2.Response:
    return httpx2.Response(code, json=thing)


def items(*things: Any, more: str = "") -> httpx2.Response:
    return ok({"metadata": {"continue": more}, "items": list(things)})


def refused(
    code: int, reason: str, message: str, headers: Mapping[str, str] | None = None, **details: Any
) -> httpx2.Response:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    status |= {"reason": reason} if reason else {}
    return httpx2.Response(code, json={**status, "details": details, "code": code}, headers=dict(headers or {}))


def busy(seconds: int = 1) -> httpx2.Response:
    """The server's own limit (apiserver, pkg/server/filters/priority-and-fairness.go): text, and no Status."""
    text = "Too many requests, please try again later.\n"
    return httpx2.Response(429, text=text, headers={"Retry-After": str(seconds)})
