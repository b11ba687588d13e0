"""Single values of the input: durations and shares. Each reader takes what was given and says what it means;
ValueError, in words for the user, where that is nothing."""

import re
from typing import Any, Final

from nodenet.documents.paths import quoted
from nodenet.migration.request import Share

LONGEST: Final = 365 * 86400
"""Seconds: an execution of Step Functions lasts a year at most ("Step Functions service quotas")."""

DURATION: Final = r"^(0|[1-9][0-9]{0,7})[smhd]$"
PERCENT: Final = r"^([1-9][0-9]?|100)%$"

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(value: Any) -> int:
    """Seconds of a duration such as `90s`, `15m`, `2h`, `1d`; a number is seconds."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a duration such as 90s, 15m, 2h or 1d")
    if isinstance(value, str) and not re.fullmatch(DURATION[1:-1], value, re.ASCII):
        raise ValueError(f"{quoted(value)} is no duration such as 90s, 15m, 2h or 1d")
    seconds = int(value[:-1]) * _SECONDS[value[-1]] if isinstance(value, str) else value
    if not 0 <= seconds <= LONGEST:
        raise ValueError("must be from 0 to 365d")
    return seconds


def share(value: Any) -> Share:
    """A number of nodes, or a part of them such as `10%`."""
    if isinstance(value, str) and re.fullmatch(PERCENT[1:-1], value, re.ASCII):
        return Share(percent=int(value[:-1]))
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000:
        return Share(number=value)
    raise ValueError("must be a number of nodes, 1 to 1000, or a part of them, such as 10%")
