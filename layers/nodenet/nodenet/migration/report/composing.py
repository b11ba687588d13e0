"""Composes the report at a run's end, with the addresses as they are then."""

from dataclasses import dataclass
from typing import Any

from nodenet.migration.report.addresses import Counting, FreeAddresses
from nodenet.migration.report.report import compose
from nodenet.migration.run import Run


@dataclass(frozen=True, slots=True)
class Composing:
    subnets: FreeAddresses

    def __call__(self, run: Run, outcome: str, now: float) -> dict[str, Any]:
        Counting(self.subnets).count(run)
        return compose(run, outcome, now)
