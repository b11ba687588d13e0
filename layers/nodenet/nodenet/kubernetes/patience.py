"""A way to an API server that is patient, and counts what it asks.

Tried again is what may be: requests that were not looked at (429), and others only where twice is as good as once (RFC
9110, section 9.2.2; PATCH too, as the patches sent here are such: they set, and those that depend on what was read name
its resourceVersion).
"""

import re
import time
from collections import Counter
from threading import Lock
from typing import Final

import httpx2

from nodenet.kubernetes.errors import PASSING
from nodenet.kubernetes.statuses import asked_to_wait, budget_cause

ONCE: Final = {"nodenet.once": True}
"""Extensions of a request whose answer is wanted whatever it is."""

_ATTEMPTS: Final = 4
_LONGEST_WAIT: Final = 5.0
_REPEATABLE: Final = frozenset({"GET", "PUT", "PATCH", "DELETE"})
_BROKEN: Final = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
_PATH: Final = re.compile(
    r"/(?:api|apis/[^/]+)/[^/]+(?:/namespaces/[^/]+)?/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<sub>[^/]+).*)?)?$"
)
_VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Patient(httpx2.BaseTransport):
    """`calls`: requests by `kubernetes:verb resource`, each try counted. `server_name`: whose certificate the server
    must show, where it is not its address's."""

    def __init__(self, inner: httpx2.BaseTransport, server_name: str | None = None) -> None:
        self._inner, self._server_name = inner, server_name
        self._counting = Lock()
        self.calls: Counter[str] = Counter()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._server_name:
            request.extensions = {**request.extensions, "sni_hostname": self._server_name}
        if "nodenet.once" in request.extensions:
            return self._once(request)
        for attempt in range(1, _ATTEMPTS):
            try:
                response = self._once(request)
            except _BROKEN:
                if request.method not in _REPEATABLE:
                    raise
                time.sleep(_pause(attempt))
                continue
            if not _passing(request, response):
                return response
            response.close()
            time.sleep(_wait(response, attempt))
        return self._once(request)

    def close(self) -> None:
        self._inner.close()

    def _once(self, request: httpx2.Request) -> httpx2.Response:
        if call := _call(request):
            with self._counting:
                self.calls[call] += 1
        return self._inner.handle_request(request)


def _passing(request: httpx2.Request, response: httpx2.Response) -> bool:
    """Whether the same may be answered otherwise soon. A budget of disruptions that allows none is an answer."""
    if response.status_code == 429:
        return budget_cause(response) is None
    return response.status_code in PASSING and request.method in _REPEATABLE


def _call(request: httpx2.Request) -> str:
    """The verb and resource that are authorised ("Authorization", Determine the request verb)."""
    match = _PATH.search(request.url.path)
    if not match:
        return ""
    verb = _VERBS.get(request.method) or ("get" if match["name"] else "list")
    if verb == "delete" and not match["name"]:
        verb = "deletecollection"
    return f"kubernetes:{verb} {match['resource']}{'/' + match['sub'] if match['sub'] else ''}"


def _wait(response: httpx2.Response, attempt: int) -> float:
    """Seconds: what the server asks for, within reason."""
    return min(asked_to_wait(response) or _pause(attempt), _LONGEST_WAIT)


def _pause(attempt: int) -> float:
    return 0.2 * float(2**attempt)
