"""AWS Signature Version 4 against AWS's published examples, and against botocore's signer."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from node.agent.sigv4 import Keys, signed

EXAMPLE = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "query", "headers", "body", "names", "signature"),
    [
        # AWS Signature Version 4 test suite: get-vanilla, post-vanilla, get-vanilla-query-order-key-case.
        ("GET", "", {}, b"", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "", {}, b"", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "?Param2=value2&Param1=value1",
            {},
            b"",
            "host;x-amz-date",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        # The same, post-x-www-form-urlencoded.
        (
            "POST",
            "",
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"Param1=value1",
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_it_signs_aws_published_examples(
    method: str, query: str, headers: dict[str, str], body: bytes, names: str, signature: str
) -> None:
    url = f"https://example.amazonaws.com/{query}"
    made = signed(method, url, headers, body, EXAMPLE, ("us-east-1", "service"), MOMENT)
    assert made["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    assert made["X-Amz-Date"] == "20150830T123600Z"


def test_it_signs_the_user_guides_example() -> None:
    """IAM User Guide, the ListUsers request that its pages on signing have been built on since 2012."""
    made = signed(
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        b"",
        EXAMPLE,
        ("us-east-1", "iam"),
        MOMENT,
    )
    assert made["Authorization"].endswith("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")


@given(
    body=st.binary(max_size=200),
    token=st.text("abcXYZ019+/=", max_size=40),
    secret=st.text("abcXYZ019+/", min_size=1, max_size=40),
    query=st.dictionaries(st.text("ab -_~%/é", min_size=1, max_size=5), st.text("ab -_~%/é", min_size=1, max_size=5)),
)
def test_it_signs_as_botocore_does(body: bytes, token: str, secret: str, query: dict[str, str]) -> None:
    request = AWSRequest(
        "POST",
        "https://events.eu-west-1.amazonaws.com/",
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.PutEvents"},
        data=body,
        params=query,
    )
    url = request.prepare().url
    headers = dict(request.headers)
    now = datetime(2026, 11, 20, 13, 0, 7, tzinfo=UTC)
    with patch("botocore.auth.get_current_datetime", return_value=now):
        SigV4Auth(Credentials("AKID", secret, token or None), "events", "eu-west-1").add_auth(request)
    made = signed("POST", url, headers, body, Keys("AKID", secret, token), ("eu-west-1", "events"), now)
    assert made["Authorization"] == request.headers["Authorization"]


def test_a_secret_is_not_in_what_is_printed_of_the_keys() -> None:
    assert EXAMPLE.secret not in repr(EXAMPLE)
    assert "token" not in repr(Keys("a", "b", "token"))
