"""A client of an API server."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2
from lightkube import Client, KubeConfig
from lightkube.config.client_adapter import user_auth, verify_cluster
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, User
from lightkube.core.exceptions import ConfigError

from nodenet.kubernetes.errors import translated
from nodenet.kubernetes.patience import ONCE, Patient
from nodenet.migration.cluster import FIELD_MANAGER

_TIMEOUT: Final = httpx2.Timeout(30.0, connect=10.0)

type Wrap = Callable[[httpx2.BaseTransport], httpx2.BaseTransport]

# At INFO they write a line for each request.
for _library in ("httpx2", "httpcore2"):
    logging.getLogger(_library).setLevel(logging.WARNING)


class Connection:
    """`client` is lightkube's; what it writes is written under the field manager of a migration. `ask` is for what it
    does not have. The requests of both are tried again where that may help.

    `proxy`: by which to go, None for that of the environment (HTTPS_PROXY, NO_PROXY), if any. `server_name`: whose
    certificate the server must show, where it is not its address's. `wrap`: what each try goes through.
    """

    def __init__(
        self,
        config: SingleConfig,
        *,
        proxy: str | None = None,
        server_name: str | None = None,
        wrap: Wrap = lambda inner: inner,
    ) -> None:
        verify = verify_cluster(config.cluster, config.user or User(), config.abs_file)
        proxy = proxy or _proxy(config.cluster.server)
        try:
            inner = httpx2.HTTPTransport(verify=verify, proxy=proxy, retries=1)
        except (ImportError, ValueError) as error:  # a SOCKS proxy, or what is no address
            raise ConfigError(f"the proxy {_shown(proxy)} cannot be used: {error}") from error
        self._patient = Patient(wrap(inner), server_name)
        self.client = Client(config, timeout=_TIMEOUT, transport=self._patient, field_manager=FIELD_MANAGER)
        self._bare = httpx2.Client(
            base_url=config.cluster.server,
            auth=user_auth(config.user or User()),
            timeout=_TIMEOUT,
            transport=self._patient,
            trust_env=False,
        )

    @property
    def calls(self) -> Mapping[str, int]:
        """Requests by `kubernetes:verb resource`, each try counted."""
        return dict(self._patient.calls)

    def ask(self, method: str, path: str, body: Any = None, *, once: float | None = None) -> httpx2.Response:
        """The server's answer, whatever it says; `body` is sent as JSON. Throttled and HeldError where there is none.

        `once`: asks once only, and waits for so many seconds at most.
        """
        more: dict[str, Any] = {"json": body} if body is not None else {}
        if once is not None:
            more |= {"extensions": ONCE, "timeout": httpx2.Timeout(once, connect=10.0)}
        with translated():
            return self._bare.request(method, path, **more)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._bare.close()


def with_token(url: str, authority: str, token: str) -> Connection:
    """`authority` is the server's certificate authority, base64 of PEM."""
    cluster, user = Cluster(server=url, certificate_auth_data=authority), User(token=token)
    with translated():
        config = KubeConfig.from_one(cluster=cluster, user=user).get()
        assert config
        return Connection(config)


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
