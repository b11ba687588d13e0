"""What an API server says when it is asked to evict a pod."""

from dataclasses import dataclass
from typing import Literal

type Outcome = Literal["evicted", "gone", "blocked", "refused"]


@dataclass(frozen=True, slots=True)
class Eviction:
    """`evicted`: the pod is on its way out. `gone`: it is not there any more, though another may have its name.
    `blocked`: its budget of disruptions allows none now; ask again, after `retry_after` seconds where the server names
    them (0 where not). `refused`: asking again does not help until somebody changes something, as `message` says.
    """

    outcome: Outcome
    message: str = ""
    retry_after: float = 0.0
