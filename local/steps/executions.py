"""The executions of the region: started, ended, stopped, redriven."""

import contextvars
import json
import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from local.clock import Timer
from local.steps import status_events
from local.steps.errors import RUNTIME, Halted, StepError
from local.steps.execution import (
    ABORTED,
    FAILED,
    RUNNING,
    SUCCEEDED,
    TIMED_OUT,
    Execution,
    Line,
    Machine,
    text,
)
from local.steps.halts import Halt
from local.steps.map_runs import MapRun
from local.steps.position import Data, Position
from local.steps.runner import Calls, Runner
from local.steps.tokens import Tokens
from local.world import world

log = logging.getLogger("local.region")

_EVENTS = {
    SUCCEEDED: "ExecutionSucceeded",
    FAILED: "ExecutionFailed",
    TIMED_OUT: "ExecutionTimedOut",
    ABORTED: "ExecutionAborted",
}


class Executions:
    """By their ARN; Map Runs as well."""

    def __init__(self, calls: Calls, tokens: Tokens) -> None:
        self.all: dict[str, Execution] = {}
        self.map_runs: dict[str, MapRun] = {}
        self._runner = Runner(calls, self, tokens)
        self._tokens = tokens
        self._timers: dict[str, Timer] = {}
        self.lock = threading.RLock()

    def start(self, machine: Machine, name: str, given: str) -> Execution:
        """A new execution, running; `given` is a JSON text."""
        arn = f"arn:aws:states:{machine.region}:{machine.account}:execution:{machine.name}:{name}"
        return self._begin(arn, machine, name, given)

    def find(self, arn: str) -> Execution:
        return self.all[arn]

    def stop(self, execution: Execution, error: str, cause: str) -> None:
        """ABORTED at once; what waits in it ends, and what it waits for is stopped."""
        self._end(execution, execution.halt, ABORTED, error=error or None, cause=cause or None)

    def redrive(self, execution: Execution) -> None:
        """Goes on where the execution stopped, with that state's input and variables.

        The caller has asked redrive.obstacle.
        """
        with execution.lock:
            execution.redrives += 1
            execution.redriven = world.clock.now()
            execution.status, execution.stopped = RUNNING, None
            execution.error = execution.cause = execution.output = None
            execution.halt, execution.ended = Halt(), threading.Event()
            execution.scope = contextvars.copy_context()
            last = execution.history.add(
                "ExecutionRedriven", len(execution.history), {"redriveCount": execution.redrives}
            )
            execution.position.resume()
        self._launch(execution, last)

    def add_map_run(self, run: MapRun) -> None:
        self.map_runs[run.arn] = run

    def run_item(self, run: MapRun, index: int, given: Data, ended: Callable[[], None]) -> Execution:
        if child := run.children.get(index):
            child.on_end.append(ended)
            self.redrive(child)
            return child
        name, machine = str(uuid.uuid4()), run.machine
        arn = f"arn:aws:states:{machine.region}:{machine.account}:execution:{machine.name}:{name}"
        child = self._begin(arn, machine, name, text(given), run.arn, ended)
        run.children[index] = child
        return child

    def clear(self) -> None:
        """Forgets everything; what runs ends without a word."""
        with self.lock:
            executions = list(self.all.values())
            self.all.clear()
            self.map_runs.clear()
            self._timers.clear()
        for execution in executions:
            execution.halt.halt()
        self._tokens.clear()

    def _begin(
        self,
        arn: str,
        machine: Machine,
        name: str,
        given: str,
        map_run: str | None = None,
        ended: Callable[[], None] | None = None,
    ) -> Execution:
        position = Position(machine.definition["StartAt"], json.loads(given))
        execution = Execution(arn, name, machine, given, position, map_run)
        if ended:
            execution.on_end.append(ended)
        execution.history.add(
            "ExecutionStarted",
            0,
            {"input": given, "inputDetails": {"truncated": False}, "roleArn": machine.role},
        )
        with self.lock:
            self.all[arn] = execution
        # The first state's event names none as its predecessor.
        self._launch(execution, 0)
        return execution

    def _launch(self, execution: Execution, last: int) -> None:
        status_events.publish(execution)
        halt = execution.halt
        limit = execution.machine.definition.get("TimeoutSeconds")
        if limit is not None:
            # "When you redrive an execution, the state machine level timeout, if defined, is reset to 0."
            self._timers[execution.arn] = world.clock.later(
                limit, lambda: self._in_scope(execution, lambda: self._end(execution, halt, TIMED_OUT))
            )
        execution.thread(lambda: self._run(execution, Line(execution, halt, last)))

    def _in_scope(self, execution: Execution, action: Callable[[], Any]) -> None:
        execution.scope.copy().run(action)

    def _run(self, execution: Execution, line: Line) -> None:
        machine = execution.machine
        try:
            output = self._runner.run(line, machine.definition["States"], execution.position, machine.language)
        except Halted:
            return
        except StepError as error:
            self._end(execution, line.halt, FAILED, line.last, error=error.error or None, cause=error.cause or None)
        except Exception as fault:
            log.exception("the local region failed in execution %s", execution.arn)
            cause = f"{type(fault).__name__}: {fault}"
            self._end(execution, line.halt, FAILED, line.last, error=RUNTIME, cause=cause)
        else:
            self._end(execution, line.halt, SUCCEEDED, line.last, output=text(output))

    def _end(self, execution: Execution, halt: Halt, status: str, previous: int = 0, **outcome: str | None) -> None:
        """Ends the attempt that `halt` belongs to, once: who comes later changes nothing."""
        with execution.lock:
            if halt is not execution.halt or execution.status != RUNNING:
                return
            execution.status, execution.stopped = status, world.clock.now()
            execution.output = outcome.get("output")
            execution.error, execution.cause = outcome.get("error"), outcome.get("cause")
            details = {key: value for key, value in outcome.items() if value is not None}
            if "output" in details:
                details = {**details, "outputDetails": {"truncated": False}}  # type: ignore[dict-item]
            execution.history.add(_EVENTS[status], previous, details)
        if timer := self._timers.pop(execution.arn, None):
            timer.cancel()
        halt.halt()
        status_events.publish(execution)
        execution.ended.set()
        waiting, execution.on_end = execution.on_end, []
        for notify in waiting:
            notify()


def new_name() -> str:
    """What StartExecution names an execution that was given none."""
    return str(uuid.uuid4())
