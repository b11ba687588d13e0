"""Puts every order into the table; orders that are `bad` fail, one by one."""

import json
import os
from typing import Any

import boto3
from greeting import greet

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    failed = []
    for record in event["Records"]:
        order = json.loads(record["body"])["detail"]
        if order.get("bad"):
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        table.put_item(Item={"pk": order["id"], "text": greet(order["id"]), "batch": len(event["Records"])})
    return {"batchItemFailures": failed}
