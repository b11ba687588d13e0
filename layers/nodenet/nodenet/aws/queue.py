"""The function's own queue: where what must wait is sent anew, with a delay."""

from typing import TYPE_CHECKING, Final

from nodenet.aws.errors import translated
from nodenet.nodes.messages import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

DEFERRALS: Final = "deferrals"
TOUCHED: Final = "touched"
LONGEST_DELAY_SECONDS: Final = 900
"""SQS API Reference, SendMessage, DelaySeconds."""


class Queue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def defer(self, message: Message, seconds: int, *, touched: bool = False) -> None:
        """Sends the message anew, to come after `seconds`: returning it instead would count as a crash."""
        self._send(message.body, seconds, message.deferrals + 1, touched=touched or message.touched)

    def send(self, body: str, seconds: int) -> None:
        self._send(body, seconds, 0, touched=False)

    def _send(self, body: str, seconds: int, deferrals: int, *, touched: bool) -> None:
        with translated():
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                DelaySeconds=min(seconds, LONGEST_DELAY_SECONDS),
                MessageAttributes={
                    DEFERRALS: {"DataType": "Number", "StringValue": str(deferrals)},
                    TOUCHED: {"DataType": "String", "StringValue": str(touched)},
                },
            )
