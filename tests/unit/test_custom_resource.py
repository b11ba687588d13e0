"""CloudFormation gets an answer in every case."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from nodenet.custom_resource import answer


@dataclass
class Context:
    log_stream_name: str = "2026/11/20/[$LATEST]abc"


class CloudFormation(HTTPServer):
    """What stands at the address that answers go to."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.types: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        self.server.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.types.append(self.headers["Content-Type"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    server = CloudFormation()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server
    server.shutdown()
    server.server_close()


def event(kind: str, server: CloudFormation) -> dict[str, str]:
    return {
        "RequestType": kind,
        "ResponseURL": f"http://127.0.0.1:{server.server_port}/",
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/nodenet/1",
        "RequestId": "r",
        "LogicalResourceId": "LifecycleHooks",
    }


def fail() -> None:
    raise PermissionError("not allowed " + "x" * 9000)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_coming_and_changing_do_nothing_and_are_answered(cloudformation: CloudFormation, kind: str) -> None:
    answer(event(kind, cloudformation), Context(), fail)  # type: ignore[arg-type]
    (said,) = cloudformation.answers
    assert said["Status"] == "SUCCESS"
    assert said["PhysicalResourceId"] == "LifecycleHooks"
    assert {"StackId", "RequestId", "LogicalResourceId"} <= said.keys()
    assert cloudformation.types == [""]


def test_going_does_its_work_first(cloudformation: CloudFormation) -> None:
    done: list[str] = []
    answer(event("Delete", cloudformation), Context(), lambda: done.append("it"))  # type: ignore[arg-type]
    assert done == ["it"]
    assert cloudformation.answers[0]["Status"] == "SUCCESS"


def test_fault_21_a_failure_is_answered_with_its_reason_in_the_size_that_cloudformation_takes(
    cloudformation: CloudFormation,
) -> None:
    with pytest.raises(PermissionError):
        answer(event("Delete", cloudformation), Context(), fail)  # type: ignore[arg-type]
    (said,) = cloudformation.answers
    assert said["Status"] == "FAILED"
    assert "PermissionError: not allowed" in said["Reason"]
    assert len(json.dumps(said)) < 4096
