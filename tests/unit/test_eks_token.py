"""Tokens for API servers. Form: aws-iam-authenticator, pkg/token/token.go; host names: botocore's endpoints."""

import base64
from urllib.parse import SplitResult, parse_qs, urlsplit

import pytest

from nodenet.aws.eks_token import regional_sts, token


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def url_in(text: str) -> SplitResult:
    prefix, _, body = text.partition(".")
    assert prefix == "k8s-aws-v1"
    assert "=" not in body
    return urlsplit(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode())


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "sts.eu-west-1.amazonaws.com"),
        ("us-east-1", "sts.us-east-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_the_question_is_for_the_regions_sts_in_every_partition(
    monkeypatch: pytest.MonkeyPatch, region: str, host: str
) -> None:
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    url = url_in(token("prod", regional_sts(region)))
    assert (url.scheme, url.netloc, url.path) == ("https", host, "/")


def test_the_clusters_name_is_signed_and_the_session_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    query = parse_qs(url_in(token("prod", regional_sts("eu-west-1"))).query)
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    assert (query["X-Amz-Expires"], query["X-Amz-Security-Token"]) == (["60"], ["session"])


def test_one_client_makes_tokens_for_several_clusters() -> None:
    sts = regional_sts("eu-west-1")
    made = [parse_qs(url_in(token(name, sts)).query)["X-Amz-Signature"] for name in ("prod", "test", "prod")]
    assert made[0] != made[1]
    # A presigned request of the client's own names no cluster.
    own = urlsplit(sts.generate_presigned_url("get_caller_identity"))
    assert parse_qs(own.query)["X-Amz-SignedHeaders"] == ["host"]
