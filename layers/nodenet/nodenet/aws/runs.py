"""The records of migrations, in one DynamoDB table.

| run | part | holds |
|---|---|---|
| `<run>` | `run` | what was asked, the execution, which way the run goes, whether somebody wants it back |
| `<run>` | `step#<step>` | what a step kept of before, what it made, how far it is |
| `<run>` | `preflight`, `question`, `batch#…`, `node#…` | its report, what a person was asked, what became of nodes |
| `lock#<cluster>` | `lock` | the run that has the cluster |

Each value is JSON text in an attribute of its own, so that two writers of one part do not lose each other's.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.errors import ClusterBusy, HeldError
from nodenet.migration.request import Request
from nodenet.migration.run import Run, Values, Way

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAYS: Final = 400
"""A record is what an audit finds a year later."""

_RUN: Final = "run"
_KEYS: Final = ("run", "part", "expires")


class Runs:
    """The Record of nodenet.migration.run. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, run: str, request: Request, asked: Values, execution: str, now: float) -> None:
        values = {"request": asdict(request), "asked": asked, "execution": execution, "began": now, "way": Way.FORWARD}
        entry: Any = {
            "Put": {
                "TableName": self._table,
                "Item": {**_key(run, _RUN), **_texts(values), "expires": _expires(now)},
                "ConditionExpression": "attribute_not_exists(part)",
            }
        }
        lock: Any = {
            "Put": {
                "TableName": self._table,
                "Item": {**_lock(request.cluster), "holder": {"S": run}},
                "ConditionExpression": "attribute_not_exists(part)",
            }
        }
        with translated():
            try:
                self._client.transact_write_items(TransactItems=[entry] if request.dry_run else [entry, lock])
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                self._see_who_has_begun(run, request.cluster, execution, error)

    def run(self, run: str) -> Run:
        values = self.part(run, _RUN)
        if not values:
            raise HeldError(f"there is no run {run}: the state machine's executions are the runs")
        return Run(
            id=run,
            request=msgspec.convert(values["request"], Request),
            execution=values["execution"],
            began=values["began"],
            way=Way(values["way"]),
            record=self,
            cancelled=values.get("cancelled", False),
            asked=values["asked"],
        )

    def part(self, run: str, name: str) -> Values:
        with translated():
            answer = self._client.get_item(TableName=self._table, Key=_key(run, name), ConsistentRead=True)
        return _values(answer.get("Item", {}))

    def parts(self, run: str, prefix: str) -> dict[str, Values]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#run = :run AND begins_with(part, :prefix)",
            ExpressionAttributeNames={"#run": "run"},
            ExpressionAttributeValues={":run": {"S": run}, ":prefix": {"S": prefix}},
        )
        with translated():
            return {item["part"]["S"]: _values(item) for page in pages for item in page["Items"]}

    def keep(self, run: str, name: str, values: Values) -> Values:
        return self._write(run, name, values, "{name} = if_not_exists({name}, {value})")

    def note(self, run: str, name: str, values: Values) -> None:
        self._write(run, name, values, "{name} = {value}")

    def turn(self, run: str, way: Way) -> Way:
        before = [Way.FORWARD] if way is Way.BACK else [Way.FORWARD, Way.BACK]
        with translated():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(run, _RUN),
                    UpdateExpression="SET way = :way",
                    ConditionExpression=f"way IN ({', '.join(f':{each}' for each in before)})",
                    ExpressionAttributeValues={":way": _text(way), **{f":{each}": _text(each) for each in before}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
        now = self.run(run)
        if now.way is Way.ENDED:
            self._unlock(now)
        return now.way

    def cancel(self, run: str) -> None:
        self.note(run, _RUN, {"cancelled": True})

    def holder(self, cluster: str) -> str | None:
        """The run that has the cluster's lock."""
        with translated():
            answer = self._client.get_item(TableName=self._table, Key=_lock(cluster), ConsistentRead=True)
        return answer["Item"]["holder"]["S"] if "Item" in answer else None

    def _see_who_has_begun(self, run: str, cluster: str, execution: str, error: ClientError) -> None:
        """Nothing where this execution has begun the run before; ClusterBusy or HeldError otherwise."""
        known = self.part(run, _RUN)
        if known and known["execution"] == execution:
            return
        if known:
            raise HeldError(f"there has been a run {run} before: start this one under another name") from error
        if holder := self.holder(cluster):
            raise ClusterBusy(cluster, holder) from error
        raise error

    def _unlock(self, run: Run) -> None:
        with translated():
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=_lock(run.request.cluster),
                    ConditionExpression="holder = :run",
                    ExpressionAttributeValues={":run": {"S": run.id}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def _write(self, run: str, name: str, values: Values, setting: str) -> Values:
        """One UpdateItem: None removes; gives the part as it is then."""
        names = {f"#{number}": key for number, key in enumerate(values)}
        texts = {f":{number}": _text(value) for number, value in enumerate(values.values()) if value is not None}
        sets = [setting.format(name=f"#{each[1:]}", value=each) for each in texts]
        removes = [each for each, key in names.items() if values[key] is None]
        expression = f"SET {', '.join([*sets, 'expires = if_not_exists(expires, :expires)'])}"
        if removes:
            expression += f" REMOVE {', '.join(removes)}"
        with translated():
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(run, name),
                UpdateExpression=expression,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={**texts, ":expires": _expires(time.time())},
                ReturnValues="ALL_NEW",
            )
        return _values(answer["Attributes"])


def _key(run: str, part: str) -> dict[str, Any]:
    return {"run": {"S": run}, "part": {"S": part}}


def _lock(cluster: str) -> dict[str, Any]:
    return _key(f"lock#{cluster}", "lock")


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _text(value) for key, value in values.items()}


def _text(value: Any) -> Any:
    return {"S": json.dumps(value, separators=(",", ":"))}


def _values(item: Mapping[str, Any]) -> Values:
    return {key: json.loads(value["S"]) for key, value in item.items() if key not in _KEYS}


def _expires(now: float) -> Any:
    return {"N": str(int(now) + _DAYS * 86400)}
