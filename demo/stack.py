"""Deploys the stack into a local region, as `sam deploy` does into an account."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local.region import Region

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "build" / "local" / "template.yaml"


class DeployError(RuntimeError):
    """`sam deploy` failed; the message is what it wrote."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its outputs, and the calls that people make to it by hand."""

    region: Region
    name: str
    cluster: str
    outputs: Mapping[str, str]

    @property
    def parameter(self) -> str:
        return self.outputs["ConfigurationParameter"]

    def configure(self, document: str) -> dict[str, Any]:
        """Puts the configuration, as a person would, and has the hooks installed at once; gives that answer."""
        self.region.client("ssm").put_parameter(
            Name=self.parameter, Value=document, Type="String", Overwrite=True, Tier="Standard"
        )
        return self.install_hooks()

    def install_hooks(self) -> dict[str, Any]:
        answer = self.region.client("lambda").invoke(FunctionName=self.outputs["HooksFunction"], Payload=b"{}")
        payload: dict[str, Any] = json.load(answer["Payload"])
        if answer.get("FunctionError"):
            raise DeployError(f"the hooks function failed: {payload}")
        return payload

    def record(self, instance_id: str) -> dict[str, Any]:
        """The node's record in the table, as plain values; empty if there is none."""
        item = (
            self.region.client("dynamodb")
            .get_item(TableName=self.outputs["Table"], Key={"pk": {"S": f"node#{instance_id}"}})
            .get("Item", {})
        )
        return {key: TypeDeserializer().deserialize(value) for key, value in item.items()}

    def depth(self, queue_url: str) -> int:
        """How many messages a queue holds, waiting, delayed or in flight."""
        kinds = ("", "NotVisible", "Delayed")
        names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
        attributes = self.region.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
        return sum(int(value) for value in attributes["Attributes"].values())


def deploy(
    region: Region, name: str = "nodenet-demo", cluster: str = "demo", template: Path = BUILT, **parameters: str
) -> Stack:
    """Runs `sam deploy` on the built template, for this machine's processor. DeployError if it fails.

    `parameters` are further ones of the template.
    """
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    overrides = {"ClusterName": cluster, "Architecture": architecture, **parameters}
    command = [
        *("sam", "deploy", "--template-file", str(template), "--stack-name", name, "--no-confirm-changeset"),
        *(
            "--resolve-s3",
            "--capabilities",
            "CAPABILITY_IAM",
            "CAPABILITY_AUTO_EXPAND",
            "--no-fail-on-empty-changeset",
            "--config-env",
            "local",
        ),
        "--parameter-overrides",
        " ".join(f"{key}={value}" for key, value in overrides.items()),
    ]
    environment = {**_clean_environment(), **region.environment(), "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise DeployError("\n".join([done.stderr, *_why(region)]))
    described = region.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    return Stack(region, name, cluster, outputs)


def _why(region: Region) -> list[str]:
    """What failed first, of the stack and of those in it."""
    formation = region.client("cloudformation")
    stacks = [
        each["StackId"] for page in formation.get_paginator("describe_stacks").paginate() for each in page["Stacks"]
    ]
    events = [event for stack in stacks for event in formation.describe_stack_events(StackName=stack)["StackEvents"]]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return [f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}" for each in failed]


def _clean_environment() -> dict[str, str]:
    """This process's environment without what points to other accounts, and with this Python's tools first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"}
