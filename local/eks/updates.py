"""Updates: the record of every change of a cluster, a node group or an add-on."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.world import world


def now() -> datetime:
    return datetime.fromtimestamp(world.clock.now(), UTC).replace(tzinfo=None)


@dataclass(eq=False)
class Update:
    """One update; the names are those of the service model's Update. `of` says what it changes."""

    type: str
    params: list[dict[str, str]]
    of: tuple[str, str | None, str | None]
    status: str = "InProgress"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=now)
    errors: list[dict[str, Any]] = field(default_factory=list)


def params(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """`values` by the names of UpdateParamType; what is None was not asked. Anything but text is given as JSON."""
    return [
        {"type": name, "value": value if isinstance(value, str) else json.dumps(value)}
        for name, value in values.items()
        if value is not None
    ]
