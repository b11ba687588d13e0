"""Reads the configuration's text into plain values, within the size that its place sets."""

from typing import Any, Final

from nodenet.documents import reading
from nodenet.errors import ConfigurationError

MAXIMUM_BYTES: Final = 8192
"""Of an advanced SSM parameter (SSM API reference, PutParameter); a standard one holds half."""

MAXIMUM_VALUES: Final = 10_000
"""An 8 KB document cannot hold half as many, unless aliases multiply them."""


def read(text: str) -> tuple[Any, tuple[str, ...]]:
    """The document's value, and the mistakes that did not keep it from being read: keys that stand twice.

    ConfigurationError where there is no value to go on with: the text is too long, not YAML, or empty.
    """
    size = len(text.encode(errors="surrogatepass"))
    if size > MAXIMUM_BYTES:
        raise ConfigurationError([f"the document has {size} bytes; an SSM parameter holds {MAXIMUM_BYTES}"])
    try:
        found = reading.read(text, most_values=MAXIMUM_VALUES)
    except reading.Unreadable as error:
        raise ConfigurationError([str(error)])
    return found.value, tuple(map(str, found.mistakes))
