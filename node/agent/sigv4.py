"""AWS Signature Version 4, for one request with a body that is at hand.

IAM User Guide, "AWS API request signatures" (reference_sigv-create-signed-request).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Keys:
    """An access key; `token` is set for temporary ones, and `expires` (UTC) where it is known."""

    access: str
    secret: str
    token: str = ""
    expires: datetime | None = None

    def __repr__(self) -> str:
        return f"Keys({self.access}, expires={self.expires})"


def signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, keys: Keys, scope: tuple[str, str], now: datetime
) -> dict[str, str]:
    """`headers` with what signs them: Host, X-Amz-Date, for temporary keys X-Amz-Security-Token, and Authorization.

    `scope` is the region and the service's signing name; `now` is UTC. The path of `url` is taken as it is: no service
    that is signed for here has anything to be quoted in it.
    """
    target = urlsplit(url)
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    all_headers = {**headers, "Host": target.netloc, "X-Amz-Date": moment}
    if keys.token:
        all_headers["X-Amz-Security-Token"] = keys.token
    lowered = {name.lower(): " ".join(value.split()) for name, value in all_headers.items()}
    names = ";".join(sorted(lowered))
    canonical = "\n".join(
        (
            method,
            target.path or "/",
            _query(target.query),
            *(f"{name}:{lowered[name]}" for name in sorted(lowered)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    place = "/".join((moment[:8], *scope, "aws4_request"))
    to_sign = "\n".join((_ALGORITHM, moment, place, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in place.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={keys.access}/{place}, SignedHeaders={names}, Signature={signature}"
    return {**all_headers, "Authorization": f"{_ALGORITHM} {credential}"}


def _query(text: str) -> str:
    pairs = ((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in parse_qsl(text, True))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))
