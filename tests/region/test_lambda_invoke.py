"""Invocations in the local region end as they do on AWS (Lambda developer guide and API reference, Invoke)."""

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local.region import Region
from tests.conftest import archive

Deploy = Callable[..., str]


def invoke(region: Region, name: str, event: Any = None) -> tuple[Any, str | None, str]:
    """Payload, X-Amz-Function-Error and the tail of the log."""
    answer = region.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    log = base64.b64decode(answer.get("LogResult", "")).decode()
    return json.loads(answer["Payload"].read()), answer.get("FunctionError"), log


def test_the_handler_gets_the_event_and_its_answer_and_log_come_back(fresh_region: Region, deploy: Deploy) -> None:
    deploy("echo", "def handler(event, context):\n    print('seen', event)\n    return {'got': event}")
    payload, error, log = invoke(fresh_region, "echo", {"name": "ü"})
    assert (payload, error) == ({"got": {"name": "ü"}}, None)
    assert "seen {'name': 'ü'}" in log


def test_an_environment_is_reused_and_keeps_its_globals(fresh_region: Region, deploy: Deploy) -> None:
    """Developer guide, "Understanding the Lambda execution environment lifecycle"."""
    deploy("count", "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)")
    assert [invoke(fresh_region, "count")[0] for _ in range(3)] == [1, 2, 3]


def test_a_new_configuration_starts_a_new_environment(fresh_region: Region, deploy: Deploy) -> None:
    deploy("colour", "import os\ndef handler(event, context):\n    return os.environ.get('COLOUR')")
    assert invoke(fresh_region, "colour")[0] is None
    fresh_region.client("lambda").update_function_configuration(
        FunctionName="colour", Environment={"Variables": {"COLOUR": "red"}}
    )
    assert invoke(fresh_region, "colour")[0] == "red"


def test_concurrent_invocations_each_have_an_environment(fresh_region: Region, deploy: Deploy) -> None:
    deploy("slow", "import os, time\ndef handler(event, context):\n    time.sleep(0.5)\n    return os.getpid()")
    with ThreadPoolExecutor(3) as threads:
        pids = list(threads.map(lambda _: invoke(fresh_region, "slow")[0], range(3)))
    assert len(set(pids)) == 3


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        ("class NotReady(Exception): pass\ndef handler(e, c): raise NotReady('wait')", "NotReady", "wait"),
        ("import absent\ndef handler(e, c): pass", "Runtime.ImportModuleError", "No module named 'absent'"),
        ("def other(e, c): pass", "Runtime.HandlerNotFound", "handler"),
        ("import sys\ndef handler(e, c): sys.exit(1)", "Runtime.ExitError", "exit status 1"),
        (
            "import os, signal\ndef handler(e, c): os.kill(os.getpid(), signal.SIGKILL)",
            "Runtime.ExitError",
            "signal: killed",
        ),
        ("import time\ndef handler(e, c): time.sleep(9)", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)
def test_errors_have_the_names_that_lambda_gives_them(
    fresh_region: Region, deploy: Deploy, source: str, error_type: str, message: str
) -> None:
    """Step Functions' Retry and Catch match these names (Step Functions developer guide, "Error names")."""
    deploy("broken", source, Timeout=1)
    payload, error, _ = invoke(fresh_region, "broken")
    assert error == "Unhandled"
    assert payload["errorType"] == error_type
    assert message in payload["errorMessage"]


def test_a_process_that_ended_between_invocations_is_replaced(fresh_region: Region, deploy: Deploy) -> None:
    source = """
        import os, threading

        def handler(event, context):
            if event == "leave":
                threading.Timer(0.2, os._exit, [0]).start()
            return os.getpid()
    """
    deploy("leaver", source)
    first = invoke(fresh_region, "leaver", "leave")[0]
    time.sleep(0.5)
    second, error, _ = invoke(fresh_region, "leaver")
    assert error is None
    assert second != first


def test_a_region_without_the_runtime_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_LAMBDA_RUNTIME", str(tmp_path))
    with Region() as region:
        region.client("lambda").create_function(
            FunctionName="any",
            Runtime="python3.13",
            Handler="app.handler",
            Role="arn:aws:iam::111122223333:role/tester",
            Code={"ZipFile": archive({"app.py": "def handler(event, context): pass"})},
        )
        payload, error, _ = invoke(region, "any")
    assert error == "Unhandled"
    assert f"uv pip install --target {tmp_path} -r requirements/runtime.txt" in payload["errorMessage"]


