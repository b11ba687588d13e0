"""Where keys come from. AWS SDKs and Tools Reference Guide, "Standardized credential providers" and its pages."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from local.region import Region
from node.agent.credentials import Credentials, NoCredentials
from node.agent.imds import ImdsUnavailable
from tests.node_daemon.web import web

ENVIRONMENT_KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}


def nothing(category: str) -> str | None:
    raise ImdsUnavailable(category)


def answer(access: str = "ASIA1", minutes: float = 60) -> str:
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    keys = {"AccessKeyId": access, "SecretAccessKey": "s", "Token": "t"}
    return json.dumps({**keys, "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ")})


def test_keys_of_the_environment_go_before_all_others(tmp_path: Path) -> None:
    pod_identity = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/"}
    irsa = {"AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "none")}
    keys = Credentials({**pod_identity, **irsa, **ENVIRONMENT_KEYS}, "eu-west-1", nothing).keys()
    assert (keys.access, keys.token, keys.expires) == ("AKIAENV", "", None)


def test_pod_identity_is_asked_with_the_token_of_its_file_read_each_time(tmp_path: Path) -> None:
    """Container credential provider: the Authorization header is the token as it is; the kubelet rotates the file."""
    file = tmp_path / "token"
    file.write_text("first\n")
    with web(lambda *_: (200, answer(minutes=2))) as agent:
        environment = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file),
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this",
        }
        credentials = Credentials(environment, "eu-west-1", nothing)
        assert credentials.keys().token == "t"
        file.write_text("second")
        credentials.keys()
    assert [(path, headers["Authorization"]) for path, headers, _ in agent.asked] == [
        ("/v1/credentials", "first"),
        ("/v1/credentials", "second"),
    ]


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://metadata.example/", "ftp://localhost/", "http://[::2]/"])
def test_a_token_is_sent_to_no_stranger(url: str) -> None:
    """Container credential provider: HTTPS, a loopback address, or the addresses of ECS and EKS."""
    with pytest.raises(NoCredentials, match="neither https nor"):
        Credentials({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}, "eu-west-1", nothing).keys()


def test_a_service_accounts_token_is_changed_for_keys_by_the_regions_sts(region: Region, tmp_path: Path) -> None:
    """IRSA: AssumeRoleWithWebIdentity (AWS STS API Reference)."""
    file = tmp_path / "token"
    file.write_text("a.b.c\n")
    environment = {
        **region.environment(),
        "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/claimer",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
    }
    for name in ENVIRONMENT_KEYS:
        del environment[name]
    keys = Credentials(environment, "eu-west-1", nothing).keys()
    assert keys.expires is not None
    assert keys.expires > datetime.now(UTC) + timedelta(minutes=50)
    sts = region.client(
        "sts", aws_access_key_id=keys.access, aws_secret_access_key=keys.secret, aws_session_token=keys.token
    )
    assert ":assumed-role/claimer/nodenet-agent-" in sts.get_caller_identity()["Arn"]


def test_a_session_may_be_named_and_sts_be_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a.b.c")
    expires = "<Expiration>2999-01-01T00:00:00Z</Expiration>"
    keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T=</SessionToken>"
    with web(lambda *_: (200, f"<Credentials>{keys}{expires}</Credentials>")) as sts:
        environment = {
            "AWS_ROLE_ARN": "arn:aws-cn:iam::1:role/r",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
            "AWS_ROLE_SESSION_NAME": "me",
            "AWS_ENDPOINT_URL_STS": sts.url,
        }
        found = Credentials(environment, "cn-north-1", nothing).keys()
    assert (found.access, found.secret, found.token) == ("A", "S", "T=")
    _, headers, body = sts.asked[0]
    assert "Authorization" not in headers
    assert parse_qs(body.decode()) == {
        "Action": ["AssumeRoleWithWebIdentity"],
        "Version": ["2011-06-15"],
        "RoleArn": ["arn:aws-cn:iam::1:role/r"],
        "RoleSessionName": ["me"],
        "WebIdentityToken": ["a.b.c"],
    }


def test_else_the_instances_role_gives_them() -> None:
    """EC2 User Guide, "Retrieve security credentials from instance metadata"."""
    metadata = {"iam/security-credentials/": "node-role\n", "iam/security-credentials/node-role": answer("ASIANODE")}
    assert Credentials({}, "eu-west-1", metadata.get).keys().access == "ASIANODE"


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}.get, "the instance's role: .*has none"),
        (nothing, "the instance's role: ImdsUnavailable"),
        ({"iam/security-credentials/": "r", "iam/security-credentials/r": '{"Code": "Failed"}'}.get, "Failed"),
    ],
)
def test_without_any_the_source_that_was_asked_is_named(metadata: Any, words: str) -> None:
    with pytest.raises(NoCredentials, match=words):
        Credentials({}, "eu-west-1", metadata).keys()


def test_keys_are_kept_until_five_minutes_before_they_expire() -> None:
    answers = [answer("first", 5.5), answer("second", 4.9), answer("third", 60), answer("fourth")]
    metadata = {"iam/security-credentials/": "r"}

    def read(category: str) -> str | None:
        return metadata.get(category) or answers.pop(0)

    credentials = Credentials({}, "eu-west-1", read)
    assert [credentials.keys().access for _ in range(2)] == ["first", "first"]
    credentials.forget()
    assert [credentials.keys().access for _ in range(3)] == ["second", "third", "third"]


def test_keys_that_still_hold_outlive_a_source_that_is_away() -> None:
    answers = [answer("first", 4)]

    def read(category: str) -> str | None:
        if not answers:
            raise ImdsUnavailable("away")
        return "r" if category.endswith("/") else answers.pop()

    credentials = Credentials({}, "eu-west-1", read)
    assert [credentials.keys().access for _ in range(2)] == ["first", "first"]
