"""What came of a request: a value that is logged, counted, told and tested."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nodenet.claims.register import Key, Record


class State(StrEnum):
    """`waiting` and `held` come again; all others are ends. `stale` was overtaken, `known` was done before."""

    REGISTERED = "registered"
    RELEASED = "released"
    KNOWN = "known"
    STALE = "stale"
    REFUSED = "refused"
    WAITING = "waiting"
    HELD = "held"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of those addresses of a request that fared alike.

    `holder` is who has them instead; `public` their Elastic IPs by private address; `seconds` is from the event on.
    `lacks_public` says that some were to have one, and got none.
    """

    state: State
    reason: str
    node: str = ""
    network: str = ""
    pod: str = ""
    generation: int | None = None
    addresses: tuple[str, ...] = ()
    interface: str = ""
    public: Mapping[str, str] = field(default_factory=dict)
    holder: Record | None = None
    seconds: float = 0.0
    lacks_public: bool = False

    @property
    def keys(self) -> set[Key]:
        return {Key(self.network, address) for address in self.addresses}

    @property
    def told_as(self) -> str | None:
        """The detail-type of its event; None if nobody is told."""
        match self.state:
            case State.REGISTERED:
                return "Pod Addresses Registered"
            case State.REFUSED | State.STALE:
                return "Pod Addresses Refused"
        return None
