"""plotly.js within the page: compressed, since it is most of the page's size, and unpacked by the browser."""

import base64
import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from plotly.offline import get_plotlyjs

MEDIA: Final = "application/gzip"


@cache
def packed() -> str:
    """plotly.js in gzip and base64: 2 MB of the 4.8."""
    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()


@cache
def own(name: str) -> str:
    """A file beside this one: the page's script or style sheet."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def policy() -> str:
    """The page's content security policy: nothing is fetched from anywhere, and no script runs but these two, known by
    their hashes (Content Security Policy Level 3, "Usage of hashes"). Styles are free, since plotly.js writes them."""
    scripts = " ".join(_hash(text) for text in (own("page.js"), get_plotlyjs()))
    return f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
