"""pydantic's errors in the document's own words: a path, and a sentence that says what to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from nodenet.documents.near import near
from nodenet.documents.paths import Path, quoted
from nodenet.documents.reading import Mistake


@dataclass(frozen=True, slots=True)
class Words:
    """What one kind of document calls its parts.

    `parts`: the model of each part, by the last word of the place where it stands. `patterns`: what a text that does
    not match this pattern is. `lists`: what should stand in the place of a list, by a word of that place; else a list.
    `branches`: words that pydantic adds to a place for the way to say a thing.
    """

    parts: Mapping[str, type[BaseModel]]
    patterns: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    branches: frozenset[str] = frozenset()


def mistakes(errors: Iterable[ErrorDetails], words: Words) -> Iterator[Mistake]:
    """One for each of pydantic's errors.

    pydantic calls a list too short as well where none of its items is right; those have sentences of their own.
    """
    for error in errors:
        if error["type"] != "too_short" or not error["input"]:
            yield Mistake(_path(error["loc"], words), _said(error, words))


def _path(place: tuple[int | str, ...], words: Words) -> Path:
    """Without what pydantic adds: the branch of a union, and the mark of an error in a mapping's key."""
    return tuple(part for part in place if part not in words.branches and part != "[key]")


def _said(error: ErrorDetails, words: Words) -> str:
    """The sentence about one error. The value stands in it only where it is a short, plain one."""
    context = error.get("ctx", {})
    kind = error["type"]
    if error["input"] is None and kind != "extra_forbidden":
        return "has no value"
    if error["input"] == "" and kind == "string_pattern_mismatch":
        kind = "string_too_short"
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return _unknown_key(error["loc"], words)
        case "string_pattern_mismatch":
            return f"{_shown(error)} is {words.patterns[context['pattern']]}"
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
            said = next((words.lists[str(step)] for step in error["loc"] if step in words.lists), "a list")
            return f"must be {said}"
        case "dict_type" | "model_type":
            return "must be a mapping"
        case "value_error":
            return str(context["error"])
        case _:
            return error["msg"]


def _unknown_key(place: tuple[int | str, ...], words: Words) -> str:
    key = str(place[-1])
    part = words.parts[next((step for step in reversed(place[:-1]) if isinstance(step, str)), "")]
    known = [field.alias or name for name, field in part.model_fields.items()]
    meant = near(key, known, most=1)
    return f"unknown key; did you mean {meant[0]}?" if meant else f"unknown key; known are {', '.join(known)}"


def _shown(error: ErrorDetails) -> str:
    return quoted(str(error["input"]))


def _quotes(error: ErrorDetails) -> str:
    """YAML takes yes, no, on and off for booleans too: what was written is not known then."""
    value: Any = error["input"]
    if isinstance(value, bool):
        return ": put it in quotes"
    return f": put {value} in quotes" if isinstance(value, int) else ""
