"""One call to AWS: where a service answers, and what it answered."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping

_TIMEOUT_SECONDS = 10.0
# botocore's data/partitions.json: the regions' beginnings by which a partition is told, and its domain.
_DOMAINS = (
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eusc-", "amazonaws.eu"),
    ("", "amazonaws.com"),
)


class AwsRefused(Exception):
    """An answer with an error: HTTP's `status` and AWS's `code`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code or 'HTTP'} ({status}): {message}")
        self.status = status
        self.code = code


class AwsUnreachable(Exception):
    """No answer, or half of one."""


def endpoint(service: str, region: str, environment: Mapping[str, str]) -> str:
    """The URL of a service in a region, of any partition; AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL go before
    (AWS SDKs and Tools Reference Guide, "Service-specific endpoints")."""
    own = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get("AWS_ENDPOINT_URL")
    if own:
        return own.rstrip("/") + "/"
    domain = next(domain for beginning, domain in _DOMAINS if region.startswith(beginning))
    return f"https://{service}.{region}.{domain}/"


def ask(url: str, headers: Mapping[str, str], body: bytes | None = None, direct: bool = False) -> bytes:
    """The body of the answer to a POST, or without `body` to a GET; AwsRefused, AwsUnreachable.

    Proxies of the environment are used (HTTPS_PROXY, NO_PROXY) unless `direct`: the endpoints on the machine itself
    are behind none.
    """
    request = urllib.request.Request(url, body, dict(headers))
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if direct else []))
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
            answer: bytes = response.read()
            return answer
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error.code, error.read())
    except (OSError, http.client.HTTPException) as error:
        raise AwsUnreachable(f"{request.host}: {error}")


def _refusal(status: int, body: bytes) -> AwsRefused:
    """Of the JSON protocol (`__type`, its name after a `#`) or the query protocol (an XML <Error>)."""
    text = body.decode(errors="replace")
    try:
        answer = json.loads(text)
        kind = str(answer.get("__type") or answer.get("code") or "")
        return AwsRefused(status, kind.rpartition("#")[2], str(answer.get("message") or answer.get("Message") or ""))
    except (ValueError, AttributeError):
        code, message = (re.search(f"<{name}>([^<]*)</{name}>", text) for name in ("Code", "Message"))
        return AwsRefused(status, code.group(1) if code else "", message.group(1) if message else text[:200])
