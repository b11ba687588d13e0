"""Single values of the input: shares. ValueError, in words for the user, where what was given is none."""

import re
from typing import Any, Final

from nodenet.migration.request import Share

PERCENT: Final = r"^([1-9][0-9]?|100)%$"


def share(value: Any) -> Share:
    """A number of nodes, or a part of them such as `10%`."""
    if isinstance(value, str) and re.fullmatch(PERCENT[1:-1], value, re.ASCII):
        return Share(percent=int(value[:-1]))
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000:
        return Share(number=value)
    raise ValueError("must be a number of nodes, 1 to 1000, or a part of them, such as 10%")
