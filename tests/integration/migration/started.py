"""A run that was started, and what people ask of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.region import Region
from tests.integration.migration.waiting import until


@dataclass(frozen=True)
class Started:
    """`outputs` are those of the stack."""

    region: Region
    outputs: Mapping[str, str]
    name: str
    arn: str

    @property
    def client(self) -> Any:
        return self.region.client("stepfunctions")

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.describe_execution(executionArn=self.arn)
        return found

    def ended(self, status: str = "SUCCEEDED", seconds: float = 180.0) -> dict[str, Any]:
        """The execution as it is once it has ended; `seconds` are real ones."""
        until(lambda: self.describe()["status"] != "RUNNING", f"run {self.name} ends", seconds, self.history)
        found = self.describe()
        assert found["status"] == status, (found["status"], found.get("error"), found.get("cause"), self.history())
        return found

    def rolled_back(self, seconds: float = 180.0) -> str:
        """The cause that the execution gives once the run has gone back."""
        found = self.ended("FAILED", seconds)
        assert found["error"] == "RolledBack", (found["error"], found.get("cause"), self.history())
        return str(found["cause"])

    def over(self, seconds: float = 60.0) -> dict[str, Any]:
        """The run's own record once it has ended, whatever became of its execution."""
        until(lambda: self.part("run").get("way") == "ended", f"run {self.name} is over", seconds, self.history)
        return self.part("run")

    def history(self, last: int = 25) -> list[str]:
        """The last events, a few words each."""
        answer = self.client.get_execution_history(executionArn=self.arn, reverseOrder=True, maxResults=last)
        return [_shown(event) for event in reversed(answer["events"])]

    def events(self, arn: str = "") -> list[dict[str, Any]]:
        """All of the history, of the run's execution or of another."""
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=arn or self.arn)
        return [event for page in pages for event in page["events"]]

    def states(self) -> list[str]:
        """Those that were entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"] for event in self.events() if "stateEnteredEventDetails" in event
        ]

    def at(self, state: str, seconds: float = 120.0) -> None:
        """Waits until the execution is in a state."""
        until(lambda: state in self.states()[-1:], f"run {self.name} is in {state}", seconds, self.history)

    def below(self) -> Iterator[str]:
        """The executions, by ARN, that its own has started."""
        for event in self.events():
            output = event.get("taskSubmittedEventDetails", {}).get("output", "{}")
            if arn := json.loads(output).get("ExecutionArn"):
                yield arn

    def question(self) -> dict[str, Any]:
        """What is asked now; empty where nothing is."""
        asked = self.part("question")
        return {} if asked.get("answer") else asked

    def held(self, seconds: float = 90.0) -> dict[str, Any]:
        """What is asked, once something is: `kind`, `step`, `way`, `error`, `cause`."""

        def asked() -> bool:
            assert self.describe()["status"] == "RUNNING", self.describe()
            return bool(self.question())

        until(asked, f"run {self.name} is held", seconds, self.history)
        return self.question()

    def answer(self, word: str) -> Any:
        return self.ask(answer=word, by="tester")

    def ask(self, **event: Any) -> Any:
        """Invokes the answer function."""
        body = self.invoke(**event)
        assert "errorMessage" not in body, body
        return body

    def refused(self, word: str) -> str:
        """What the answer function says to an answer that it does not take."""
        return str(self.invoke(answer=word, by="tester")["errorMessage"])

    def invoke(self, **event: Any) -> dict[str, Any]:
        payload = json.dumps({"run": self.name, **event}).encode()
        function = self.outputs["AnswerFunction"]
        got: dict[str, Any] = json.load(
            self.region.client("lambda").invoke(FunctionName=function, Payload=payload)["Payload"]
        )
        return got

    def part(self, name: str) -> dict[str, Any]:
        """A part of the run's record."""
        key = {"run": {"S": self.name}, "part": {"S": name}}
        item = self.region.client("dynamodb").get_item(TableName=self.outputs["RunsTable"], Key=key).get("Item", {})
        return {key: json.loads(value["S"]) for key, value in item.items() if key not in ("run", "part", "expires")}

    def stop(self) -> None:
        self.client.stop_execution(executionArn=self.arn, error="Operator", cause="a wrong button")


def _shown(event: Mapping[str, Any]) -> str:
    details: Mapping[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    told = {key: str(details[key])[:300] for key in ("name", "error", "cause") if key in details}
    return f"{event['type']} {told or ''}".strip()
