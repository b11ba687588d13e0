"""Requests to an API server that is somewhere else, as a cluster's administrator."""

import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from local.kubernetes.paths import Place
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing

_PATIENCE = 30.0
_WATCH = 300
"""Seconds after which the server is to end a watch ("Kubernetes API Concepts", timeoutSeconds)."""


@dataclass(frozen=True)
class Access:
    """`endpoint` is a URL; `authority`, `certificate` and `key` are PEM: whom to trust, and who the client is."""

    endpoint: str
    authority: str
    certificate: str
    key: str

    def trusting(self) -> ssl.SSLContext:
        """For who shows a token, or nothing."""
        return ssl.create_default_context(cadata=self.authority)

    def context(self) -> ssl.SSLContext:
        """For the administrator."""
        context = self.trusting()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "client.pem")
            file.touch(mode=0o600)
            file.write_text(self.certificate + self.key)
            context.load_cert_chain(file)
        return context


class Asking:
    """From any thread. Every refusal is the server's own (Refused); a broken connection is httpx2.TransportError."""

    def __init__(self, access: Access, manager: str) -> None:
        self._client = httpx2.Client(
            base_url=access.endpoint, verify=access.context(), timeout=_PATIENCE, trust_env=False
        )
        self._manager = manager

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Thing:
        return self._answered(self._send(method, path, body, "application/json", query))

    def write(self, method: str, place: Place, body: Thing, subresource: str = "", **query: Any) -> Thing:
        """POST or PUT, counted as the manager's."""
        return self.ask(method, path_of(place, subresource), body, fieldManager=self._manager, **query)

    def apply(self, place: Place, thing: Thing, manager: str, *, force: bool, dry: bool = False) -> Thing:
        """Server-side apply."""
        query = {"fieldManager": manager, "force": str(force).lower(), **({"dryRun": "All"} if dry else {})}
        return self._answered(self._send("PATCH", path_of(place), thing, "application/apply-patch+yaml", query))

    def watch(self, place: Place, version: str) -> Iterator[tuple[str, Thing]]:
        """What happens to a collection after a version, until the server ends it. Refused (410): the version is too
        old."""
        query: dict[str, str | int] = {
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": _WATCH,
        }
        with self._client.stream("GET", path_of(place), params=query, timeout=_WATCH + _PATIENCE) as answer:
            if answer.is_error:
                answer.read()
            self._refuse(answer)
            for line in answer.iter_lines():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise _refused(event["object"])
                yield event["type"], event["object"]

    def close(self) -> None:
        self._client.close()

    def _send(self, method: str, path: str, body: Any, kind: str, query: Mapping[str, Any]) -> httpx2.Response:
        content = json.dumps(body).encode() if body is not None else None
        return self._client.request(method, path, content=content, headers={"Content-Type": kind}, params=query)

    def _answered(self, answer: httpx2.Response) -> Thing:
        self._refuse(answer)
        return dict(answer.json())

    def _refuse(self, answer: httpx2.Response) -> None:
        if not answer.is_error:
            return
        try:
            status = answer.json()
        except ValueError:
            raise Refused(answer.status_code, answer.reason_phrase, answer.text) from None
        raise _refused(status)


def path_of(place: Place, subresource: str = "") -> str:
    """The way to a collection or to one object ("Kubernetes API Concepts", Resource URIs)."""
    resource = place.resource
    parts = ["apis", resource.group, resource.version] if resource.group else ["api", resource.version]
    if place.namespace:
        parts += ["namespaces", place.namespace]
    parts += [resource.plural, place.name, subresource or place.subresource]
    return "/" + "/".join(filter(None, parts))


def _refused(status: Thing) -> Refused:
    details = status.get("details") or {}
    return Refused(status.get("code", 500), status.get("reason", ""), status.get("message", ""), **details)
