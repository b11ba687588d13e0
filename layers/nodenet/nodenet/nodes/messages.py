"""A queue message: the event in it, and how often it has been here."""

from dataclasses import dataclass

from nodenet.events import Event


@dataclass(frozen=True, slots=True)
class Message:
    """`receives` counts crashes (a message that must wait is sent anew), `deferrals` how often it was sent anew."""

    id: str
    body: str
    event: Event
    receives: int = 1
    deferrals: int = 0
