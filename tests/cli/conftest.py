"""The command as people run it, with no AWS account in sight."""

from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from nodenet.aws import clients
from nodenet_cli.main import nodenet
from tests.cli.newer_ec2 import NewerEc2

type Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither credentials nor a region, whatever the machine has."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    clients._client.cache_clear()


@pytest.fixture
def run() -> Run:
    """`run("max-pods", "m5.large")`: what it wrote, and its exit status. What nobody foresaw is raised."""

    def command(*arguments: str, stdin: str | None = None) -> Result:
        result = CliRunner(mix_stderr=False).invoke(nodenet, list(arguments), input=stdin, prog_name="nodenet")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


@pytest.fixture
def newer_ec2(no_account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Credentials, and an EC2 that knows m99.huge."""
    with ThreadingHTTPServer(("127.0.0.1", 0), NewerEc2) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
        yield
        server.shutdown()
