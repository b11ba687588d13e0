"""How a sentence names what it is about: `nodeGroups[1].select["eks:nodegroup-name"]`, `"upf-*"`."""

import json
import re
from typing import Final

type Path = tuple[str | int, ...]

LONGEST: Final = 64
"""Characters of the document that a sentence repeats at most."""

_PLAIN: Final = re.compile(f"[A-Za-z_][A-Za-z0-9_-]{{0,{LONGEST}}}")


def at(path: Path, said: str) -> str:
    """A sentence about the value at a path. About the document as a whole the sentence stands alone."""
    return f"{written(path)}: {said}" if path else said


def written(path: Path) -> str:
    """The path as one would write it in JavaScript."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{quoted(part)}]"
    return text


def quoted(text: str) -> str:
    """The text in quotes, on one line and not too long."""
    return json.dumps(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…", ensure_ascii=False)
