"""Whether a presigned URL was signed with these headers: STS does not look while identity is not enforced.

Source: "Create a signed AWS API request", IAM user guide.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, quote

from local.plane import private
from local.plane.settings import KEYS


def fits(url: SplitResult, headers: Mapping[str, str]) -> bool:
    """Whether the signature in the URL is that of a GET with these headers (lower-case names, `host` left out).

    The secret is that of the account's root or of a session; of other keys STS has the only word.
    """
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    signature, credential = query.pop("X-Amz-Signature", ""), query.get("X-Amz-Credential", "")
    key, *scope = credential.split("/")
    if not (secret := _secret(key)):
        return True
    names = query.get("X-Amz-SignedHeaders", "").split(";")
    known = {"host": url.netloc, **headers}
    if not all(name in known for name in names) or len(scope) != 4:
        return False
    canonical = "\n".join(
        [
            "GET",
            url.path,
            "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query)),
            *(f"{name}:{known[name].strip()}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(b"").hexdigest(),
        ]
    )
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            query.get("X-Amz-Date", ""),
            "/".join(scope),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    made = f"AWS4{secret}".encode()
    for part in (*scope, text):
        made = hmac.new(made, part.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(made.hex(), signature)


def _secret(key: str) -> str | None:
    if key == KEYS["AWS_ACCESS_KEY_ID"]:
        return KEYS["AWS_SECRET_ACCESS_KEY"]
    session = private.get("services.sts._sessions").get(key) or {}
    return session.get("SecretAccessKey")


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
