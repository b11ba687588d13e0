"""A client of an API server that is patient, and counts what it asks."""

import re
import time
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2
from lightkube import Client, KubeConfig
from lightkube.config.client_adapter import verify_cluster
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, User
from lightkube.core.exceptions import ConfigError

from nodenet.kubernetes.errors import PASSING, translated

_TIMEOUT: Final = httpx2.Timeout(30.0, connect=10.0)
_ATTEMPTS: Final = 4
_LONGEST_WAIT: Final = 5.0
_PATH: Final = re.compile(r"/(?:api|apis/[^/]+)/[^/]+(?:/namespaces/[^/]+)?/(?P<resource>[^/]+)(?P<name>/.+)?$")


class Connection:
    """`client` is lightkube's. Its requests are tried again where that may help, so they must be such as read.

    `proxy`: by which to go, None for that of the environment (HTTPS_PROXY, NO_PROXY), if any. `server_name`: whose
    certificate the server must show, where it is not its address's.
    """

    def __init__(self, config: SingleConfig, *, proxy: str | None = None, server_name: str | None = None) -> None:
        verify = verify_cluster(config.cluster, config.user or User(), config.abs_file)
        proxy = proxy or _proxy(config.cluster.server)
        try:
            inner = httpx2.HTTPTransport(verify=verify, proxy=proxy, retries=1)
        except (ImportError, ValueError) as error:  # a SOCKS proxy, or what is no address
            raise ConfigError(f"the proxy {_shown(proxy)} cannot be used: {error}") from error
        self._counted = _Patient(inner, server_name)
        self.client = Client(config, timeout=_TIMEOUT, transport=self._counted)

    @property
    def calls(self) -> Mapping[str, int]:
        """Requests by `kubernetes:verb resource`, each try counted."""
        return dict(self._counted.calls)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()


def with_token(url: str, authority: str, token: str) -> Connection:
    """`authority` is the server's certificate authority, base64 of PEM."""
    cluster, user = Cluster(server=url, certificate_auth_data=authority), User(token=token)
    with translated():
        config = KubeConfig.from_one(cluster=cluster, user=user).get()
        assert config
        return Connection(config)


class _Patient(httpx2.BaseTransport):
    def __init__(self, inner: httpx2.BaseTransport, server_name: str | None = None) -> None:
        self._inner, self._server_name = inner, server_name
        self._counting = Lock()
        self.calls: Counter[str] = Counter()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._server_name:
            request.extensions = {**request.extensions, "sni_hostname": self._server_name}
        for attempt in range(1, _ATTEMPTS):
            response = self._once(request)
            if response.status_code not in PASSING:
                return response
            response.close()
            time.sleep(_wait(response, attempt))
        return self._once(request)

    def close(self) -> None:
        self._inner.close()

    def _once(self, request: httpx2.Request) -> httpx2.Response:
        if match := _PATH.search(request.url.path):
            with self._counting:
                self.calls[f"kubernetes:{'get' if match['name'] else 'list'} {match['resource']}"] += 1
        return self._inner.handle_request(request)


def _wait(response: httpx2.Response, attempt: int) -> float:
    """Seconds: what the server asks for ("Retry-After"), within reason."""
    asked = response.headers.get("Retry-After", "")
    return min(float(asked) if asked.isdigit() else 0.2 * 2**attempt, _LONGEST_WAIT)


def _proxy(url: str) -> str | None:
    parts, known = urlsplit(url), getproxies()
    proxy = known.get(parts.scheme) or known.get("all")
    if not proxy or proxy_bypass(parts.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _shown(proxy: str | None) -> str:
    """Without a password that it may have."""
    parts = urlsplit(proxy or "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
