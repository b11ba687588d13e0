"""Reads YAML text into plain values: strings, numbers, booleans, None, lists and mappings.

Our own walk over PyYAML's nodes, because its constructors silently let the last of two equal keys win, know nothing of
paths, and turn `2026-01-01` into a date. Aliases are allowed, since they keep a document small.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import yaml

from nodenet.configuration.paths import Path, at
from nodenet.errors import ConfigurationError

MAXIMUM_BYTES: Final = 8192
"""Of an advanced SSM parameter (SSM API reference, PutParameter); a standard one holds half."""

MAXIMUM_VALUES: Final = 10_000
"""An 8 KB document cannot hold half as many, unless aliases multiply them."""

_TAG: Final = "tag:yaml.org,2002:"
_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")


def read(text: str) -> tuple[Any, tuple[str, ...]]:
    """The document's value, and the mistakes that did not keep it from being read: keys that stand twice.

    ConfigurationError where there is no value to go on with: the text is too long, not YAML, or empty.
    """
    size = len(text.encode(errors="surrogatepass"))
    if size > MAXIMUM_BYTES:
        raise ConfigurationError([f"the document has {size} bytes; an SSM parameter holds {MAXIMUM_BYTES}"])
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError([_syntax(error)])
    except (yaml.YAMLError, UnicodeError) as error:
        raise ConfigurationError([f"not YAML: {' '.join(str(error).split())}"])
    except RecursionError:
        raise ConfigurationError(["the document is nested too deeply"])
    if node is None:
        raise ConfigurationError(["the document is empty"])
    walk = _Walk()
    try:
        value, size = walk.value(node, ())
    except RecursionError:
        raise ConfigurationError(["the document is nested too deeply"])
    if size > MAXIMUM_VALUES:
        raise ConfigurationError(["the document's aliases multiply its values without measure"])
    return value, tuple(walk.mistakes)


class _Walk:
    """From nodes to values. A node that aliases name again is walked once, so a mistake in it is told once."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []
        self._done: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> tuple[Any, int]:
        """A node's value, and how many values it counts once every alias is written out."""
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path), 1
        if id(node) in self._open:
            self.mistakes.append(at(path, f"holds itself (line {_line(node)})"))
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
            line = _line(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append(at(path, f"a key must be a string (line {line})"))
                continue
            key = key_node.value
            if key_node.tag == f"{_TAG}merge":
                self.mistakes.append(at(path, f"merge keys (<<) are not supported (line {line})"))
                continue
            if key in mapping:
                self.mistakes.append(at((*path, key), f"stands twice, again in line {line}"))
            mapping[key], grown = self.value(value_node, (*path, key))
            size += grown
        return mapping, size

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        """Whatever is not certainly a number, boolean or null stays text: dates, 0x10, 1_000, 12:30:00."""
        convert = _SCALARS.get(node.tag)
        if convert is None:
            self.mistakes.append(at(path, f"unknown YAML tag {node.tag} (line {_line(node)})"))
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


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _syntax(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    words: Sequence[str | None] = (error.context, error.problem)
    said = ", ".join(word for word in words if word)
    return f"line {mark.line + 1}, column {mark.column + 1}: not YAML: {said}" if mark else f"not YAML: {said}"
