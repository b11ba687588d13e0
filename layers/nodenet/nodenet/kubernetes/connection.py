"""A client of an API server that is patient, and counts what it asks."""

import re
import ssl
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

import httpx2
from lightkube import ApiError, Client, KubeConfig
from lightkube.config.client_adapter import verify_cluster
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, User
from lightkube.core.exceptions import ConfigError

from nodenet.errors import AccessDenied, HeldError, Throttled

_SECONDS: Final = 30.0
_ATTEMPTS: Final = 4
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
"""What passes: the server's own limits ("API Priority and Fairness"), and faults of what stands before it."""
_LONGEST_WAIT: Final = 5.0
_PATH: Final = re.compile(r"/(?:api|apis/[^/]+)/[^/]+(?:/namespaces/[^/]+)?/(?P<resource>[^/]+)(?P<name>/.+)?$")


class Connection:
    """`client` is lightkube's. Its requests are tried again where that may help, so they must be such as read."""

    def __init__(self, config: SingleConfig) -> None:
        transport = _Patient(httpx2.HTTPTransport(verify=_trusted(config), retries=1))
        self._counted = transport
        self.client = Client(config, timeout=httpx2.Timeout(_SECONDS), transport=transport)

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


def with_kubeconfig(path: Path, context: str | None = None) -> Connection:
    """As a kubeconfig file says, by its current context if no other is asked for; HeldError where something lacks."""
    with translated():
        try:
            config = KubeConfig.from_file(path).get(context)
        except KeyError as missing:
            raise ConfigError(f"{path} does not have {missing}") from missing
        assert config
        return Connection(config._replace(user=config.user or User()))


@contextmanager
def translated() -> Iterator[None]:
    """Raises the domain's exception in place of the client's."""
    try:
        yield
    except ApiError as error:
        status = error.status
        if status.code == 401:
            raise AccessDenied(
                "the cluster does not know who asks (401): these credentials need an access entry there"
            ) from error
        if status.code == 403:
            raise AccessDenied(status.message or "forbidden") from error
        text = f"Kubernetes: {status.code} {status.reason}: {status.message}"
        raise (Throttled if status.code in _AGAIN else HeldError)(text) from error
    except httpx2.HTTPStatusError as error:
        code = error.response.status_code
        raise (Throttled if code in _AGAIN else HeldError)(f"Kubernetes: {error}") from error
    except httpx2.HTTPError as error:
        raise Throttled(f"the cluster's API server cannot be reached: {error}") from error
    except ConfigError as error:
        raise HeldError(str(error)) from error


class _Patient(httpx2.BaseTransport):
    def __init__(self, inner: httpx2.BaseTransport) -> None:
        self._inner = inner
        self._counting = Lock()
        self.calls: Counter[str] = Counter()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        for attempt in range(1, _ATTEMPTS):
            response = self._once(request)
            if response.status_code not in _AGAIN:
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


def _trusted(config: SingleConfig) -> ssl.SSLContext:
    return verify_cluster(config.cluster, config.user or User(), config.abs_file)
