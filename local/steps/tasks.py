"""Task states: calls, callbacks with a token, jobs that are waited for, their time-outs and heartbeats.

Amazon States Language, "Task State"; developer guide, "Discover service integration patterns in Step Functions".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.steps import jobs, resources
from local.steps.errors import HEARTBEAT_TIMEOUT, TIMEOUT, Halted, StepError
from local.steps.execution import shown, text
from local.steps.languages import Outcome
from local.steps.position import Data
from local.steps.tokens import Waiting
from local.steps.visit import Visit
from local.world import world


def run(visit: Visit) -> Outcome:
    return visit.with_retries(lambda: _Attempt(visit).run(), failed=lambda: None)


@dataclass
class _Box:
    """What a call on another thread gives."""

    done: bool = False
    result: Data = None
    error: Exception | None = None


@dataclass
class _Attempt:
    """One attempt at the work: scheduled, started, and ended in one way or another."""

    visit: Visit
    resource: resources.Resource = field(init=False)
    until: float | None = None
    heartbeat: float | None = None

    def __post_init__(self) -> None:
        self.resource = resources.parse(self.visit.state["Resource"])

    def run(self) -> Outcome:
        visit = self.visit
        waiting = None
        if self.resource.pattern == resources.TOKEN or self.resource.service == "activity":
            visit.token, waiting = visit.runner.tokens.issue(visit.line.halt)
        try:
            arguments = visit.language.arguments(visit.state, visit.view)
            self._schedule(arguments)
            result = visit.checked(self._work(arguments, waiting))
            self._record("Succeeded", shown("output", result))
            return visit.language.ended(visit.state, visit.view, result)
        finally:
            if visit.token:
                visit.runner.tokens.close(visit.token)

    def _schedule(self, arguments: Data) -> None:
        timeout, self.heartbeat = self.visit.number("TimeoutSeconds"), self.visit.number("HeartbeatSeconds")
        details: dict[str, Any] = {}
        if timeout is not None:
            self.until = world.clock.now() + timeout
            details["timeoutInSeconds"] = int(timeout)
        if self.heartbeat is not None and self.resource.events != "LambdaFunction":
            details["heartbeatInSeconds"] = int(self.heartbeat)
        if self.resource.details is None:
            details |= {"resource": self.resource.action, **shown("input", arguments)}
        else:
            details |= {"region": self.visit.line.execution.machine.region, "parameters": text(arguments)}
        self._record("Scheduled", details)
        if self.resource.service != "activity":
            self._record("Started", None)

    def _work(self, arguments: Data, waiting: Waiting | None) -> Data:
        call = self._call(arguments)
        pattern = self.resource.pattern
        if pattern in (resources.SYNC, resources.SYNC_2):
            started = self._submit(call)
            return self._ending(lambda: jobs.wait(self.visit, pattern, started, self.until))
        if waiting is None:
            return self._ending(lambda: self._in_background(call))
        if self.resource.service == "activity":
            call()
        else:
            self._submit(call)
        return self._ending(lambda: self._answer(waiting))

    def _call(self, arguments: Data) -> Callable[[], Data]:
        calls, resource, execution = self.visit.runner.calls, self.resource, self.visit.line.execution
        if resource.service == "activity":
            return lambda: calls.offer(resource.action, arguments, str(self.visit.token))
        return lambda: calls.call(resource, arguments, execution)

    def _submit(self, call: Callable[[], Data]) -> Data:
        """The call that a callback or a job begins with."""
        result = self._ending(lambda: self._in_background(call), failed="SubmitFailed")
        self._record("Submitted", shown("output", result))
        return result

    def _ending(self, work: Callable[[], Data], failed: str = "Failed") -> Data:
        """The work's result; its failure is an event first."""
        try:
            return work()
        except StepError as error:
            timed_out = error.error == TIMEOUT and not error.cause
            details = {"error": error.error, **({"cause": error.cause} if error.cause else {})}
            self._record("TimedOut" if timed_out else failed, details)
            raise

    def _in_background(self, call: Callable[[], Data]) -> Data:
        """What is called cannot be stopped: it runs on by itself when nobody waits any more."""
        box, halt = _Box(), self.visit.line.halt

        def work() -> None:
            try:
                box.result = call()
            except (StepError, Halted) as error:
                box.error = error
            except Exception as error:  # noqa: BLE001 - a fault of the region must not leave the execution waiting
                box.error = StepError("States.Runtime", f"{type(error).__name__}: {error}")
            box.done = True
            halt.notify()

        self.visit.line.execution.thread(work, "task")
        if not halt.wait(lambda: box.done, self.until):
            raise StepError(TIMEOUT)
        if box.error:
            raise box.error
        return box.result

    def _answer(self, waiting: Waiting) -> Data:
        """Waits for the token's answer as long as the time-out and the heartbeats allow."""
        while not waiting.answered:
            silent = None if self.heartbeat is None else waiting.beat + self.heartbeat
            moments = [one for one in (self.until, silent) if one is not None]
            self.visit.line.halt.wait(lambda: waiting.answered, min(moments, default=None))
            now = world.clock.now()
            if waiting.answered:
                break
            if self.until is not None and now >= self.until:
                raise StepError(TIMEOUT)
            if self.heartbeat is not None and now >= waiting.beat + self.heartbeat:
                raise StepError(TIMEOUT, also=(HEARTBEAT_TIMEOUT,))
        if isinstance(waiting.answer, StepError):
            raise waiting.answer
        return waiting.answer

    def _record(self, what: str, details: dict[str, Any] | None) -> None:
        common = self.resource.details
        if common is not None:
            details = {**common, **(details or {})}
        self.visit.line.record(f"{self.resource.events}{what}", details)
