"""Types of the document's fields: what a single value must be, how it is written, what the JSON Schema says of it."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictInt,
    StrictStr,
    Tag,
    WithJsonSchema,
)

from nodenet.capacity.document import values, variables
from nodenet.configuration.values import slot_count
from nodenet.documents.paths import quoted
from nodenet.ranges import AddressRange

CLUSTER: Final = "^[0-9A-Za-z][0-9A-Za-z_-]*$"
NAME: Final = r"^[^\x00-\x1f\x7f-\x9f]+$"
PODS_KEY: Final = "^(0|[1-9][0-9]{0,5})$"
INSTANCE_TYPE: Final = r"^[a-z0-9-]+\.[a-z0-9-]+$"

MOST_CARDS: Final = 64
"""No network card holds as many interfaces, and no instance type has as many cards, with room to grow."""

PLAIN: Final = "<plain>"
SPREAD: Final = "<spread>"
BY_NODES: Final = "<by nodes>"
ONE: Final = "<one>"
LIST: Final = "<list>"
COUNTS: Final = "<counts>"
BRANCHES: Final = frozenset({PLAIN, SPREAD, BY_NODES, ONE, LIST, COUNTS})
"""Names of the ways to say a thing, as pydantic puts them into the place of an error."""

_TEXT: Final = PlainSerializer(str, return_type=str)
_CIDR: Final = WithJsonSchema({"type": "string", "pattern": values.BLOCK})


def unique(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"named twice: {', '.join(map(quoted, twice))}")
    return names


def _one_or_list(names: Any) -> str:
    return LIST if isinstance(names, list | tuple) else ONE


def _count(key: Any) -> Any:
    """A mapping's key, which is text, as the number that it says. Written in one way only: a key stands once."""
    return int(key) if isinstance(key, str) and re.fullmatch(PODS_KEY, key, re.ASCII) else key


Name = Annotated[StrictStr, Field(pattern=NAME, max_length=255)]
Names = Annotated[
    tuple[Name, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True}), AfterValidator(unique)
]
Type = Annotated[StrictStr, Field(pattern=INSTANCE_TYPE, max_length=64)]
Types = Annotated[
    tuple[Type, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True}), AfterValidator(unique)
]
Block = Annotated[IPv4Network, PlainValidator(values.block), _TEXT, _CIDR]
ReservedBlock = Annotated[IPv4Network, PlainValidator(values.reserved_block), _TEXT, _CIDR]
Length = Annotated[
    int,
    PlainValidator(values.length),
    PlainSerializer(lambda length: f"/{length}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^/(1[6-9]|2[0-8])$"}),
]
Share = Annotated[
    float,
    PlainValidator(values.share),
    PlainSerializer(values.share_written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,2}(\.[0-9]{1,2})?%$"}),
]
Occupied = Annotated[
    AddressRange,
    PlainValidator(values.occupied),
    _TEXT,
    WithJsonSchema({"type": "string", "pattern": values.OCCUPIED}),
]
Slots = Annotated[StrictInt, Field(ge=1), AfterValidator(lambda count: slot_count(count, "ipv4"))]
SliceSize = Annotated[
    int,
    PlainValidator(values.slice_of),
    WithJsonSchema(
        {"anyOf": [{"enum": [1 << power for power in range(13)]}, {"type": "string", "pattern": "^/(2[0-9]|3[0-2])$"}]}
    ),
]
Count = Annotated[StrictInt, Field(ge=1, le=values.MOST_NODES)]
Pods = Annotated[StrictInt, Field(ge=0, le=values.MOST_PODS)]
PodsKey = Annotated[
    StrictInt, BeforeValidator(_count), Field(ge=0, le=values.MOST_PODS), WithJsonSchema({"type": "string"})
]
Surge = Annotated[
    int | str,
    PlainValidator(values.surge),
    PlainSerializer(lambda surge: surge, return_type=int | str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": values.MOST_NODES},
                {"type": "string", "pattern": "^([1-9][0-9]?|100)%$"},
                {"const": "all"},
            ]
        }
    ),
]
Variable = Annotated[
    str | None,
    PlainValidator(variables.text),
    PlainSerializer(variables.plain, return_type=str | int | bool | None),
    WithJsonSchema({"type": ["string", "integer", "boolean", "null"]}),
]
Environment = Annotated[
    dict[StrictStr, Variable], Field(json_schema_extra={"propertyNames": {"enum": list(variables.KNOWN)}})
]
EniConfigs = Annotated[
    dict[Name, Annotated[Annotated[Name, Tag(ONE)] | Annotated[Names, Tag(LIST)], Discriminator(_one_or_list)]],
    Field(json_schema_extra={"additionalProperties": False}),
]
