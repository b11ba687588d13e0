"""The person who migrates: what they type, and what they see of a run."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from demo.stack import Stack
from nodenet.migration.question import told_by

_REFUSED: Final = 3
"""How `nodenet migration` exits where something stands in the way."""


class CommandError(RuntimeError):
    """A command failed; the message is what it wrote."""


@dataclass(frozen=True)
class Operator:
    """`inputs` is a folder for the files that the commands read."""

    stack: Stack
    inputs: Path

    def nodenet(self, *words: str) -> str:
        """What the command writes. A preflight that found what must be mended is an answer too."""
        command = [str(Path(sys.executable).with_name("nodenet")), "migration", *words, "--stack", self.stack.name]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = {**kept, **self.stack.region.environment(), "COLUMNS": "160"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode not in (0, _REFUSED):
            raise CommandError(f"nodenet migration {' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The preflight's report."""
        file = self.inputs / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(given, indent=2) + "\n")
        found: dict[str, Any] = json.loads(self.nodenet("check", str(file), "--json"))
        return found

    def start(self, name: str, given: Mapping[str, Any]) -> "Run":
        """One StartExecution."""
        machine = self.stack.outputs["MigrateStateMachine"]
        client = self.stack.region.client("stepfunctions")
        answer = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))
        return Run(self.stack, name, answer["executionArn"])


@dataclass
class Run:
    """A run, seen from outside. `status` is what the answer function said last, empty before the run has its record."""

    stack: Stack
    name: str
    arn: str
    status: dict[str, Any] = field(default_factory=dict)

    def look(self) -> bool:
        """Asks how far it is; False once it has ended."""
        client = self.stack.region.client("stepfunctions")
        going = client.describe_execution(executionArn=self.arn)["status"] == "RUNNING"
        payload = json.dumps({"run": self.name, "answer": "status"})
        function = self.stack.outputs["AnswerFunction"]
        answer = self.stack.region.client("lambda").invoke(FunctionName=function, Payload=payload)
        said = json.load(answer["Payload"])
        if "FunctionError" not in answer:
            self.status = said
        elif not going:
            raise CommandError(f"run {self.name} ended before it began: {self.ending()}")
        return going or (bool(self.status) and self.status["way"] != "ended")

    def ending(self) -> str:
        """The execution's status, with what went wrong."""
        found = self.stack.region.client("stepfunctions").describe_execution(executionArn=self.arn)
        return ": ".join(filter(None, (found["status"], found.get("error"), told_by(found.get("cause", "")))))

    def report(self, form: str) -> str:
        """As the run has written it: `md`, `html` or `json`. CommandError where it has not."""
        place = str(self.status.get("report", "")).removeprefix("s3://")
        if not place:
            raise CommandError(f"run {self.name} has no report: {self.ending()}")
        bucket, _, key = place.partition("/")
        client = self.stack.region.client("s3")
        found = client.get_object(Bucket=bucket, Key=f"{key.rpartition('.')[0]}.{form}")["Body"].read()
        return str(found.decode())

    @property
    def asks(self) -> dict[str, Any] | None:
        """The question that waits for an answer."""
        return self.status.get("question")

    @property
    def events(self) -> int:
        """Of its execution's history."""
        client = self.stack.region.client("stepfunctions")
        pages = client.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return sum(len(page["events"]) for page in pages)
