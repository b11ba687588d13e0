"""Reads YAML text into plain values: strings, numbers, booleans, None, lists and mappings.

Our own walk over PyYAML's nodes, because its constructors silently let the last of two equal keys win, know nothing of
paths, and turn `2026-01-01` into a date. Aliases are allowed, since they keep a document small.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import yaml

from nodenet.documents.lines import Lines, line_of
from nodenet.documents.paths import Path, at

DEEPEST: Final = 100
"""Levels of lists and mappings in each other. No document for people has as many."""

_TAG: Final = "tag:yaml.org,2002:"
_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_PAIR: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


class Unreadable(ValueError):
    """A text without any value to go on with: not YAML, or empty. One sentence."""


class Mistake(NamedTuple):
    """What is wrong with the value at a path. `line` where the path does not lead to it."""

    path: Path
    said: str
    line: int | None = None

    def __str__(self) -> str:
        """The sentence with its path, and with its line behind it where it has one."""
        return at(self.path, self.said if self.line is None else f"{self.said} (line {self.line})")


class Reading(NamedTuple):
    """A document's value, where its parts stand, and the mistakes that did not keep it from being read."""

    value: Any
    mistakes: tuple[Mistake, ...]
    lines: Lines


def read(text: str, *, most_values: int) -> Reading:
    """The document in a YAML text, whose aliases may multiply its values up to `most_values`.

    Unreadable where there is no value to go on with: the text is not YAML, empty, or a trap for its reader.
    """
    text = _PAIR.sub(_one_character, text)
    try:
        _refuse_depth(text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax(error))
    except (yaml.YAMLError, UnicodeError) as error:
        raise Unreadable(f"not YAML: {' '.join(str(error).split())}")
    if node is None:
        raise Unreadable("the document is empty")
    walk = _Walk()
    value, size = walk.value(node, ())
    if size > most_values:
        raise Unreadable(f"the document has {size} values with its aliases written out; at most {most_values} are read")
    return Reading(value, tuple(walk.mistakes), Lines(node))


def _one_character(pair: re.Match[str]) -> str:
    """JSON escapes what lies beyond sixteen bits by two surrogates (RFC 8259, section 7), which YAML refuses."""
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


def _refuse_depth(text: str) -> None:
    """PyYAML composes by recursion in C, which ends the whole process where the nesting is deep enough."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Unreadable("the document is nested too deeply")


class _Walk:
    """From nodes to values. A node that aliases name again is walked once, so a mistake in it is told once."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._done: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> tuple[Any, int]:
        """A node's value, and how many values it counts once every alias is written out."""
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path), 1
        if id(node) in self._open:
            self.mistakes.append(Mistake(path, "holds itself", line_of(node)))
            return None, 1
        if id(node) not in self._done:
            self._open.add(id(node))
            self._done[id(node)] = (
                self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._list(node, path)
            )
            self._open.remove(id(node))
        return self._done[id(node)]

    def _list(self, node: yaml.Node, path: Path) -> tuple[list[Any], int]:
        items = [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return [value for value, _ in items], 1 + sum(size for _, size in items)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> tuple[dict[str, Any], int]:
        mapping: dict[str, Any] = {}
        size = 1
        for key_node, value_node in node.value:
            line = line_of(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append(Mistake(path, "a key must be a string", line))
                continue
            key = key_node.value
            if key_node.tag == f"{_TAG}merge":
                self.mistakes.append(Mistake(path, "merge keys (<<) are not supported", line))
                continue
            if key in mapping:
                self.mistakes.append(Mistake((*path, key), f"stands twice, again in line {line}"))
            value, grown = self.value(value_node, (*path, key))
            mapping.setdefault(key, value)
            size += grown
        return mapping, size

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        """Whatever is not certainly a number, boolean or null stays text: dates, 0x10, 1_000, 12:30:00."""
        convert = _SCALARS.get(node.tag)
        if convert is None:
            self.mistakes.append(Mistake(path, f"unknown YAML tag {node.tag}", line_of(node)))
            return node.value
        return convert(node.value)


def _number(text: str) -> int | str:
    return int(text) if _NUMBER.fullmatch(text) else text


def _boolean(text: str) -> bool | str:
    return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(text.lower(), text)


_SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    f"{_TAG}str": str,
    f"{_TAG}int": _number,
    f"{_TAG}bool": _boolean,
    f"{_TAG}null": lambda _: None,
    f"{_TAG}float": str,
    f"{_TAG}timestamp": str,
    f"{_TAG}value": str,
}


def _syntax(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    words: Sequence[str | None] = (error.context, error.problem)
    said = ", ".join(word for word in words if word)
    return f"line {mark.line + 1}, column {mark.column + 1}: not YAML: {said}" if mark else f"not YAML: {said}"