def test_an_invocation_after_a_time_out_finds_a_new_environment(fresh_region: Region, deploy: Deploy) -> None:
    deploy("nap", "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'awake'", Timeout=1)
    assert invoke(fresh_region, "nap", 5)[0]["errorType"] == "Sandbox.Timedout"
    assert invoke(fresh_region, "nap", 0)[0] == "awake"


def test_the_context_and_the_reserved_variables_are_there(fresh_region: Region, deploy: Deploy) -> None:
    """Developer guide, "Defined runtime environment variables" and "Lambda context object in Python"."""
    source = """
        import os

        def handler(event, context):
            return {
                "arn": context.invoked_function_arn,
                "left": context.get_remaining_time_in_millis(),
                "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
                "memory": os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
                "region": os.environ["AWS_REGION"],
                "root": os.environ["LAMBDA_TASK_ROOT"] == os.getcwd(),
                "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
            }
    """
    arn = deploy("about", source, MemorySize=256, Timeout=5)
    about = invoke(fresh_region, "about")[0]
    assert 0 < about.pop("left") <= 5000
    assert about == {
        "arn": arn,
        "name": "about",
        "memory": "256",
        "region": "eu-west-1",
        "root": True,
        "version": "$LATEST",
    }


def test_a_layer_is_importable_and_the_tests_own_packages_are_not(fresh_region: Region, deploy: Deploy) -> None:
    """Developer guide, "Layer paths for each Lambda runtime": `python/` of a layer is on the path."""
    layer = fresh_region.client("lambda").publish_layer_version(
        LayerName="shared", Content={"ZipFile": archive({"python/shared.py": "VALUE = 7"})}
    )
    source = """
        import importlib.util, shared

        def handler(event, context):
            return [shared.VALUE, *(bool(importlib.util.find_spec(name)) for name in ("moto", "boto3"))]
    """
    deploy("layered", source, Layers=[layer["LayerVersionArn"]])
    assert invoke(fresh_region, "layered")[0] == [7, False, True]


def test_calls_of_a_function_are_made_as_a_session_of_its_role(fresh_region: Region, deploy: Deploy) -> None:
    """The session is named after the function (IAM user guide, "Using IAM roles")."""
    source = "import boto3\ndef handler(e, c): return boto3.client('sts').get_caller_identity()['Arn']"
    deploy("who", source, Role="arn:aws:iam::111122223333:role/service/worker")
    expected = "arn:aws:sts::111122223333:assumed-role/worker/who"
    assert invoke(fresh_region, "who")[0] == expected
    (call,) = fresh_region.control.calls("sts", function="who")
    assert (call.caller, call.operation, call.status) == (expected, "GetCallerIdentity", 200)


def test_what_a_function_prints_is_in_its_log_group(fresh_region: Region, deploy: Deploy) -> None:
    deploy("talker", "def handler(event, context):\n    print('line one')\n    print('line two')")
    invoke(fresh_region, "talker")
    events = fresh_region.client("logs").filter_log_events(logGroupName="/aws/lambda/talker")["events"]
    text = "\n".join(event["message"] for event in events)
    assert "line one\nline two" in text
    assert "REPORT RequestId" in text


def test_reserved_concurrency_is_a_limit(fresh_region: Region, deploy: Deploy) -> None:
    """API reference, Invoke: TooManyRequestsException, status 429."""
    functions = fresh_region.client("lambda")
    deploy("one", "import time\ndef handler(event, context): time.sleep(1)")
    functions.put_function_concurrency(FunctionName="one", ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(invoke, fresh_region, "one")
        time.sleep(0.5)
        with pytest.raises(functions.exceptions.TooManyRequestsException):
            functions.invoke(FunctionName="one")
        assert first.result()[1] is None


def test_a_large_log_and_a_large_payload_pass(fresh_region: Region, deploy: Deploy) -> None:
    deploy("large", "def handler(event, context):\n    print('x' * 300_000)\n    return 'y' * 1_000_000")
    payload, error, log = invoke(fresh_region, "large")
    assert (len(payload), error) == (1_000_000, None)
    assert log.endswith("x" * 100 + "\n")
