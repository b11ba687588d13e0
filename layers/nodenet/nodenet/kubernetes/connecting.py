"""A connection that outlives its token: kept by a function from one invocation to the next."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

import httpx2
from lightkube import KubeConfig
from lightkube.config.models import Cluster, User

from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import translated

type Make = Callable[[], str]

_SPENT: Final = 14 * 60.0
"""Seconds; EKS takes a token for fifteen minutes (aws-iam-authenticator, pkg/token/token.go)."""


def with_renewed_token(url: str, authority: str, make: Make) -> Connection:
    """`authority` is the server's certificate authority, base64 of PEM; `make` gives a new token, and is called every
    14 minutes, and where the server does not take one."""
    with translated():
        config = KubeConfig.from_one(cluster=Cluster(server=url, certificate_auth_data=authority), user=User()).get()
        assert config
        return Connection(config, wrap=lambda inner: Renewing(inner, make))


class Renewing(httpx2.BaseTransport):
    """Puts the token on each request. `now`: seconds of a clock that goes on while the function sleeps."""

    def __init__(self, inner: httpx2.BaseTransport, make: Make, now: Callable[[], float] = time.time) -> None:
        self._inner, self._make, self._now = inner, make, now
        self._lock = Lock()
        self._token, self._made = "", 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        token = self._current("")
        response = self._send(request, token)
        if response.status_code != 401:
            return response
        # The credentials that signed it may have run out before it.
        response.close()
        return self._send(request, self._current(token))

    def close(self) -> None:
        self._inner.close()

    def _send(self, request: httpx2.Request, token: str) -> httpx2.Response:
        request.headers["Authorization"] = f"Bearer {token}"
        return self._inner.handle_request(request)

    def _current(self, refused: str) -> str:
        """One that is not spent, and not the one that was refused."""
        with self._lock:
            if self._token in ("", refused) or not 0 <= self._now() - self._made < _SPENT:
                self._token, self._made = self._make(), self._now()
            return self._token
