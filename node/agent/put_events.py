"""Events to an EventBridge bus, signed by hand: the node has no AWS SDK."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .aws_calls import AwsRefused, AwsUnreachable, ask, endpoint
from .credentials import Credentials, NoCredentials
from .sigv4 import signed

SOURCE = "nodenet.pods"
MOST_ENTRIES = 10
"""Of one call (Amazon EventBridge API Reference, PutEvents)."""

_log = logging.getLogger(__name__)
_ATTEMPTS = 4
_FIRST_PAUSE = 0.2
# Amazon EventBridge API Reference, PutEventsResultEntry, "Retryable errors include"; the others need a person.
_PASSING_ENTRY = ("InternalFailure", "InternalException", "ThrottlingException")
_PASSING_CALL = (*_PASSING_ENTRY, "Throttling", "RequestLimitExceeded", "ServiceUnavailable", "RequestTimeout")
# EventBridge's Common Errors: keys that are no longer good, and keys that never were.
_KEYS_EXPIRED = ("ExpiredToken", "ExpiredTokenException")
_KEYS_UNKNOWN = ("UnrecognizedClientException", "InvalidClientTokenId")


@dataclass(frozen=True)
class NotSent:
    """Why the bus has not taken an event; `passing` where a later attempt may do better."""

    reason: str
    passing: bool


@dataclass(frozen=True)
class Event:
    """What is told: its detail-type and its detail."""

    kind: str
    detail: Mapping[str, Any]


class Bus:
    """The bus called `name`. `wait` sleeps so many seconds between attempts; True from it ends them."""

    def __init__(
        self,
        name: str,
        region: str,
        environment: Mapping[str, str],
        credentials: Credentials,
        wait: Callable[[float], object],
    ) -> None:
        self._name = name
        self._region = region
        self._url = endpoint("events", region, environment)
        self._credentials = credentials
        self._wait = wait

    def put(self, events: Sequence[Event]) -> list[NotSent | None]:
        """Sends at most MOST_ENTRIES events; for each None where the bus has taken it.

        What passes by itself is tried again a few times, entry by entry.
        """
        answers: list[NotSent | None] = [None for _ in events]
        left = list(range(len(events)))
        for attempt in range(_ATTEMPTS):
            if attempt and self._wait(random.uniform(0, _FIRST_PAUSE * 2**attempt)):  # noqa: S311 - jitter is no secret
                break
            for number, answer in zip(left, self._call([events[number] for number in left])):
                answers[number] = answer
            left = [number for number in left if (answer := answers[number]) and answer.passing]
            if not left:
                break
            _log.warning("%s of %s events not taken: %s", len(left), len(events), answers[left[0]])
        return answers

    def _call(self, events: Sequence[Event]) -> list[NotSent | None]:
        entries = [
            {"EventBusName": self._name, "Source": SOURCE, "DetailType": each.kind, "Detail": json.dumps(each.detail)}
            for each in events
        ]
        try:
            answer = self._post(json.dumps({"Entries": entries}).encode())
            return [_of_entry(answer["Entries"][number]) for number in range(len(events))]
        except AwsRefused as error:
            if error.code in (*_KEYS_EXPIRED, *_KEYS_UNKNOWN):
                self._credentials.forget()
            passing = error.status >= 500 or error.code in (*_KEYS_EXPIRED, *_PASSING_CALL)
            missed = NotSent(f"bus {self._name}: {error}", passing)
        except (AwsUnreachable, NoCredentials) as error:
            missed = NotSent(str(error), passing=True)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            missed = NotSent(f"{self._url}: not an answer of EventBridge: {error!r}", passing=True)
        return [missed for _ in events]

    def _post(self, body: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.PutEvents"}
        keys, now = self._credentials.keys(), datetime.now(timezone.utc)
        headers = signed("POST", self._url, headers, body, keys, (self._region, "events"), now)
        answer: dict[str, Any] = json.loads(ask(self._url, headers, body))
        return answer


def _of_entry(result: Mapping[str, str]) -> NotSent | None:
    code = result.get("ErrorCode")
    return NotSent(f"{code}: {result.get('ErrorMessage')}", code in _PASSING_ENTRY) if code else None
