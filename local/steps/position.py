"""Where a line of states stands, so that a redrive can go on there."""

from dataclasses import dataclass, field
from typing import Any

# Everything below is JSON.
type Data = Any


@dataclass
class Done:
    """What a branch or an iteration gave."""

    output: Data


@dataclass
class Position:
    """The state that is next, or that did not end: its input, and the variables as they were when it was entered.

    `parts` are the branches of a Parallel or the iterations of a Map by their index: what they gave, or where they
    stand. `resumed`: the state was entered in an earlier attempt. `map_run` is the Map Run of a Distributed Map.
    """

    state: str
    input: Data
    variables: dict[str, Data] = field(default_factory=dict)
    parts: dict[int, "Position | Done"] = field(default_factory=dict)
    resumed: bool = False
    map_run: Any = None

    def move(self, state: str, given: Data, variables: dict[str, Data]) -> None:
        """On to the next state."""
        self.state, self.input, self.variables = state, given, variables
        self.parts, self.resumed, self.map_run = {}, False, None

    def resume(self) -> None:
        """To be called on everything that a redrive takes up."""
        self.resumed = True
        for part in self.parts.values():
            if isinstance(part, Position):
                part.resume()
