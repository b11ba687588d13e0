"""The event bus: what a migration asks and how it ends, for whoever answers or listens."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nodenet.aws.bus import SOURCE
from nodenet.aws.errors import translated
from nodenet.errors import Throttled

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class MigrationBus:
    def __init__(self, client: "EventBridgeClient", name: str) -> None:
        self._client = client
        self._name = name

    def tell(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Publishes "Migration Approval Needed", "Migration Held" or "Migration Ended"; Throttled if the bus does not
        take it."""
        entry: Any = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        with translated():
            answer = self._client.put_events(Entries=[entry])
        for each in answer["Entries"]:
            if code := each.get("ErrorCode"):
                raise Throttled(f"PutEvents: {code}: {each.get('ErrorMessage')}")
