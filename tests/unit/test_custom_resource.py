"""CloudFormation gets an answer in every case."""

import json
import traceback
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
        self.refuses = 0
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert len(body) < 4096
        self.server.refuses -= 1
        if self.server.refuses >= 0:
            self.send_response(503)
        else:
            self.server.answers.append(json.loads(body))
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


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_coming_and_changing_may_have_work_too_which_may_fail(cloudformation: CloudFormation, kind: str) -> None:
    done: list[str] = []
    answer(event(kind, cloudformation), Context(), fail, lambda: done.append("it"))  # type: ignore[arg-type]
    with pytest.raises(PermissionError):
        answer(event(kind, cloudformation), Context(), fail, fail)  # type: ignore[arg-type]
    assert done == ["it"]
    assert [each["Status"] for each in cloudformation.answers] == ["SUCCESS", "FAILED"]


def test_a_reason_is_counted_in_bytes_as_it_is_sent(cloudformation: CloudFormation) -> None:
    def fail_in_greek() -> None:
        raise ValueError("\N{GREEK SMALL LETTER ALPHA}" * 5000)

    with pytest.raises(ValueError, match="\N{GREEK SMALL LETTER ALPHA}"):
        answer(event("Delete", cloudformation), Context(), fail_in_greek)  # type: ignore[arg-type]
    assert "\N{GREEK SMALL LETTER ALPHA}" * 400 in cloudformation.answers[0]["Reason"]


def test_an_answer_that_is_not_taken_is_sent_again(cloudformation: CloudFormation) -> None:
    cloudformation.refuses, pauses = 2, list[float]()
    answer(event("Delete", cloudformation), Context(), lambda: None, pause=pauses.append)  # type: ignore[arg-type]
    assert (len(cloudformation.answers), pauses) == (1, [1.0, 2.0])


def test_the_address_stands_in_no_error_and_so_in_no_log(cloudformation: CloudFormation) -> None:
    """Whoever has it may answer in the function's place."""
    cloudformation.refuses = 100
    given = event("Delete", cloudformation)
    with pytest.raises(ConnectionError) as caught:
        answer(given, Context(), lambda: None, pause=lambda _: None)  # type: ignore[arg-type]
    shown = "".join(traceback.format_exception(caught.value))
    assert "CloudFormation takes no answer: Service Unavailable" in shown
    assert given["ResponseURL"] not in shown
    assert cloudformation.answers == []
