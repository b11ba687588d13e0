"""What all tests share: a local region for each pytest process, and the same one emptied for each test."""

import io
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.region import Region


@pytest.fixture(scope="session")
def region() -> Iterator[Region]:
    """A local region that lives as long as this pytest process; what one test leaves in it, the next one sees."""
    with Region() as started:
        yield started


@pytest.fixture
def fresh_region(region: Region) -> Region:
    """The region as it started: no resources, no faults, no calls in the log."""
    region.control.reset()
    return region


@pytest.fixture
def deploy(fresh_region: Region) -> Callable[..., str]:
    """Makes a Python function from the text of its module, and returns its ARN: `deploy("name", "def handler…")`.

    Further arguments go to CreateFunction.
    """

    def create(name: str, source: str, **settings: Any) -> str:
        settings = {"Role": "arn:aws:iam::111122223333:role/tester", "Timeout": 10, **settings}
        function = fresh_region.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Code={"ZipFile": archive({"app.py": source})},
            **settings,
        )
        return str(function["FunctionArn"])

    return create


def archive(files: dict[str, str]) -> bytes:
    """A zip archive with these files, as CreateFunction and PublishLayerVersion take it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as content:
        for name, text in files.items():
            content.writestr(name, textwrap.dedent(text))
    return out.getvalue()
