"""Notes that it was called by a schedule; fails for good where it is told to."""

import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], context: Any) -> None:
    if event.get("fail"):
        raise ValueError("told to fail")
    table.put_item(Item={"pk": f"sweep {event['source']} {event['id']}"})
