"""The register of floating addresses, in the stack's DynamoDB table: `address#<network>#<address>`."""

import time
from collections.abc import Iterable, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.claims.register import Key, Record, State
from nodenet.errors import Throttled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEYS: Final = 100
"""Of one call: BatchGetItem, DynamoDB API Reference."""

_ROUNDS: Final = 3

_TOMBSTONE_DAYS: Final = 30
"""Longer than any event is under way: a day in EventBridge, four in a queue."""

_TEXTS: Final = ("pod", "node", "interface", "source", "uid", "public", "owner")


class AddressRegister:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def read(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """The records that there are, as they are now; Throttled if DynamoDB does not give them all."""
        found: dict[Key, Record] = {}
        for some in batched(sorted(set(keys)), _KEYS, strict=False):
            wanted = {_pk(key): key for key in some}
            asked: Any = {self._table: {"Keys": [{"pk": {"S": pk}} for pk in wanted], "ConsistentRead": True}}
            for _ in range(_ROUNDS):
                with translated():
                    answer = self._client.batch_get_item(RequestItems=asked)
                for item in answer["Responses"].get(self._table, ()):
                    found[wanted[item["pk"]["S"]]] = _record(wanted[item["pk"]["S"]], item)
                if not (asked := answer.get("UnprocessedKeys")):
                    break
            else:
                raise Throttled("BatchGetItem: there are unprocessed keys after some calls")
        return found

    def write(self, record: Record) -> bool:
        """Writes on condition that the version there is the one before; False if it is not."""
        with translated():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(record),
                    ConditionExpression="attribute_not_exists(pk) OR version = :before",
                    ExpressionAttributeValues={":before": {"N": str(record.version - 1)}},
                )
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True


def _pk(key: Key) -> str:
    return f"address#{key.network}#{key.address}"


def _item(record: Record) -> Mapping[str, Any]:
    numbers = {"generation": record.generation, "lease": record.lease, "asked": record.asked, "version": record.version}
    if record.state is State.RELEASED and not record.lease:
        numbers["expires"] = int(time.time()) + _TOMBSTONE_DAYS * 86_400
    return {
        "pk": {"S": _pk(record.key)},
        "state": {"S": record.state.value},
        **{name: {"S": value} for name in _TEXTS if (value := getattr(record, name))},
        **{name: {"N": str(value)} for name, value in numbers.items()},
    }


def _record(key: Key, item: Mapping[str, Any]) -> Record:
    return Record(
        key=key,
        state=State(item["state"]["S"]),
        generation=int(item["generation"]["N"]),
        lease=float(item["lease"]["N"]),
        asked=float(item.get("asked", {}).get("N", 0)),
        version=int(item["version"]["N"]),
        **{name: item.get(name, {}).get("S", "") for name in _TEXTS},
    )
