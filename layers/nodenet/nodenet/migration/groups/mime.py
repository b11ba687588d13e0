"""User data in MIME: parts are read, and one is put behind the others without a change to them."""

import email
import re
from collections.abc import Iterator
from typing import Final

NODE_CONFIG: Final = "application/node.eks.aws"
BOOTHOOK: Final = "text/cloud-boothook"

_BOUNDARY: Final = "==nodenet=="
_EMPTY: Final = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{_BOUNDARY}"\n\n'


def is_multipart(text: str) -> bool:
    return email.message_from_string(text.lstrip()).is_multipart()


def parts(text: str) -> Iterator[tuple[str, str]]:
    """The content type and the content of each part."""
    for part in email.message_from_string(text.lstrip()).walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield part.get_content_type(), content.decode(errors="replace")


def with_part(text: str, kind: str, content: str) -> str:
    """The document with one more part, the last; a new one where `text` is empty. The end of a part is the line break
    before the next boundary (RFC 2046, 5.1.1), so whatever stands before stays as it is."""
    text = text or _EMPTY
    boundary = email.message_from_string(text.lstrip()).get_boundary() or _BOUNDARY
    end = re.search(rf"^--{re.escape(boundary)}--[ \t]*\r?$", text, re.MULTILINE)
    before = text[: end.start()] if end else text if text.endswith("\n") else f"{text}\n"
    content = content.rstrip() + "\n"
    return f'{before}--{boundary}\nContent-Type: {kind}; charset="us-ascii"\n\n{content}\n--{boundary}--\n'
