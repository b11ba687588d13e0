"""Whose eyes a command at a terminal looks at AWS with: a profile and a region, where Lambda brings its own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, NoRegionError

from nodenet.aws import clients
from nodenet.errors import HeldError

_PREVAILING: Final = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
)
"""They would prevail over a profile that only the environment names (botocore, create_credential_resolver)."""


@contextmanager
def access(profile: str | None, region: str | None) -> Iterator[None]:
    """Whatever is asked of AWS within is asked with this profile, in this region; None is what the environment says.
    It is said by environment variables, so that it holds for programs too which a kubeconfig calls.

    HeldError where there is no such profile, no region, or its credentials cannot be had.
    """
    changes: dict[str, str | None] = {}
    if profile:
        changes = {"AWS_PROFILE": profile, **dict.fromkeys(_PREVAILING)}
    # The AWS CLI and other SDKs read AWS_REGION; botocore reads AWS_DEFAULT_REGION only.
    if region := region or os.environ.get("AWS_REGION"):
        changes |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    with _environment(changes):
        boto3.DEFAULT_SESSION = None
        clients.forget()
        try:
            yield
        except NoRegionError as error:
            raise HeldError(f"{error} Give --region, or set AWS_REGION.") from error
        except BotoCoreError as error:
            raise HeldError(str(error)) from error


@contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
