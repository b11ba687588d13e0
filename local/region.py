"""A local region for tests and programs: started in a process of its own, gone when it is closed."""

import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from local.plane.client import Control
from local.plane.settings import KEYS, client_environment
from local.world import REGION

_ROOT = Path(__file__).resolve().parents[1]


# A session reads a service's model once; its clients may be used by any thread, but are made by one at a time.
_making = threading.Lock()


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session(
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )


class RegionStartError(RuntimeError):
    """The region's process ended before it was ready; the message holds what it wrote."""


class Region:
    """An AWS region on 127.0.0.1 that runs until `close()`, or until this process ends.

    `port` 0 takes a free one; `speed` is how many simulated seconds pass in a real one.

        with Region(speed=10) as region:
            region.client("ec2").describe_vpcs()
            region.control.fail("ec2", "AttachNetworkInterface", code="IncorrectState")
    """

    def __init__(self, port: int = 0, speed: float = 1.0) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), environment.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603 - this project's own module
            [sys.executable, "-m", "local.plane.child", str(port), str(speed)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line.isdigit():
            self.close()
            raise RegionStartError(f"the local region did not start (exit status {self._process.returncode})")
        self.endpoint = f"http://127.0.0.1:{int(line)}"
        self.control = Control(self.endpoint)

    def environment(self) -> dict[str, str]:
        """The environment variables that point any AWS client to this region."""
        return client_environment(self.endpoint)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client for a service of this region, without retries unless `options` has another config."""
        defaults = {
            "endpoint_url": self.endpoint,
            # A test is to see every error once; in total_max_attempts the first call counts.
            "config": Config(retries={"total_max_attempts": 1}, read_timeout=120),
        }
        with _making:
            return _session().client(service, **{**defaults, **options})  # type: ignore[call-overload]

    def close(self) -> None:
        """Ends the region and everything in it."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
