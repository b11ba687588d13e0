"""AWS keys for this process: from the environment, IRSA, EKS Pod Identity, or the instance's role.

The sources and their order are the SDKs' own (AWS SDKs and Tools Reference Guide, "Standardized credential providers"),
so that a pod gets from here the identity that any other program in it would get.
"""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from .aws_calls import AwsRefused, AwsUnreachable, ask, endpoint
from .imds import ImdsUnavailable
from .sigv4 import Keys

_log = logging.getLogger(__name__)
_MARGIN = timedelta(minutes=5)
# AWS SDKs and Tools Reference Guide, "Container credential provider": the hosts that plain HTTP may be spoken to.
_CONTAINER_HOSTS = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost")


class NoCredentials(Exception):
    """No source has keys; the text says which one was asked, and why it has none."""


class Credentials:
    """Keys from the first source that the environment names, else of the instance's role; renewed in good time.

    `metadata` reads a category of the instance metadata, like `iam/security-credentials/`; None where it is not there.
    """

    def __init__(self, environment: Mapping[str, str], region: str, metadata: Callable[[str], str | None]) -> None:
        self._environment = environment
        self._region = region
        self._metadata = metadata
        self._keys: Keys | None = None

    def keys(self) -> Keys:
        """Keys that are good for some minutes more; NoCredentials."""
        known, now = self._keys, datetime.now(timezone.utc)
        if known and (known.expires is None or now + _MARGIN < known.expires):
            return known
        try:
            self._keys = self._fetch()
        except (AwsRefused, AwsUnreachable, ImdsUnavailable, OSError, KeyError, ValueError) as error:
            if known and known.expires and now < known.expires:
                _log.warning("credentials not renewed, those at hand hold until %s: %s", known.expires, error)
                return known
            raise NoCredentials(f"no AWS credentials from {self._source}: {error!r}")
        return self._keys

    def forget(self) -> None:
        """The keys are fetched anew: AWS has said that they are no longer good."""
        self._keys = None

    @property
    def _source(self) -> str:
        environment = self._environment
        if environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_SECRET_ACCESS_KEY"):
            return "the environment"
        if environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") and environment.get("AWS_ROLE_ARN"):
            return "STS with the service account's token (IRSA)"
        if environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            return "AWS_CONTAINER_CREDENTIALS_FULL_URI (EKS Pod Identity)"
        return "the instance's role"

    def _fetch(self) -> Keys:
        source = self._source
        if source == "the environment":
            environment = self._environment
            token = environment.get("AWS_SESSION_TOKEN", "")
            return Keys(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], token)
        if source.startswith("STS"):
            return self._of_web_identity()
        return self._of_container() if source.startswith("AWS_CONTAINER") else self._of_instance()

    def _of_web_identity(self) -> Keys:
        """AWS STS API Reference, AssumeRoleWithWebIdentity: the call is not signed."""
        environment = self._environment
        asked = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": environment["AWS_ROLE_ARN"],
            "RoleSessionName": environment.get("AWS_ROLE_SESSION_NAME") or _session_name(),
            "WebIdentityToken": Path(environment["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text().strip(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = ask(endpoint("sts", self._region, environment), headers, urlencode(asked).encode()).decode()
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        found = {name: re.search(f"<{name}>([^<]+)</{name}>", answer) for name in names}
        access, secret, token, expires = (match.group(1) if match else "" for match in found.values())
        if not (access and secret and token and expires):
            raise ValueError("STS answered without credentials")
        return Keys(access, secret, token, _moment(expires))

    def _of_container(self) -> Keys:
        """AWS SDKs and Tools Reference Guide, "Container credential provider"; the token's file goes before the token,
        and is read each time since the kubelet rotates it."""
        environment = self._environment
        url = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        if not _trusted(url):
            raise ValueError(f"{url}: neither https nor an address of the machine itself")
        token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
            token = Path(environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read_text().strip()
        headers = {"Accept": "application/json", **({"Authorization": token} if token else {})}
        return _of_json(ask(url, headers, direct=True))

    def _of_instance(self) -> Keys:
        """Amazon EC2 User Guide, "Retrieve security credentials from instance metadata"."""
        role = (self._metadata("iam/security-credentials/") or "").strip()
        found = self._metadata(f"iam/security-credentials/{role}") if role else None
        if not found:
            raise ValueError("it has none")
        return _of_json(found)


def _of_json(text: str | bytes) -> Keys:
    answer: dict[str, Any] = json.loads(text)
    if "AccessKeyId" not in answer:
        raise ValueError(
            f"{answer.get('Code') or answer.get('code')}: {answer.get('Message') or answer.get('message')}"
        )
    return Keys(answer["AccessKeyId"], answer["SecretAccessKey"], answer["Token"], _moment(answer["Expiration"]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _session_name() -> str:
    """Of at most 64 characters of [\\w+=,.@-] (AWS STS API Reference)."""
    return re.sub(r"[^\w+=,.@-]", "-", f"nodenet-agent-{socket.gethostname()}", flags=re.ASCII)[:64]


def _trusted(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname in _CONTAINER_HOSTS:
        return parts.scheme in ("http", "https")
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
