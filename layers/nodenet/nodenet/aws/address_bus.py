"""The event bus: what became of pods' addresses, for whoever wants to know."""

import json
from collections.abc import Sequence
from itertools import batched
from typing import TYPE_CHECKING, Final

from nodenet.aws.bus import SOURCE
from nodenet.aws.errors import translated
from nodenet.claims.outcome import Outcome
from nodenet.claims.ports import Untold
from nodenet.errors import HeldError, Throttled, TransientError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_ENTRIES: Final = 10
"""Of one call: PutEvents, EventBridge API Reference. Together they may have 256 KB ("Calculating PutEvents event entry
size", EventBridge User Guide): what a request may say and what is told of the reason leave them under 25 KB each."""

_LONGEST_REASON: Final = 1000

_RETRYABLE: Final = ("InternalFailure", "ThrottlingException")
"""PutEventsResultEntry, EventBridge API Reference; the others need a person."""


class AddressBus:
    def __init__(self, client: "EventBridgeClient", name: str, cluster: str) -> None:
        self._client = client
        self._name = name
        self._cluster = cluster

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Publishes "Pod Addresses Registered" and "Pod Addresses Refused"; Untold if the bus does not take all."""
        refused: dict[int, TransientError | HeldError] = {}
        for some in batched(enumerate(outcomes), _ENTRIES, strict=False):
            with translated():
                answer = self._client.put_events(Entries=[self._entry(outcome) for _, outcome in some])
            for (place, _), entry in zip(some, answer["Entries"], strict=True):
                if code := entry.get("ErrorCode"):
                    kind = Throttled if code in _RETRYABLE else HeldError
                    refused[place] = kind(f"PutEvents: {code}: {entry.get('ErrorMessage')}")
        if refused:
            raise Untold(refused)

    def _entry(self, outcome: Outcome) -> "PutEventsRequestEntryTypeDef":
        holder = outcome.holder
        detail = {
            "cluster": self._cluster,
            "node": outcome.node,
            "network": outcome.network,
            "pod": outcome.pod,
            "generation": outcome.generation,
            "addresses": list(outcome.addresses),
            "interface": outcome.interface,
            "publicAddresses": dict(outcome.public),
            "holder": holder and {"pod": holder.pod, "generation": holder.generation, "node": holder.node},
            "seconds": outcome.seconds,
            "reason": outcome.reason[:_LONGEST_REASON],
        }
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": str(outcome.told_as),
            "Detail": json.dumps(detail),
        }
