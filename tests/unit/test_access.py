"""Whose credentials and which region a command asks AWS with."""

from pathlib import Path

import boto3
import pytest

from nodenet.aws.access import access


@pytest.fixture(autouse=True)
def a_machine_with_a_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[audit]\naws_access_key_id = AKIAAUDIT\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def key() -> str:
    found = boto3.Session().get_credentials()
    assert found
    return found.access_key


def test_a_profile_prevails_over_keys_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with access("audit", None):
        assert key() == "AKIAAUDIT"
    assert key() == "AKIAENV"


def test_a_profile_prevails_over_the_role_of_a_service_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/pod")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")
    with access("audit", "eu-west-1"):
        assert key() == "AKIAAUDIT"


@pytest.mark.parametrize(
    ("named", "environment", "region"),
    [
        (None, {"AWS_REGION": "cn-north-1"}, "cn-north-1"),
        (None, {"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        (None, {"AWS_REGION": "cn-north-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "cn-north-1"),
        ("us-gov-west-1", {"AWS_REGION": "cn-north-1"}, "us-gov-west-1"),
    ],
)
def test_the_region_is_the_one_that_is_named_or_the_environments(
    monkeypatch: pytest.MonkeyPatch, named: str | None, environment: dict[str, str], region: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with access(None, named):
        assert boto3.Session().region_name == region
