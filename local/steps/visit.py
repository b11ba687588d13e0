"""One visit to a state: what its expressions see, its events, its retries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.steps.errors import StepError, too_large
from local.steps.execution import Line, text
from local.steps.jsonpath import JsonPath
from local.steps.languages import Jsonata, Language, Outcome, State, View
from local.steps.limits import PAYLOAD_BYTES
from local.steps.moments import iso, now
from local.steps.position import Data, Position
from local.steps.retries import Retries, catcher_of

if TYPE_CHECKING:
    from local.steps.runner import Runner

_LANGUAGES: Mapping[str, Language] = {"JSONata": Jsonata(), "JSONPath": JsonPath()}


@dataclass
class Visit:
    """`entered` is the id of the event that entered the state, `token` that of the Task where it has one."""

    runner: "Runner"
    line: Line
    state: State
    position: Position
    query_language: str
    entered: int
    token: str | None = None
    retries: int = 0
    moment: float = field(default_factory=now)

    @property
    def name(self) -> str:
        return self.position.state

    @property
    def language(self) -> Language:
        return _LANGUAGES[self.state.get("QueryLanguage", self.query_language)]

    @property
    def view(self) -> View:
        return View(self.position.input, self._context(), self.position.variables)

    def with_retries(self, attempt: Callable[[], Outcome], failed: Callable[[], object]) -> Outcome:
        """The outcome of `attempt`, tried as the state's Retry says, or its catcher's; `failed` is called before that.

        Raises StepError where nothing catches it.
        """
        retries = Retries(self.state)
        while True:
            try:
                return attempt()
            except StepError as error:
                self.report(error)
                delay = retries.delay(error)
                if delay is None:
                    failed()
                    return self._catch(error)
            self.line.halt.sleep(delay)
            self.retries = retries.count

    def report(self, error: StepError) -> None:
        """EvaluationFailed, where an expression of the state failed; once."""
        if not error.location:
            return
        where = f"'{self.name}' (entered at the event id #{self.entered})"
        error.cause = f"An error occurred while executing the state {where}. {error.cause}"
        details = {"state": self.name, "error": error.error, "cause": error.cause, "location": error.location}
        error.location = ""
        self.line.record("EvaluationFailed", details)

    def checked(self, data: Data) -> Data:
        """The data, where it is not larger than a state may give. Raises StepError(States.DataLimitExceeded)."""
        if len(text(data).encode()) > PAYLOAD_BYTES:
            raise too_large(self.name)
        return data

    def number(self, name: str) -> float | None:
        """A field that is a number, an expression or a path to one."""
        value = self.language.field(self.state, name, self.view, "number")
        return None if value is None else float(value)

    def _catch(self, error: StepError) -> Outcome:
        catcher = catcher_of(self.state, error)
        if catcher is None:
            raise error
        return self.language.caught(catcher, self.view, error)

    def _context(self) -> dict[str, Any]:
        """The Context object (developer guide, "Accessing execution data from the Context object")."""
        execution = self.line.execution
        machine = execution.machine
        running: dict[str, Any] = {
            "Id": execution.arn,
            "Input": self.runner.input_of(execution),
            "Name": execution.name,
            "RoleArn": machine.role,
            "StartTime": iso(execution.started),
            "RedriveCount": execution.redrives,
        }
        if execution.redriven is not None:
            running["RedriveTime"] = iso(execution.redriven)
        context: dict[str, Any] = {
            "Execution": running,
            "StateMachine": {"Id": machine.arn, "Name": machine.name},
            "State": {"Name": self.name, "EnteredTime": iso(self.moment), "RetryCount": self.retries},
        }
        if self.token:
            context["Task"] = {"Token": self.token}
        if self.line.item is not None:
            context["Map"] = {"Item": dict(self.line.item)}
        return context
