"""What an execution may hold. Source: Step Functions developer guide, "Step Functions service quotas"."""

from dataclasses import dataclass

PAYLOAD_BYTES = 256 * 1024
NAME_LENGTH = 80
# "Close execution" retention: for so long the name of an execution stays taken.
RETENTION_SECONDS = 90 * 86400.0
REDRIVABLE_SECONDS = 14 * 86400.0
INLINE_MAP_CONCURRENCY = 40
# A Map Run's is 10,000 at AWS; here each running child takes a thread.
DISTRIBUTED_MAP_CONCURRENCY = 1000
# An execution stays open for a year at most.
OPEN_SECONDS = 365 * 86400.0


@dataclass
class Limits:
    """Quotas that a test may lower."""

    history_events: int = 25_000


limits = Limits()
