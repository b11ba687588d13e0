"""Runs as people see them from outside the stack: started, asked after, answered; with the caller's own permissions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from botocore.exceptions import ClientError

from nodenet.aws import clients
from nodenet.aws.errors import code_of, message_of, translated
from nodenet.errors import HeldError

_OUTPUTS: Final = ("MigrateStateMachine", "RollBackStateMachine", "AnswerFunction")


@dataclass(frozen=True, slots=True)
class Execution:
    """`status` of Step Functions; `error` and `cause` where it failed, `output` where it succeeded."""

    status: str
    error: str = ""
    cause: str = ""
    output: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RunsFromOutside:
    """ARNs of the stack's state machines and of its answer function. Raises the exceptions of nodenet.errors."""

    migrate: str
    roll_back: str
    function: str

    @classmethod
    def of_stack(cls, stack: str) -> Self:
        """By the outputs of a CloudFormation stack (template.yaml). HeldError where there is none, or it migrates
        nothing."""
        with translated():
            try:
                [found] = clients.cloudformation().describe_stacks(StackName=stack)["Stacks"]
            except ClientError as error:
                if code_of(error) == "ValidationError":
                    raise HeldError(f"{message_of(error)}: give the name of nodenet's stack with --stack") from error
                raise
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}
        if any(each not in outputs for each in _OUTPUTS):
            raise HeldError(f"stack {stack} migrates nothing: deploy it with MigrateAndDrain=true")
        return cls(*(outputs[each] for each in _OUTPUTS))

    def start(self, name: str, given: Mapping[str, Any]) -> None:
        """HeldError where there has been a run of that name with another input."""
        client = clients.stepfunctions()
        with translated():
            try:
                client.start_execution(stateMachineArn=self.migrate, name=name, input=json.dumps(given))
            except ClientError as error:
                if code_of(error) == "ExecutionAlreadyExists":
                    raise HeldError(f"there has been a run {name} before: give another --name") from error
                raise

    def execution(self, run: str) -> Execution:
        """The run's own; HeldError where there is none of that name."""
        arn = f"{self.migrate.replace(':stateMachine:', ':execution:', 1)}:{run}"
        with translated():
            try:
                found = clients.stepfunctions().describe_execution(executionArn=arn)
            except ClientError as error:
                if code_of(error) == "ExecutionDoesNotExist":
                    raise HeldError(f"there is no run {run}") from error
                raise
        output = found.get("output")
        return Execution(
            found["status"], found.get("error", ""), found.get("cause", ""), json.loads(output) if output else None
        )

    def ask(self, run: str, answer: str) -> dict[str, Any]:
        """What the answer function replies, see nodenet.migration.reply; HeldError with its words where it refuses."""
        given = {"run": run, "answer": answer}
        with translated():
            if answer not in ("status", "report"):
                given["by"] = clients.sts().get_caller_identity()["Arn"]
            answered = clients.functions().invoke(FunctionName=self.function, Payload=json.dumps(given))
        reply: dict[str, Any] = json.load(answered["Payload"])
        if "FunctionError" in answered:
            raise HeldError(reply.get("errorMessage", "the answer function failed"))
        return reply

    def undo(self, run: str) -> None:
        """Takes up the way back of a run anew; who comes second while it is under way stands down."""
        with translated():
            clients.stepfunctions().start_execution(stateMachineArn=self.roll_back, input=json.dumps({"run": run}))
