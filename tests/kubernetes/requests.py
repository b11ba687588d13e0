"""Requests that no client library makes for one: with their status code, media type and answer as they are."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from lightkube import Client

type Thing = dict[str, Any]

MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
JSON_PATCH, APPLY = "application/json-patch+json", "application/apply-patch+yaml"


@dataclass
class Requests:
    """By lightkube's own connection."""

    client: Client

    def answer(
        self, method: str, path: str, body: Any = None, media_type: str = "application/json", **query: Any
    ) -> httpx2.Response:
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": media_type} if content is not None else {}
        found: httpx2.Response = self.client._client._client.request(
            method, path, content=content, params=query, headers=headers
        )
        return found

    def __call__(self, method: str, path: str, body: Any = None, media_type: str = "", **query: Any) -> Thing:
        """The answer's object; it must be a success."""
        answer = self.answer(method, path, body, media_type or "application/json", **query)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def refused(self, method: str, path: str, body: Any = None, media_type: str = "", **query: Any) -> Thing:
        """The Status with which it is refused, whose code is the answer's."""
        answer = self.answer(method, path, body, media_type or "application/json", **query)
        assert not answer.is_success, answer.text
        status = dict(answer.json())
        assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", answer.status_code)
        return status

    def names(self, path: str, **query: Any) -> list[str]:
        return [each["metadata"]["name"] for each in self("GET", path, **query)["items"]]


def causes(status: Thing) -> list[tuple[str, str]]:
    """Of a Status, each one's field and reason."""
    return [(each.get("field", ""), each["reason"]) for each in status["details"].get("causes", ())]


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Waits for what another is to do."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
