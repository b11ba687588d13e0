"""Task tokens: tasks that wait for an answer (API reference, SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat)."""

import json
import secrets
import threading
from dataclasses import dataclass

from local.steps.errors import StepError
from local.steps.halts import Halt
from local.steps.position import Data
from local.steps.refusals import OperationError
from local.world import world


@dataclass
class Waiting:
    """A task that waits: `answer` is its output or its error once it is answered, `beat` when it was last heard of."""

    halt: Halt
    beat: float
    answer: Data | StepError = None
    answered: bool = False


class Tokens:
    """The tokens of all executions of the region."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._closed: set[str] = set()
        self._lock = threading.Lock()

    def issue(self, halt: Halt) -> tuple[str, Waiting]:
        token = secrets.token_urlsafe(96)
        waiting = Waiting(halt, world.clock.now())
        with self._lock:
            self._waiting[token] = waiting
        return token, waiting

    def close(self, token: str) -> None:
        """The task has ended: whoever answers now is late."""
        with self._lock:
            self._waiting.pop(token, None)
            self._closed.add(token)

    def succeed(self, token: str, output: str) -> None:
        """Raises OperationError, also where the output is no JSON."""
        try:
            value = json.loads(output)
        except ValueError:
            raise OperationError("InvalidOutput", "Invalid Output: 'Output is not valid JSON'") from None
        self._answer(token, value)

    def fail(self, token: str, error: str, cause: str) -> None:
        self._answer(token, StepError(error, cause))

    def beat(self, token: str) -> None:
        self._find(token).beat = world.clock.now()

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._closed.clear()

    def _answer(self, token: str, answer: Data | StepError) -> None:
        waiting = self._find(token)
        waiting.answer, waiting.answered = answer, True
        self.close(token)
        waiting.halt.notify()

    def _find(self, token: str) -> Waiting:
        with self._lock:
            if waiting := self._waiting.get(token):
                return waiting
            if token in self._closed:
                raise OperationError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        raise OperationError("InvalidToken", "Invalid Token: 'Invalid token'")
