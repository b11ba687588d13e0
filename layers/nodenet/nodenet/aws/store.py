"""What EC2 cannot hold, in one DynamoDB table.

| pk | holds |
|---|---|
| `attempt#<instance>` | the attempt that goes into client tokens, until when somebody works on the node, how it ended |
| `failures#<node group>@<zone>` | how many nodes in a row could not be wired |
| `subnets#<what was asked>` | subnets as EC2 described them a little while ago: a new environment need not ask |
| `node#<instance>` | the node's record, for people: nothing is decided by it |
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.networks import Subnet
from nodenet.nodes.outcome import Outcome
from nodenet.nodes.ports import Claim, End

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPT_DAYS: Final = 8
"""Longer than any wait (48 h) and any delivery (4 days in a queue): what is forgotten would give old tokens again."""

_RECORD_DAYS: Final = 30

_REASON_LENGTH: Final = 300
"""A node that is held for 48 h is looked at some 700 times; an item may have 400 KB."""


class Store:
    """One method, one call. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, instance_id: str, until: float, owner: str, ended: Sequence[str] = ()) -> Claim | None:
        """Claims the node until `until` (seconds since the epoch); None if a twin has claimed it.

        `owner` is the message that claims. Claims of the messages in `ended` no longer count: that a message is here
        again proves that the invocation which had it before is over, whatever the clocks say.
        """
        names = {f":ended{number}": {"S": message} for number, message in enumerate(ended)}
        free = "attribute_not_exists(claimed_until) OR claimed_until < :now"
        with translated():
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": f"attempt#{instance_id}"}},
                    UpdateExpression="SET claimed_until = :until, claimed_by = :owner, expires = :expires "
                    "ADD attempt :zero",
                    ConditionExpression=f"{free} OR claimed_by IN ({', '.join(names)})" if names else free,
                    ExpressionAttributeValues={
                        **names,
                        ":until": _number(until),
                        ":owner": {"S": owner},
                        ":now": _number(time.time()),
                        ":expires": _days_from_now(_ATTEMPT_DAYS),
                        ":zero": {"N": "0"},
                    },
                    ReturnValues="ALL_NEW",
                )
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return None
                raise
        item = answer["Attributes"]
        end = item.get("ended", {}).get("S")
        return Claim(int(item["attempt"]["N"]), End(end) if end else None)

    def release(self, instance_id: str, end: End | None) -> None:
        """Ends the claim; with an `end`, remembers how the node's launch ended."""
        expression = "REMOVE claimed_until, claimed_by"
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"attempt#{instance_id}"}},
                **(
                    {
                        "UpdateExpression": f"SET ended = :ended {expression}",
                        "ExpressionAttributeValues": {":ended": {"S": end.value}},
                    }
                    if end
                    else {"UpdateExpression": expression}
                ),
            )

    def next_attempt(self, instance_id: str, attempt: int) -> None:
        """Raises the attempt from `attempt`; if somebody has raised it before, nothing."""
        with translated():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": f"attempt#{instance_id}"}},
                    UpdateExpression="SET attempt = :next, expires = :expires",
                    ConditionExpression="attempt = :attempt",
                    ExpressionAttributeValues={
                        ":attempt": _number(attempt),
                        ":next": _number(attempt + 1),
                        ":expires": _days_from_now(_ATTEMPT_DAYS),
                    },
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def failures(self, group: str, zone: str) -> int:
        with translated():
            answer = self._client.get_item(TableName=self._table, Key={"pk": {"S": f"failures#{group}@{zone}"}})
        item = answer.get("Item", {})
        # DynamoDB deletes what has expired in its own time.
        fresh = int(item.get("expires", {}).get("N", "0")) > time.time()
        return int(item["failures"]["N"]) if fresh else 0

    def count_failure(self, group: str, zone: str) -> None:
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"failures#{group}@{zone}"}},
                UpdateExpression="SET expires = :expires ADD failures :one",
                ExpressionAttributeValues={":one": {"N": "1"}, ":expires": _days_from_now(1)},
            )

    def clear_failures(self, group: str, zone: str) -> None:
        with translated():
            self._client.delete_item(TableName=self._table, Key={"pk": {"S": f"failures#{group}@{zone}"}})

    def subnets(self, asked: str) -> list[Subnet] | None:
        """What `keep_subnets` kept under this key, while it is fresh."""
        with translated():
            item = self._client.get_item(TableName=self._table, Key={"pk": {"S": f"subnets#{asked}"}}).get("Item", {})
        if int(item.get("expires", {}).get("N", "0")) < time.time():
            return None
        return [Subnet(**each) for each in json.loads(item["subnets"]["S"])]

    def keep_subnets(self, asked: str, subnets: Iterable[Subnet], seconds: int) -> None:
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"subnets#{asked}"}},
                UpdateExpression="SET subnets = :subnets, expires = :expires",
                ExpressionAttributeValues={
                    ":subnets": {"S": json.dumps([asdict(each) for each in subnets])},
                    ":expires": _number(int(time.time()) + seconds),
                },
            )

    def record(self, outcome: Outcome) -> None:
        """Writes the state the node is in now, and adds it to the node's time line if it is another than before."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        reason = outcome.reason[:_REASON_LENGTH]
        entry = {"time": {"S": now}, "state": {"S": outcome.state.value}, "reason": {"S": reason}}
        values: dict[str, Any] = {
            ":state": {"S": outcome.state.value},
            ":reason": {"S": reason},
            ":now": {"S": now},
            ":entries": {"L": [{"M": entry}]},
            ":none": {"L": []},
            ":expires": _days_from_now(_RECORD_DAYS),
        }
        sets = [
            "#state = :state",
            "reason = :reason",
            "changed = :now",
            "expires = :expires",
            "time_line = list_append(if_not_exists(time_line, :none), :entries)",
        ]
        for name, value in (("group", outcome.group), ("zone", outcome.zone)):
            if value:
                sets.append(f"#{name} = :{name}")
                values[f":{name}"] = {"S": value}
        if outcome.interfaces:
            sets.append("interfaces = :interfaces")
            values[":interfaces"] = {"L": [{"M": _interface(each)} for each in outcome.interfaces]}
        names = {f"#{name}": name for name in ("state", "group", "zone") if any(f"#{name} " in each for each in sets)}
        with translated():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": f"node#{outcome.instance_id}"}},
                    UpdateExpression=f"SET {', '.join(sets)}",
                    ConditionExpression="attribute_not_exists(pk) OR #state <> :state OR reason <> :reason",
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise


def _interface(wired: Any) -> dict[str, Any]:
    return {
        "network": {"S": wired.network},
        "id": {"S": wired.interface_id},
        "card": _number(wired.card),
        "index": _number(wired.index),
        "address": {"S": wired.address},
        "ranges": {"L": [{"S": each} for each in wired.ranges]},
    }


def _number(value: float) -> dict[str, str]:
    return {"N": str(value)}


def _days_from_now(days: int) -> dict[str, str]:
    return _number(int(time.time()) + days * 86_400)
