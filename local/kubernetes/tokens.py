"""Who shows a token: what EKS's authenticator asks of it, and of STS.

Source: aws-iam-authenticator, pkg/token/token.go (Verify). Here the URL must be of the region's own STS; EKS takes
those of its partition, by HTTPS only.
"""

import binascii
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from urllib.parse import SplitResult, parse_qs, urlsplit
from xml.etree import ElementTree

from local.kubernetes import signatures
from local.kubernetes.statuses import Refused, unauthorized

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LIFETIME = 15 * 60
"""Seconds for which a token is taken, whatever its X-Amz-Expires."""

_LONGEST = 4096
_PARAMETERS = frozenset(
    {
        "action",
        "version",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    }
)


def caller(token: str, cluster: str, endpoint: str) -> str:
    """The ARN of the token's maker, by the word of the STS at `endpoint`; Refused (401) for any other token."""
    url = _url(token)
    expected = urlsplit(endpoint)
    if (url.scheme, url.netloc, url.path) != (expected.scheme, expected.netloc, "/"):
        raise unauthorized()
    values = {key.lower(): given for key, given in parse_qs(url.query, keep_blank_values=True).items()}
    if not values.keys() <= _PARAMETERS or any(len(given) > 1 for given in values.values()):
        raise unauthorized()
    query = {key: given[0] for key, given in values.items()}
    if query.get("action") != "GetCallerIdentity" or CLUSTER_HEADER not in _signed(query):
        raise unauthorized()
    if not _whole(query.get("x-amz-expires", ""), 900) or not _fresh(query.get("x-amz-date", "")):
        raise unauthorized()
    # The signature covers the header: it fits no other cluster's name.
    if not signatures.fits(url, {CLUSTER_HEADER: cluster}):
        raise unauthorized()
    return _asked(url.geturl(), cluster)


def access_key(token: str) -> str:
    """Whose key has signed a token that was taken; empty for one that is none."""
    try:
        credential = parse_qs(_url(token).query).get("X-Amz-Credential", [""])
    except Refused:
        return ""
    return credential[0].partition("/")[0]


def _url(token: str) -> SplitResult:
    if len(token) > _LONGEST or not token.startswith(PREFIX):
        raise unauthorized()
    body = token.removeprefix(PREFIX)
    try:
        if "=" in body:
            raise ValueError("padded")
        return urlsplit(urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode())
    except (binascii.Error, ValueError):
        raise unauthorized()


def _signed(query: dict[str, str]) -> list[str]:
    return query.get("x-amz-signedheaders", "").lower().split(";")


def _whole(text: str, most: int) -> bool:
    return text.isdigit() and int(text) <= most


def _fresh(date: str) -> bool:
    try:
        made = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return time.time() <= made.timestamp() + LIFETIME


def _asked(url: str, cluster: str) -> str:
    request = urllib.request.Request(url, headers={CLUSTER_HEADER: cluster})  # noqa: S310 - the region's own STS
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            tree = ElementTree.fromstring(answer.read())  # noqa: S314 - the region's own answer
    except (urllib.error.URLError, ElementTree.ParseError):
        raise unauthorized()
    arn = next((each.text for each in tree.iter() if each.tag.endswith("Arn")), None)
    if not arn:
        raise unauthorized()
    return arn
