"""One execution environment: a process of the runtime client, its listener and its output."""

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.lambdas.listener import Invocation, Listener, Report

# "The init phase is limited to 10 seconds" (Lambda developer guide, "Understanding the Lambda execution environment
# lifecycle"); afterwards it is run once more, within the function's own time-out.
INIT_SECONDS = 10.0


@dataclass(frozen=True)
class Outcome:
    """What an invocation ended with: the payload, the log, and for an error its kind as Invoke reports it."""

    payload: Any
    log: str
    failed: bool = False


class Environment:
    """Runs one invocation at a time; a time-out, an exit or a failed initialisation is its end."""

    def __init__(self, handler: str, variables: Mapping[str, str], folder: Path) -> None:
        self.idle_since = time.monotonic()
        self.dead = False
        # How often each kill order has matched a call of the invocation that runs now.
        self.matches: Counter[int] = Counter()
        self._ready = False
        self._log = bytearray()
        self._reading = threading.Lock()
        self._listener = Listener()
        self._process = subprocess.Popen(  # noqa: S603 - the deployed function, as asked
            [_interpreter(), "-s", "-m", "awslambdaric", handler],
            env={**variables, "AWS_LAMBDA_RUNTIME_API": self._listener.address},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._watch, name="lambda-output", daemon=True).start()

    def invoke(self, request_id: str, event: Any, timeout: float, function_arn: str) -> Outcome:
        """Hands one event to the handler and waits for what comes of it."""
        if not self._ready and (failure := self._initialise(request_id)):
            return failure
        payload = json.dumps(event, ensure_ascii=False).encode()
        self._listener.give(Invocation(request_id, payload, time.time() + timeout, function_arn))
        report = self._next_report(timeout, request_id)
        if report is None:
            self.close()
            return self._failure(
                "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            )
        if report.kind == "exit":
            self.close()
            return self._failure("Runtime.ExitError", f"RequestId: {request_id} Error: {self._exit_reason()}")
        payload_out = json.loads(report.body) if report.body else None
        return Outcome(payload_out, self._take_log(), failed=report.kind == "error")

    @property
    def alive(self) -> bool:
        """Whether it can take an invocation: a process may also have ended by itself since the last one."""
        return not self.dead and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL to the process and its children: what a lost sandbox looks like to the function."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        self.dead = True
        self.kill()
        self._listener.close()

    def _initialise(self, request_id: str) -> Outcome | None:
        """Waits until the handler's module is loaded; the failure where it cannot be."""
        deadline = time.monotonic() + INIT_SECONDS
        while not self._ready:
            try:
                report = self._listener.reports.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                # A slow start goes on within the invocation, as the second initialisation does on AWS.
                return None
            if report.kind == "ready":
                self._ready = True
            elif report.kind == "init-error":
                self.close()
                return Outcome(json.loads(report.body), self._take_log(), failed=True)
            elif report.kind == "exit":
                self.close()
                return self._failure("Runtime.ExitError", f"RequestId: {request_id} Error: {self._exit_reason()}")
        return None

    def _next_report(self, timeout: float, request_id: str) -> Report | None:
        """The report on this invocation; None when time is up."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                report = self._listener.reports.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return None
            if report.kind == "ready":
                self._ready = True
            elif report.kind == "init-error":
                self.close()
                return Report("error", report.body, request_id)
            elif report.kind == "exit" or report.request_id == request_id:
                return report

    def _failure(self, kind: str, message: str) -> Outcome:
        return Outcome({"errorType": kind, "errorMessage": message}, self._take_log(), failed=True)

    def _exit_reason(self) -> str:
        status = self._process.wait()
        if status < 0:
            name = "killed" if -status == signal.SIGKILL else signal.strsignal(-status) or str(-status)
            return f"Runtime exited with error: signal: {name.lower()}"
        return (
            f"Runtime exited with error: exit status {status}"
            if status
            else "Runtime exited without providing a reason"
        )

    def _take_log(self) -> str:
        """All that was written up to now: what came before the report is in the pipe already."""
        with self._reading:
            self._drain()
            text = self._log.decode("utf-8", "replace")
            self._log.clear()
        return text

    def _drain(self) -> bool:
        """Reads what the pipe holds; False at its end."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        waiting = select.poll()  # select() itself knows no descriptor above 1023.
        waiting.register(descriptor, select.POLLIN)
        while waiting.poll(0):
            if not (data := os.read(descriptor, 65536)):
                return False
            self._log += data
        return True

    def _watch(self) -> None:
        assert self._process.stdout is not None
        exited = os.pidfd_open(self._process.pid)
        log, ended = self._process.stdout.fileno(), False
        watched = select.poll()
        for descriptor in (log, exited):
            watched.register(descriptor, select.POLLIN)
        try:
            while True:
                ready = {descriptor for descriptor, _ in watched.poll()}
                with self._reading:
                    if not self._drain() and not ended:
                        watched.unregister(log)
                        ended = True
                if exited in ready:
                    self._process.wait()
                    self._listener.reports.put(Report("exit"))
                    return
        finally:
            os.close(exited)


def _interpreter() -> str:
    """The interpreter without this environment's packages: a function sees its runtime's and its own only."""
    return getattr(sys, "_base_executable", sys.executable) or sys.executable
