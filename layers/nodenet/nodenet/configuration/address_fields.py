"""Types of the fields by which address plans are said, and how one plan is told from another."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictInt,
    WithJsonSchema,
)

from nodenet.configuration.values import LARGEST_IPV4_SLICE, address_range, prefix_range, slice_size, slot_count
from nodenet.documents.part import Part
from nodenet.documents.paths import quoted
from nodenet.ranges import AddressRange

PLAIN: Final = "<plain>"
FAMILIES: Final = "<families>"
PREFIXES: Final = "<prefixes>"
SLICE: Final = "<slice>"
FLOATING: Final = "<floating>"
SINGLES: Final = "<addresses>"
ONE: Final = "<one>"
SEVERAL: Final = "<several>"
BRANCHES: Final = (PLAIN, FAMILIES, PREFIXES, SLICE, FLOATING, SINGLES, ONE, SEVERAL)
"""Names of the ways to say a thing, as pydantic puts them into the place of an error."""

PLANS: Final = {"prefixes": PREFIXES, "slice": SLICE, "floating": FLOATING}
FALLBACKS: Final = {"addresses": SINGLES, "slice": SLICE}
"""Plans by the word that each alone has."""

_NUMBERS: Final = [1 << power for power in range(LARGEST_IPV4_SLICE.bit_length())]
_TEXT: Final = PlainSerializer(str, return_type=str)
_IPV4: Final = WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+(/[0-9]{1,2}| *- *[0-9.]+)?$"})
_IPV6: Final = WithJsonSchema({"type": "string", "pattern": r"^[0-9A-Fa-f:.]+(/[0-9]{1,3}| *- *[0-9A-Fa-f:.]+)?$"})

Ipv4Range = Annotated[AddressRange, PlainValidator(partial(address_range, family="ipv4")), _TEXT, _IPV4]
Ipv6Range = Annotated[AddressRange, PlainValidator(partial(address_range, family="ipv6")), _TEXT, _IPV6]
Ipv4Blocks = Annotated[AddressRange, PlainValidator(partial(prefix_range, family="ipv4")), _TEXT, _IPV4]
Ipv6Blocks = Annotated[AddressRange, PlainValidator(partial(prefix_range, family="ipv6")), _TEXT, _IPV6]
Ipv4Slots = Annotated[StrictInt, Field(ge=1), AfterValidator(partial(slot_count, family="ipv4"))]
Ipv6Slots = Annotated[StrictInt, Field(ge=1), AfterValidator(partial(slot_count, family="ipv6"))]
Ipv4SliceSize = Annotated[
    int,
    PlainValidator(partial(slice_size, family="ipv4")),
    WithJsonSchema({"anyOf": [{"enum": _NUMBERS}, {"type": "string", "pattern": "^/(2[0-9]|3[0-2])$"}]}),
]
Ipv6SliceSize = Annotated[
    int,
    PlainValidator(partial(slice_size, family="ipv6")),
    WithJsonSchema({"anyOf": [{"enum": _NUMBERS}, {"type": "string", "pattern": "^/[0-9]{2,3}$"}]}),
]


def how_many(ranges: Any) -> str:
    """Whether this is one range or a list of them."""
    return SEVERAL if isinstance(ranges, list | tuple) else ONE


def which_plan(plan: Any) -> str:
    """Which of a family's plans this is, read from the document or already a part of the model."""
    return _which(PLANS, plan)


def which_fallback(plan: Any) -> str:
    """The same of what is done otherwise."""
    return _which(FALLBACKS, plan)


def one_kind(kinds: Mapping[str, str], without: str, plan: Any) -> Any:
    """The plan itself, for the model to check. ValueError where it is none, or several at once."""
    if plan == without or plan is None:
        return plan
    if not isinstance(plan, Mapping):
        raise ValueError(f"must be {without}, or a mapping with {' or '.join(kinds)}")
    found = [word for word in kinds if word in plan]
    if len(found) > 1:
        raise ValueError(f"{' and '.join(found)} are plans of their own: choose one")
    if found:
        return plan
    if "prefixes" in plan:
        raise ValueError(f"must not be prefixes again: say {' or '.join(kinds)}, or {without}")
    for word in plan:
        if near := get_close_matches(str(word), kinds, n=1):
            raise ValueError(f"{quoted(str(word))} is no plan; did you mean {near[0]}?")
    raise ValueError(f"names no plan; known are {', '.join(kinds)}")


def some_family(addresses: Any) -> Any:
    """The families' plans themselves. ValueError where neither has one, or where a plan stands without its family."""
    if addresses == "none" or addresses is None:
        return addresses
    if not isinstance(addresses, Mapping):
        raise ValueError("must be none, or a mapping with ipv4, ipv6 or both")
    if misplaced := [word for word in PLANS if word in addresses]:
        raise ValueError(f"{misplaced[0]} is the plan of one family: write it under ipv4 or ipv6")
    if all(family in ("ipv4", "ipv6") and plan == "none" for family, plan in addresses.items()):
        raise ValueError("neither family has a plan: write none")
    return addresses


def _which(kinds: Mapping[str, str], plan: Any) -> str:
    if isinstance(plan, Part):
        words = {field.alias for field in type(plan).model_fields.values()}
    else:
        words = set(plan) if isinstance(plan, Mapping) else set()
    return next((kind for word, kind in kinds.items() if word in words), PLAIN)
