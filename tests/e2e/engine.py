"""What `sam local invoke` needs of this machine: a Docker engine and the image of the Lambda runtime."""

import contextlib
import platform
from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]

ARCHITECTURE: Final = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
# The name that SAM CLI gives the image (samcli.local.docker.lambda_image).
IMAGE: Final = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"


def missing() -> str:
    """Says what is missing to run a function in its image; empty where nothing is."""
    try:
        with contextlib.closing(docker.from_env()) as client:
            client.images.get(IMAGE)
    except ImageNotFound:
        return f"the image {IMAGE} is missing: docker pull {IMAGE}"
    except DockerException as error:
        return f"no Docker engine answers: {error}"
    return ""


@contextlib.contextmanager
def network() -> Iterator[tuple[str, str]]:
    """A container network that lasts as long as the block: its name, and this machine's address in it."""
    with contextlib.closing(docker.from_env()) as client:
        made = client.networks.create(f"nodenet-e2e-{uuid4().hex[:8]}")
        try:
            made.reload()
            yield made.name, made.attrs["IPAM"]["Config"][0]["Gateway"]
        finally:
            made.remove()
