"""How long calls take, in simulated seconds."""

import random
from dataclasses import dataclass, field


@dataclass
class Latency:
    """Ranges of seconds by `service:operation`, `service` or `*`, the most exact name first; none at first."""

    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - nothing secret

    def of(self, service: str, operation: str) -> float:
        for name in (f"{service}:{operation}", service, "*"):
            if name in self.ranges:
                return self._random.uniform(*self.ranges[name])
        return 0.0

    def set(self, name: str, low: float, high: float) -> None:
        """Raises ValueError for a range that is negative or the wrong way round."""
        if not 0 <= low <= high:
            raise ValueError(f"a latency goes from 0 or more up to its end, not {low} to {high}")
        self.ranges[name] = (low, high)

    def clear(self) -> None:
        self.ranges.clear()
        self._random.seed(0)
