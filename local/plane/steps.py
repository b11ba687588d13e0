"""Step Functions in the region: executions are ours, state machines, versions, aliases and activities ministack's."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session
import yaml
from botocore.config import Config

from local.plane import identity, private
from local.plane.answers import Answer
from local.steps.definition_fields import DefinitionError
from local.steps.definitions import check
from local.steps.execution import Execution, Machine
from local.steps.executions import Executions
from local.steps.operations import Operations
from local.steps.refusals import OperationError
from local.steps.service_calls import ServiceCalls
from local.steps.tokens import Tokens

# As long as a function may run, and some.
_READ_SECONDS = 1000


def install(endpoint: str) -> Executions:
    """Takes over what ministack's own engine did; `endpoint` is where Tasks call other services."""
    tokens = Tokens()
    executions = Executions(ServiceCalls(_Clients(endpoint).get, _offer_to_workers), tokens)
    operations = Operations(executions, tokens, _machine_of)
    _answer_operations(operations)
    _start_for_others(operations)
    _forget_with_ministack(executions)
    _end_with_the_machine(executions)
    _check_definitions()
    return executions


def read_definitions_of_stacks() -> None:
    """To be called when CloudFormation is first used: a template's definition may be YAML, an API's is JSON."""

    def make(original: Any) -> Any:
        def definition(props: Mapping[str, Any]) -> str:
            try:
                found = json.dumps(yaml.safe_load(original(props)), default=str)
                check(found)
            except (yaml.YAMLError, DefinitionError) as mistake:
                raise ValueError(f"Invalid State Machine Definition: '{mistake}'") from mistake
            return found

        return definition

    private.replace("services.cloudformation.provisioners._sfn_definition", make)


class _Clients:
    """A client for each service and role, with the credentials of a session of the role."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = botocore.session.Session()
        self._made: dict[tuple[str, str], Any] = {}
        # A session makes one client at a time.
        self._lock = threading.Lock()

    def get(self, service: str, execution: Execution) -> Any:
        role = execution.machine.role
        name = hashlib.sha256(role.encode()).hexdigest()[:32]
        # Each time anew: ministack forgets its sessions when it is reset.
        keys = identity.register_function_session(f"ASIA{name[:16].upper()}", role, name)
        with self._lock:
            client = self._made.get((service, role))
            if client is None:
                client = self._made[service, role] = self._session.create_client(
                    service,
                    region_name=execution.machine.region,
                    endpoint_url=self._endpoint,
                    aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                    aws_session_token=keys["AWS_SESSION_TOKEN"],
                    # Step Functions retries by the state's Retry only, as far as its documents say.
                    config=Config(
                        retries={"total_max_attempts": 1}, read_timeout=_READ_SECONDS, max_pool_connections=200
                    ),
                )
        return client


def _answer_operations(operations: Operations) -> None:
    """ministack's table of services: our operations first, its own for the rest."""
    table = private.get("app.SERVICE_HANDLERS")
    original = table["states"]

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation not in operations.table:
            return await original(method, path, headers, body, query)  # type: ignore[no-any-return]
        return _answer(operations, operation, json.loads(body or b"{}"))

    table["states"] = handle


def _answer(operations: Operations, operation: str, request: Mapping[str, Any]) -> Answer:
    try:
        return private.get("core.responses.json_response")(operations.answer(operation, request))  # type: ignore[no-any-return]
    except OperationError as refused:
        return private.get("core.responses.error_response_json")(refused.code, str(refused), 400)  # type: ignore[no-any-return]


def _start_for_others(operations: Operations) -> None:
    """Rules, schedules and pipes start executions by this name."""

    def start(data: dict[str, Any]) -> Answer:
        return _answer(operations, "StartExecution", data)

    private.replace("services.stepfunctions._start_execution", lambda _: start)


def _forget_with_ministack(executions: Executions) -> None:
    def make(original: Callable[[], None]) -> Callable[[], None]:
        def reset() -> None:
            executions.clear()
            original()

        return reset

    private.replace("services.stepfunctions.reset", make)


def _end_with_the_machine(executions: Executions) -> None:
    """DeleteStateMachine: what runs is terminated; a machine that is not there is deleted all the same."""

    def make(original: Any) -> Any:
        def delete(data: dict[str, Any]) -> Answer:
            arn = data.get("stateMachineArn")
            if arn in private.get("services.stepfunctions._state_machines"):
                original(data)
            for execution in list(executions.all.values()):
                if execution.machine.arn == arn:
                    executions.stop(execution, "", "")
            return private.get("core.responses.json_response")({})  # type: ignore[no-any-return]

        return delete

    private.replace("services.stepfunctions._delete_state_machine", make)


def _check_definitions() -> None:
    """CreateStateMachine, UpdateStateMachine: ministack looks at JSONata only."""

    def validate(definition: Any) -> str | None:
        try:
            check(definition if isinstance(definition, str) else "")
        except DefinitionError as mistake:
            return f"Invalid State Machine Definition: '{mistake}'"
        return None

    private.replace("services.stepfunctions._validate_definition_jsonata", lambda _: validate)


def _machine_of(arn: str) -> Machine | None:
    """The machine behind its own ARN, a version's or an alias's; a version has its own definition and role."""
    base = private.get("services.stepfunctions._resolve_state_machine_arn")(arn)
    if base is None:
        return None
    record = private.get("services.stepfunctions._state_machines")[base]
    version = private.get("services.stepfunctions._execution_version_arn")(arn)
    as_published = private.get("services.stepfunctions._state_machine_versions").get(version) or record
    return Machine(
        base,
        record["name"],
        as_published["roleArn"],
        json.loads(as_published["definition"]),
        record["type"],
        version,
        arn if arn not in (base, version) else None,
    )


def _offer_to_workers(activity: str, given: str, token: str) -> None:
    """Raises KeyError where there is no such activity."""
    private.get("services.stepfunctions._activity_tasks")[activity].append({"taskToken": token, "input": given})
