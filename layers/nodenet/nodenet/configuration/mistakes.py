"""pydantic's errors in the document's own words: a path, and a sentence that says what to do."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from nodenet.configuration import address_fields, address_model, model, network_model
from nodenet.configuration.paths import Path, at, quoted

LATER_KEYS: Final = {"drain"}
"""Keys with a place in the document's plan, and nothing behind them yet."""

_PATTERNS: Final[Mapping[str, str]] = {
    model.CLUSTER: "no EKS cluster's name: letters, digits, - and _, beginning with a letter or digit",
    model.LINK: "no link's name: lower-case letters, digits and -, beginning with a letter, not ending with -",
    model.SUBNET: "no subnet id, such as subnet-0123456789abcdef0",
    model.SECURITY_GROUP: "no security group id, such as sg-0123456789abcdef0",
    network_model.ADDRESS_POOL: "no public IPv4 pool's id, such as ipv4pool-ec2-0123456789abcdef0, nor amazon",
    network_model.EGRESS_ONLY_GATEWAY: "no egress-only gateway's id, such as eigw-0123456789abcdef0, nor auto",
    network_model.NAT_GATEWAY: "no NAT gateway's id, such as nat-0123456789abcdef0, nor auto",
}

_PARTS: Final[Mapping[str, type[BaseModel]]] = {
    "": model.Configuration,
    "networks": model.Network,
    "nodeGroups": model.NodeGroup,
    "link": network_model.Link,
    "publicAddresses": network_model.PublicAddresses,
    "ipv6Egress": network_model.Ipv6Egress,
    address_fields.FAMILIES: address_model.Families,
    address_fields.PREFIXES: address_model.Ipv4Prefixes,
    address_fields.SLICE: address_model.Ipv4Slice,
    address_fields.FLOATING: address_model.Ipv4Floating,
    address_fields.SINGLES: address_model.Ipv4Singles,
}
"""By the last word of the place where a part stands. Both families' plans have the same keys."""

_BRANCHES: Final = frozenset({model.IDS, model.SELECTOR, *address_fields.BRANCHES})


def sentences(errors: Iterable[ErrorDetails]) -> list[str]:
    """One sentence for each of pydantic's errors, with its path in the document.

    pydantic calls a list too short as well where none of its items is right; those have sentences of their own.
    """
    return [
        at(_path(error["loc"]), _said(error)) for error in errors if error["type"] != "too_short" or not error["input"]
    ]


def _path(place: tuple[int | str, ...]) -> Path:
    """Without what pydantic adds: the branch of a union, and the mark of an error in a mapping's key."""
    return tuple(part for part in place if part not in _BRANCHES and part != "[key]")


def _said(error: ErrorDetails) -> str:
    """The sentence about one error. The value stands in it only where it is a short, plain one."""
    context = error.get("ctx", {})
    kind = error["type"]
    if error["input"] is None and kind != "extra_forbidden":
        return "has no value"
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return _unknown_key(error["loc"])
        case "string_pattern_mismatch":
            return f"{_shown(error)} is {_PATTERNS[context['pattern']]}"
        case "string_type":
            return f"must be text{_quotes(error)}"
        case "string_too_long":
            return f"{_shown(error)} is longer than {context['max_length']} characters"
        case "string_too_short":
            return "must not be empty"
        case "int_type":
            return "must be a whole number"
        case "bool_type":
            return "must be true or false"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "less_than":
            return f"must be less than {context['lt']}"
        case "literal_error":
            return f"must be {context['expected']}"
        case "too_short":
            return "must not be empty"
        case "too_long":
            return f"holds {context['actual_length']}; at most {context['max_length']} may be there"
        case "tuple_type":
            either = model.IDS in error["loc"]
            return "must be a list of subnet ids or a mapping of tags" if either else "must be a list"
        case "dict_type" | "model_type":
            return "must be a mapping"
        case "value_error":
            return str(context["error"])
        case _:
            return error["msg"]


def _unknown_key(place: tuple[int | str, ...]) -> str:
    key = str(place[-1])
    if key in LATER_KEYS:
        return "not supported yet"
    part = _PARTS[next((step for step in reversed(place[:-1]) if isinstance(step, str)), "")]
    known = [field.alias or name for name, field in part.model_fields.items()]
    near = get_close_matches(key, known, n=1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known are {', '.join(known)}"


def _shown(error: ErrorDetails) -> str:
    return quoted(str(error["input"]))


def _quotes(error: ErrorDetails) -> str:
    value: Any = error["input"]
    return f": put {str(value).lower()} in quotes" if isinstance(value, bool | int) else ""
