"""The register of slices in DynamoDB: one item for each slice that somebody has, keyed by subnet and first address."""

import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.ranges import AddressRange
from nodenet.slices.register import Held

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Register:
    """One method, one call, but for the pages of a Query or Scan. Raises the exceptions of nodenet.errors.

    Slices that overlap but begin at different addresses, as after a change of their size, are kept apart by EC2 alone,
    which gives no address twice.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def of_subnet(self, subnet_id: str) -> list[Held]:
        """All entries of a subnet, each as its last write left it."""
        with translated():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="subnet = :subnet",
                ExpressionAttributeValues={":subnet": {"S": subnet_id}},
                ConsistentRead=True,
            )
            return [_held(item) for page in pages for item in page["Items"]]

    def everything(self) -> list[Held]:
        """All entries, each as its last write left it."""
        with translated():
            pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
            return [_held(item) for page in pages for item in page["Items"]]

    def hold(self, entry: Held, instead_of: str = "") -> bool:
        """Enters the slice for its holder.

        False if somebody else holds it, or held it a little while ago; `instead_of` is a holder who gives way.
        """
        return self._conditionally(
            entry,
            "SET ends = :ends, network = :network, holder = :holder, taken_at = :taken_at REMOVE free_after, expires",
            "attribute_not_exists(holder) OR free_after < :now OR holder IN (:holder, :instead_of)",
            {
                ":ends": {"S": str(entry.range.last)},
                ":network": {"S": entry.network},
                ":holder": {"S": entry.holder},
                ":taken_at": {"N": repr(entry.taken_at)},
                ":now": {"N": repr(time.time())},
                ":instead_of": {"S": instead_of},
            },
        )

    def let_go(self, entry: Held, free_after: float) -> bool:
        """Starts the quarantine of a slice; False if it is not held as `entry` says any more."""
        return self._conditionally(
            entry,
            "SET free_after = :free_after, expires = :expires",
            "holder = :holder AND taken_at = :taken_at AND attribute_not_exists(free_after)",
            {
                ":free_after": {"N": repr(free_after)},
                ":expires": {"N": str(int(free_after))},
                ":holder": {"S": entry.holder},
                ":taken_at": {"N": repr(entry.taken_at)},
            },
        )

    def _conditionally(self, entry: Held, update: str, condition: str, values: dict[str, Any]) -> bool:
        with translated():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"subnet": {"S": entry.subnet_id}, "begins": {"S": str(entry.range.first)}},
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True


def _held(item: Any) -> Held:
    free_after = item.get("free_after", {}).get("N")
    return Held(
        subnet_id=item["subnet"]["S"],
        range=AddressRange(ip_address(item["begins"]["S"]), ip_address(item["ends"]["S"])),
        network=item["network"]["S"],
        holder=item["holder"]["S"],
        taken_at=float(item["taken_at"]["N"]),
        free_after=float(free_after) if free_after else None,
    )
