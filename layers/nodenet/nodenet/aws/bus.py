"""The event bus: what became of a node, for whoever wants to know."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from nodenet.aws.errors import translated
from nodenet.errors import Throttled
from nodenet.nodes.outcome import Outcome

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE: Final = "nodenet"


class Bus:
    def __init__(self, client: "EventBridgeClient", name: str, cluster: str) -> None:
        self._client = client
        self._name = name
        self._cluster = cluster

    def publish(self, detail_type: str, outcome: Outcome) -> None:
        """Publishes "Node Network Ready" or "Node Network Failed"; Throttled if the bus does not take it."""
        detail = {
            "cluster": self._cluster,
            "node": outcome.instance_id,
            "group": outcome.group,
            "zone": outcome.zone,
            "interfaces": [asdict(each) for each in outcome.interfaces],
            "seconds": outcome.seconds,
            "reason": outcome.reason,
            "lifecycleTokens": list(outcome.tokens),
        }
        with translated():
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._name,
                        "Source": SOURCE,
                        "DetailType": detail_type,
                        "Detail": json.dumps(detail),
                    }
                ]
            )
        for entry in answer["Entries"]:
            if code := entry.get("ErrorCode"):
                raise Throttled(f"PutEvents: {code}: {entry.get('ErrorMessage')}")
