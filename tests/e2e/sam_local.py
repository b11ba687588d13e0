"""`sam local invoke` of the built stack, with the names and the endpoint of a stack that is deployed in a region."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_dump, yaml_parse

from demo.stack import Stack
from tests.e2e.engine import ARCHITECTURE

SECONDS = 120

CLAIMER = "arn:aws:iam::111122223333:role/claimer"
"""Without a role that may claim, the stack has no claim function."""


class InvocationError(AssertionError):
    """SAM CLI failed, or what the function answered is no JSON; the message holds all that both wrote."""


@dataclass(frozen=True)
class SamLocal:
    """Invokes functions of `stack`, each time in a new container: a cold start as Lambda does it."""

    stack: Stack
    template: Path
    variables: Path
    network: str
    endpoint: str

    def invoke(self, function: str, event: Path) -> Any:
        """The answer of a function, by its logical name, to the event in a file. InvocationError shows the log."""
        command = [
            *(str(Path(sys.executable).with_name("sam")), "local", "invoke", function, "--event", str(event)),
            *("--template", str(self.template), "--env-vars", str(self.variables)),
            *("--parameter-overrides", _parameters(self.stack.cluster)),
            *("--skip-pull-image", "--docker-network", self.network),
        ]
        environment = {**os.environ, **self.stack.region.environment(), "SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
        wrote = f"sam local invoke {function} --event {event}\n{done.stderr}\nanswer: {done.stdout}"
        # Captured by pytest, which shows it where the test fails later.
        sys.stdout.write(wrote)
        if done.returncode:
            raise InvocationError(wrote)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError as error:
            raise InvocationError(wrote) from error


def _parameters(cluster: str) -> str:
    return f"ClusterName={cluster} Architecture={ARCHITECTURE} ClaimerRoleArns={CLAIMER}"


def prepare(stack: Stack, built: Path, folder: Path, network: str, endpoint: str) -> SamLocal:
    """Writes into `folder` what the invocations need: a template, and the variables of the deployed functions.

    SAM CLI passes on only variables that the template declares ("Environment variable file", AWS SAM Developer Guide),
    and AWS_ENDPOINT_URL is not for a template that goes into accounts; hence a copy of the built one.
    """
    template = yaml_parse(built.read_text())
    declared = template["Globals"]["Function"]["Environment"]["Variables"]
    declared["AWS_ENDPOINT_URL"] = endpoint
    variables = {}
    for name, resource in template["Resources"].items():
        for where in ("CodeUri", "ContentUri"):
            if where in resource["Properties"]:
                resource["Properties"][where] = str((built.parent / resource["Properties"][where]).resolve())
        if resource["Type"] == "AWS::Serverless::Function":
            variables[name] = {**deployed_variables(stack, name), "AWS_ENDPOINT_URL": endpoint}
    written = SamLocal(stack, folder / "template.yaml", folder / "variables.json", network, endpoint)
    written.template.write_text(yaml_dump(template))
    written.variables.write_text(json.dumps(variables))
    return written


def deployed_variables(stack: Stack, function: str) -> Mapping[str, str]:
    """The environment variables of the deployed function with this logical name."""
    configuration = stack.region.client("lambda").get_function_configuration(FunctionName=stack.outputs[function])
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return variables
