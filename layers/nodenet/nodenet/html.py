"""HTML as a tree, so that text is escaped because it is text: nothing of the page is put together from strings."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final
from xml.etree import ElementTree as ET

type Content = ET.Element | str | None

_FROM_THE_RIGHT: Final = re.compile(
    r"([\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc](?:[^\x00-\x7f]|[ -]+(?=[^\x00-\x7f]))*)"
)
"""Names in Hebrew, Arabic and their kin: numbers beside them would change sides."""

_PLAIN: Final = frozenset({"title", "script", "style", "bdi"})


def element(tag: str, *content: Content, **attributes: str | bool | None) -> ET.Element:
    """An element. Strings become text, None nothing. `class_` is the attribute class, `aria_label` is aria-label; an
    attribute that is True stands alone, one that is False or None is left out. What is written from the right in a text
    is kept apart from the rest (bdi)."""
    made = ET.Element(
        tag, {_name(name): _value(value) for name, value in attributes.items() if value not in (None, False)}
    )
    last: ET.Element | None = None
    for part in content if tag in _PLAIN else chain.from_iterable(map(_kept_apart, content)):
        if isinstance(part, ET.Element):
            made.append(part)
            last = part
        elif part is not None and last is None:
            made.text = (made.text or "") + part
        elif part is not None and last is not None:
            last.tail = (last.tail or "") + part
    return made


def document(head: ET.Element, body: ET.Element) -> str:
    """The whole page. What a script or style contains is written as it is; all other text is escaped."""
    root = element("html", head, body, lang="en")
    return "<!doctype html>\n" + ET.tostring(root, encoding="unicode", method="html") + "\n"


def data(key: str, value: Any) -> ET.Element:
    """JSON that the page's script reads by its id. No `<` is left in it that could end the element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return element("script", text.replace("<", "\\u003c"), id=key, type="application/json")


def _kept_apart(part: Content) -> Iterator[Content]:
    if not isinstance(part, str):
        yield part
        return
    for at, piece in enumerate(_FROM_THE_RIGHT.split(part)):
        yield element("bdi", piece) if at % 2 else piece


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: str | bool | None) -> str:
    return "" if value is True else str(value)
