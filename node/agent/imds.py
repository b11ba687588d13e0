"""The instance metadata (IMDSv2): what EC2 says of this node's interfaces.

It says neither tags nor descriptions of an interface, and 404 of what is not there, or not there yet
("Instance metadata categories", EC2 User Guide).
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional
from urllib.parse import urlsplit

from .ranges import Range, runs

ENDPOINTS = ("http://169.254.169.254", "http://[fd00:ec2::254]")
_TIMEOUT = 2.0
_WORKERS = 8
_KEYS = (
    "interface-id",
    "device-number",
    "network-card",
    "subnet-id",
    "security-group-ids",
    "local-ipv4s",
    "ipv6s",
    "ipv4-prefix",
    "ipv6-prefix",
    "subnet-ipv4-cidr-block",
    "subnet-ipv6-cidr-blocks",
)


class ImdsUnavailable(Exception):
    """No endpoint answers as the instance metadata service does."""


@dataclass(frozen=True)
class Interface:
    """An interface as the metadata shows it. `ipv4s` begins with the primary address, which no pod ever gets."""

    mac: str
    id: str
    card: int
    device: int
    subnet: str
    groups: frozenset[str]
    ipv4s: tuple[str, ...] = ()
    ipv6s: tuple[str, ...] = ()
    ipv4_prefixes: tuple[str, ...] = ()
    ipv6_prefixes: tuple[str, ...] = ()
    ipv4_block: str | None = None
    ipv6_blocks: tuple[str, ...] = ()

    def prefixes(self, version: int) -> tuple[str, ...]:
        return self.ipv4_prefixes if version == 4 else self.ipv6_prefixes

    def ranges(self, version: int) -> tuple[Range, ...]:
        """What is its pods': its prefixes, or where it has none its secondary addresses."""
        prefixes = self.prefixes(version)
        if prefixes:
            return tuple(Range.parse(prefix) for prefix in prefixes)
        return runs(self.ipv4s[1:] if version == 4 else self.ipv6s)


class Imds:
    """Reads below /latest/meta-data/ over connections that are kept; may be used by several threads.

    `endpoints` are base URLs, tried in turn: the IPv6 one is there on Nitro instances that have it switched on.
    """

    def __init__(self, endpoints: Sequence[str] = ENDPOINTS) -> None:
        self._endpoints = tuple(endpoints)
        self._endpoint = self._endpoints[0]
        self._token = ""
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def get(self, category: str) -> str | None:
        """Its text; None where the metadata has no such thing (404). ImdsUnavailable."""
        with self._lock:
            token = self._token = self._token or self._new_token()
        status, text = self._ask("GET", f"/latest/meta-data/{category}", {"X-aws-ec2-metadata-token": token})
        if status == 401:
            with self._lock:
                if self._token == token:
                    self._token = self._new_token()
            status, text = self._ask("GET", f"/latest/meta-data/{category}", {"X-aws-ec2-metadata-token": self._token})
        if status not in (200, 404):
            raise ImdsUnavailable(f"the instance metadata answers {status} for {category}")
        return text if status == 200 else None

    def get_all(self, categories: Iterable[str]) -> dict[str, str | None]:
        """The same for many, several at a time."""
        left, found = list(categories), dict[str, Optional[str]]()
        failed: list[ImdsUnavailable] = []

        def work() -> None:
            while left and not failed:
                try:
                    category = left.pop()
                    found[category] = self.get(category)
                except IndexError:
                    return
                except ImdsUnavailable as error:
                    failed.append(error)

        workers = [threading.Thread(target=work) for _ in range(min(_WORKERS, len(left)))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if failed:
            raise failed[0]
        return found

    def close(self) -> None:
        """Gives up the connections; the next question opens new ones."""
        while self._idle:
            self._idle.pop().close()

    def _new_token(self) -> str:
        """A session's token, from the first endpoint that gives one: that one is asked from then on."""
        answers = []
        for endpoint in self._endpoints:
            if endpoint != self._endpoint:
                self._endpoint = endpoint
                self.close()
            try:
                status, text = self._ask("PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "21600"})
                if status == 200:
                    return text
                answers.append(f"{endpoint} answers {status}")
            except ImdsUnavailable as error:
                answers.append(str(error))
        raise ImdsUnavailable("; ".join(answers))

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        """Over a connection that is idle, which may have been closed meanwhile, or else over a new one."""
        while True:
            try:
                connection, kept = self._idle.pop(), True
            except IndexError:
                place = urlsplit(self._endpoint)
                connection, kept = http.client.HTTPConnection(str(place.hostname), place.port, timeout=_TIMEOUT), False
            try:
                connection.request(method, path, headers=headers)
                response = connection.getresponse()
                answer = response.status, response.read().decode()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if not kept:
                    raise ImdsUnavailable(f"{self._endpoint}: {error!r}")
            else:
                self._idle.append(connection)
                return answer


def interfaces(imds: Imds) -> tuple[list[Interface], list[str]]:
    """The interfaces besides the primary one that the metadata shows whole, and the MACs of those it does not yet.

    Before an attachment has come through, the device number reads 0: on card 0 that is the primary interface's own,
    which is known by the category `mac` (amazon-ec2-net-utils, lib/lib.sh). ImdsUnavailable.
    """
    listed = imds.get_all(["mac", "network/interfaces/macs/"])
    primary = (listed["mac"] or "").strip()
    macs = [line.strip("/ ") for line in (listed["network/interfaces/macs/"] or "").split()]
    macs = sorted(mac for mac in macs if mac != primary)
    texts = imds.get_all(f"network/interfaces/macs/{mac}/{key}" for mac in macs for key in _KEYS)
    whole, partly = [], []
    for mac in macs:
        said = {key: (texts[f"network/interfaces/macs/{mac}/{key}"] or "").split() for key in _KEYS}
        needed = ("interface-id", "device-number", "subnet-id", "security-group-ids")
        card, device = int((said["network-card"] or ["0"])[0]), int((said["device-number"] or ["0"])[0])
        if not all(said[key] for key in needed) or not (card or device) or not (said["local-ipv4s"] or said["ipv6s"]):
            partly.append(mac)
            continue
        whole.append(
            Interface(
                mac.lower(),
                said["interface-id"][0],
                card,
                device,
                said["subnet-id"][0],
                frozenset(said["security-group-ids"]),
                tuple(said["local-ipv4s"]),
                tuple(said["ipv6s"]),
                tuple(said["ipv4-prefix"]),
                tuple(said["ipv6-prefix"]),
                next(iter(said["subnet-ipv4-cidr-block"]), None),
                tuple(said["subnet-ipv6-cidr-blocks"]),
            )
        )
    return whole, partly
