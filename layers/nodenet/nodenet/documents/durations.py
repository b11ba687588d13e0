"""Durations as people write them in documents: `90s`, `15m`, `2h`, `1d`."""

import re
from typing import Any, Final

from nodenet.documents.paths import quoted

LONGEST: Final = 365 * 86400
"""Seconds: an execution of Step Functions lasts a year at most ("Step Functions service quotas")."""

DURATION: Final = r"^(0|[1-9][0-9]{0,7})[smhd]$"

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(value: Any) -> int:
    """Seconds; a number is seconds. ValueError, in words for the user, where it is no duration or above a year."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a duration such as 90s, 15m, 2h or 1d")
    if isinstance(value, str) and not re.fullmatch(DURATION[1:-1], value, re.ASCII):
        raise ValueError(f"{quoted(value)} is no duration such as 90s, 15m, 2h or 1d")
    seconds = int(value[:-1]) * _SECONDS[value[-1]] if isinstance(value, str) else value
    if not 0 <= seconds <= LONGEST:
        raise ValueError("must be from 0 to 365d")
    return seconds
