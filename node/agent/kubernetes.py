"""The Kubernetes API, as far as a daemon on a node needs it: get, create, patch, and open a watch.

Kubernetes documentation, "Kubernetes API Concepts" (patch types, watch) and "Accessing the Kubernetes API from a Pod"
(address, certificate and token of the service account).
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

_TIMEOUT_SECONDS = 30.0


class Unreachable(Exception):
    """No answer, or half of one: the API server is away, or the connection broke. It passes."""


class Refused(Exception):
    """The API server answered with an error: `status` is HTTP's; the text holds its Status object's reason and message.

    `retry_after` is for how many seconds it wants to be left alone (429 and 503), else 0.
    """

    def __init__(self, status: int, answer: Mapping[str, Any], retry_after: float = 0.0) -> None:
        super().__init__(f"{status} {answer.get('reason') or ''}: {answer.get('message') or 'no message'}")
        self.status = status
        self.retry_after = retry_after


class Kubernetes:
    """The API server at `url`. `ca` and `token` are files, read anew for each connection since the kubelet rotates
    them; without `token` no credentials are sent."""

    def __init__(self, url: str, ca: Path | None = None, token: Path | None = None) -> None:
        self._url = urlsplit(url)
        self._ca = ca
        self._token = token

    @classmethod
    def of_pod(cls, environment: Mapping[str, str], account: Path = SERVICE_ACCOUNT) -> Kubernetes:
        """The API server as a pod sees it; KeyError where the environment is not a pod's."""
        host, port = environment["KUBERNETES_SERVICE_HOST"], environment["KUBERNETES_SERVICE_PORT"]
        literal = f"[{host}]" if ":" in host else host
        return cls(f"https://{literal}:{port}", account / "ca.crt", account / "token")

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The object or list at `path`; Refused, Unreachable."""
        with self._asked("GET", path, query or {}) as response:
            return _object(response.read())

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Makes an object in the collection at `path`; Refused, Unreachable."""
        with self._asked("POST", path, {}, body, "application/json") as response:
            return _object(response.read())

    def patch(self, path: str, operations: list[dict[str, Any]]) -> dict[str, Any]:
        """Applies a JSON patch (RFC 6902), all or nothing; Refused (422 where a `test` in it fails), Unreachable."""
        with self._asked("PATCH", path, {}, operations, "application/json-patch+json") as response:
            return _object(response.read())

    def lines(self, path: str, query: Mapping[str, str], seconds: float) -> Iterator[dict[str, Any]]:
        """The objects of an answer that comes line by line, as a watch's does, for at most so many seconds.

        Silence is no fault, but Unreachable is raised when the other side is gone (TCP keepalive tells); Refused.
        """
        with self._asked("GET", path, query, timeout=seconds + _TIMEOUT_SECONDS) as response:
            for line in response:
                yield _object(line)

    @contextmanager
    def _asked(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Any = None,
        content_type: str = "",
        timeout: float | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        headers = {"Accept": "application/json", "User-Agent": "nodenet-agent"}
        if content_type:
            headers["Content-Type"] = content_type
        target = f"{self._url.path.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")
        connection = None
        try:
            if self._token:
                headers["Authorization"] = f"Bearer {self._token.read_text().strip()}"
            connection = self._connection(timeout or _TIMEOUT_SECONDS)
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            if response.status >= http.client.BAD_REQUEST:
                raise _refusal(response)
            yield response
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{method} {path} at {self._url.netloc}: {error!r}")
        finally:
            if connection:
                connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            context = ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            made = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        made.connect()
        made.sock.settimeout(timeout)
        # A load balancer may forget a quiet connection without a word; this finds out within a minute.
        made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        return made


def _refusal(response: http.client.HTTPResponse) -> Refused:
    text = response.read(1 << 16)
    try:
        answer = _object(text)
    except Unreachable:
        # A proxy or load balancer on the way answers with a page of its own.
        answer = {"reason": response.reason, "message": text.decode(errors="replace")[:200]}
    wanted = response.headers.get("Retry-After", "")
    return Refused(response.status, answer, float(wanted) if wanted.isdecimal() else 0.0)


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise Unreachable(f"half an answer: {text[:80]!r}")
    if not isinstance(found, dict):
        raise Unreachable(f"not an object: {text[:80]!r}")
    return found
