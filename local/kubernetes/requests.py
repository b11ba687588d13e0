"""What the API is asked, and what it answers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import yaml

from local.kubernetes.rules import field_errors
from local.kubernetes.statuses import bad_request, invalid, unsupported_media
from local.kubernetes.things import Thing

JSON = "application/json"
_YAML = "application/yaml"


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", JSON).partition(";")[0].strip().lower()

    @property
    def dry(self) -> bool:
        """Refused (422) for a dryRun that is none ("Dry-run")."""
        if (value := self.query.get("dryRun", "")) not in ("", "All"):
            kind = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}.get(self.method)
            cause = field_errors.unsupported("dryRun", [value], ("All",))
            raise invalid(kind or "DeleteOptions", "meta.k8s.io", "", [cause])
        return bool(value)

    @property
    def manager(self) -> str:
        """The field manager: as given, or what the program calls itself (apiserver, handlers/create.go)."""
        return self.query.get("fieldManager") or self.headers.get("user-agent", "").partition("/")[0][:128] or "unknown"

    def thing(self) -> Thing:
        """The body as an object; Refused: 400 where it is none, 415 for another format."""
        if self.media_type not in (JSON, _YAML):
            raise unsupported_media(f"{JSON}, {_YAML}")
        found = self.parsed()
        if not isinstance(found, dict):
            raise bad_request("the body of the request is no object")
        return found

    def parsed(self) -> Any:
        """The body, JSON or YAML; Refused (400) where it is neither, None where there is none."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            try:
                return yaml.safe_load(self.body)
            except yaml.YAMLError:
                raise bad_request("the object provided is unrecognized (must be of type Object)")


@dataclass(frozen=True)
class Answer:
    """An object, or bytes as they are, or a stream that lasts; further `headers`."""

    code: int
    thing: Thing | None = None
    raw: bytes = b""
    media_type: str = JSON
    stream: Iterator[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return self.raw if self.thing is None else msgspec.json.encode(self.thing)
