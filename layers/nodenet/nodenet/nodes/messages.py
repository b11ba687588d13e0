"""A queue message: the event in it, and how often it has been here."""

from dataclasses import dataclass

from nodenet.events import Event, Ignored, InstanceState, LaunchAction, TerminateAction
from nodenet.nodes.outcome import Outcome, State


@dataclass(frozen=True, slots=True)
class Message:
    """`receives` counts crashes, since a message that must wait is sent anew; `deferrals` counts how often it was.

    `touched` says that an earlier delivery may have made something.
    """

    id: str
    body: str
    event: Event
    receives: int = 1
    deferrals: int = 0
    touched: bool = False


def ignored(event: Event, hook: str) -> Outcome:
    """What comes of an event that a function does not act on; `hook` is the one whose actions it answers."""
    match event:
        case Ignored(reason):
            why = reason
        case LaunchAction(action) | TerminateAction(action) if action.hook != hook:
            why = f"hook {action.hook} is not {hook}: its action is another's to complete"
        case InstanceState(_, state):
            why = f"nothing is to be done when an instance is {state}"
        case _:
            why = f"{type(event).__name__} is another function's"
    return Outcome(State.IGNORED, why)
