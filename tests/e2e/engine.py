"""What `sam local invoke` needs of this machine: a container engine and the image of the Lambda runtime."""

import contextlib
import gc
import platform
import warnings
from collections.abc import Iterator
from typing import Final
from uuid import uuid4

from docker.errors import ImageNotFound  # type: ignore[import-untyped]
from samcli.local.docker.exceptions import ContainerNotReachableException

# SAM CLI's own way to the engine: what it finds is found here, wherever the engine's socket is.
from samcli.local.docker.utils import get_validated_container_client

ARCHITECTURE: Final = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
# The name that SAM CLI gives the image (samcli.local.docker.lambda_image).
IMAGE: Final = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"


def missing() -> str:
    """Says what is missing to run a function in its image; empty where nothing is."""
    try:
        with contextlib.closing(get_validated_container_client()) as client:
            client.images.get(IMAGE)
    except ContainerNotReachableException:
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()  # docker leaves the socket of a failed connection open until here
        return "no container engine answers this user: start Docker, or set DOCKER_HOST"
    except ImageNotFound:
        return f"the image of the Lambda runtime is missing: docker pull {IMAGE}"
    return ""


@contextlib.contextmanager
def network() -> Iterator[tuple[str, str]]:
    """A container network that lasts as long as the block: its name, and this machine's address in it."""
    with contextlib.closing(get_validated_container_client()) as client:
        made = client.networks.create(f"nodenet-e2e-{uuid4().hex[:8]}")
        try:
            made.reload()
            yield made.name, made.attrs["IPAM"]["Config"][0]["Gateway"]
        finally:
            made.remove()
