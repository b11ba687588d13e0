"""Messages as the region's rules put them into the stack's queues, in the envelope in which Lambda gets them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo.stack import Stack
from demo.watch import until


def received(stack: Stack, queue: str, detail_type: str, node: str) -> Mapping[str, Any]:
    """Waits for the event of this type about `node`, and takes its message off the queue."""
    sqs, url = stack.region.client("sqs"), stack.outputs[queue]
    found: list[Mapping[str, Any]] = []

    def look() -> bool:
        # Another test's messages come back after a second.
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1).get(
            "Messages", []
        ):
            event = json.loads(message["Body"])
            if event["detail-type"] == detail_type and node in event["detail"].values():
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(message)
        return bool(found)

    until(look, f"{detail_type} in {queue}")
    return found[0]


def enveloped(message: Mapping[str, Any], sample: Path, folder: Path) -> Path:
    """A file like the sample with one record, which holds the message."""
    record = json.loads(sample.read_text())["Records"][0]
    of_the_message = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "md5OfBody": message["MD5OfBody"],
    }
    path = folder / f"{message['MessageId']}.json"
    path.write_text(json.dumps({"Records": [{**record, **of_the_message}]}, indent=2))
    return path
