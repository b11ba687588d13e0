"""`sam build && sam deploy` of an ordinary template works against the region, and what it deploys runs."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.region import Region

SAMPLE = Path(__file__).parent / "sample"
STACK = "sample"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Region, dict[str, str]]]:
    """A region of its own with the sample stack in it, and the stack's outputs."""
    project = tmp_path_factory.mktemp("sample") / "project"
    shutil.copytree(SAMPLE, project)
    with Region() as region:
        sam(region, project, "build")
        sam(region, project, "deploy", "--stack-name", STACK, "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
            "--no-confirm-changeset", "--no-progressbar")  # fmt: skip
        described = region.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        assert described["StackStatus"] == "CREATE_COMPLETE"
        yield region, {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def sam(region: Region, project: Path, *arguments: str) -> None:
    """Runs the SAM CLI that is installed beside this Python.

    `sam build` wants a Python 3.13 with pip on PATH; a virtual environment made by uv has none, its base has one.
    """
    bin_folder = str(Path(sys.executable).parent)
    base = str(Path(sys.base_prefix) / "bin")
    environment = {
        **os.environ,
        **region.environment(),
        "PATH": f"{base}:{bin_folder}:{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
    }
    done = subprocess.run(
        [f"{bin_folder}/sam", *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def eventually(condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "still not so"
        time.sleep(0.1)
    return found


def place(region: Region, **order: Any) -> None:
    region.client("events").put_events(
        Entries=[{"Source": "sample", "DetailType": "Order Placed", "Detail": json.dumps(order)}]
    )


def item(region: Region, outputs: dict[str, str], key: str) -> Any:
    got = region.client("dynamodb").get_item(TableName=outputs["TableName"], Key={"pk": {"S": key}})
    return got.get("Item")


# One process builds and deploys, not each of them.
pytestmark = pytest.mark.slow


def test_an_event_goes_by_rule_and_queue_to_the_function_and_its_layer(stack: tuple[Region, dict[str, str]]) -> None:
    region, outputs = stack
    place(region, id="first")
    found = eventually(lambda: item(region, outputs, "first"))
    assert found["text"] == {"S": "hello first"}


def test_a_batching_window_gathers_messages(stack: tuple[Region, dict[str, str]]) -> None:
    """Lambda developer guide, "Batching behavior": the window is one second in the sample."""
    region, outputs = stack
    for number in range(4):
        place(region, id=f"batch-{number}")
    assert eventually(lambda: item(region, outputs, "batch-3"))["batch"] == {"N": "4"}


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(stack: tuple[Region, dict[str, str]]) -> None:
    """maxReceiveCount is 2, the visibility time-out 60 s of simulated time; the good one of the batch is not redone."""
    region, outputs = stack
    sqs = region.client("sqs")
    region.control.speed = 60
    try:
        place(region, id="bad", bad=True)
        place(region, id="good")
        (message,) = eventually(
            lambda: sqs.receive_message(
                QueueUrl=outputs["DeadLettersUrl"], MessageSystemAttributeNames=["ApproximateReceiveCount"]
            ).get("Messages")
        )
    finally:
        region.control.speed = 1
    assert json.loads(message["Body"])["detail"]["id"] == "bad"
    assert item(region, outputs, "good")
    sqs.delete_message(QueueUrl=outputs["DeadLettersUrl"], ReceiptHandle=message["ReceiptHandle"])


def test_a_schedule_calls_its_function_in_simulated_time(stack: tuple[Region, dict[str, str]]) -> None:
    region, outputs = stack
    region.control.speed = 60
    try:
        eventually(
            lambda: any(
                row["pk"]["S"].startswith("sweep aws.events")
                for row in region.client("dynamodb").scan(TableName=outputs["TableName"])["Items"]
            )
        )
    finally:
        region.control.speed = 1


def test_an_asynchronous_invocation_is_retried_twice_and_then_sent_to_the_dead_letter_queue(
    stack: tuple[Region, dict[str, str]],
) -> None:
    """Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation"."""
    region, outputs = stack
    sqs = region.client("sqs")
    region.control.speed = 120
    try:
        region.client("lambda").invoke(
            FunctionName=outputs["SweeperName"], InvocationType="Event", Payload=json.dumps({"fail": True})
        )
        (message,) = eventually(
            lambda: sqs.receive_message(QueueUrl=outputs["DeadLettersUrl"], MessageAttributeNames=["All"]).get(
                "Messages"
            )
        )
    finally:
        region.control.speed = 1
    assert json.loads(message["Body"]) == {"fail": True}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "told to fail"
    logged = region.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{outputs['SweeperName']}")["events"]
    failures = [json.loads(event["message"]) for event in logged if "told to fail" in event["message"]]
    assert [failure["errorType"] for failure in failures] == ["ValueError"] * 3


def test_settings_of_the_template_have_arrived(stack: tuple[Region, dict[str, str]]) -> None:
    region, outputs = stack
    worker, table = outputs["WorkerName"], outputs["TableName"]
    functions, dynamodb = region.client("lambda"), region.client("dynamodb")
    (source,) = functions.list_event_source_mappings(FunctionName=worker)["EventSourceMappings"]
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    recovery = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    groups = region.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{worker}")["logGroups"]
    assert functions.get_function_concurrency(FunctionName=worker)["ReservedConcurrentExecutions"] == 5
    assert source["ScalingConfig"] == {"MaximumConcurrency": 3}
    assert source["MaximumBatchingWindowInSeconds"] == 1
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires")
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert [group["retentionInDays"] for group in groups] == [7]
    assert region.client("ssm").get_parameter(Name=outputs["ParameterName"])["Parameter"]["Value"] == "42"


def test_a_property_without_effect_is_reported(stack: tuple[Region, dict[str, str]]) -> None:
    ignored = {(one["resource"], one["property"]) for one in stack[0].control.ignored()}
    assert ("Table", "ContributorInsightsSpecification") in ignored
    assert ("Table", "TimeToLiveSpecification") not in ignored
    assert ("Worker", "ReservedConcurrentExecutions") not in ignored
