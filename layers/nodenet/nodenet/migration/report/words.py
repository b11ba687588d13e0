"""How a report's figures are written for people: times in UTC, durations, short tables of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

type Report = Mapping[str, Any]


def moment(seconds: float | None) -> str:
    """`2026-11-20 20:14:05`, in UTC."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def lasted(seconds: float | None) -> str:
    """`2 h 05 min`, `3 min 20 s`, `4.2 s`; empty where it has not ended."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {left:02} s"


def number(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


def setting(value: str | None) -> str:
    """Of a variable of aws-node; None: nobody had set it."""
    return "not set" if value is None else value


def step_name(step: Mapping[str, Any]) -> str:
    """`extend vpc`, `back: extend vpc`."""
    name = str(step["name"]).replace("_", " ")
    return f"back: {name}" if step["way"] == "back" else name


def took(report: Report, began: float | None, ended: float | None) -> str:
    """How long, or that it has not ended; in a run that is over, it never will."""
    if began is None or ended is None:
        return "under way" if report["ended"] is None else "not ended"
    return lasted(ended - began)
