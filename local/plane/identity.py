"""Who made a call, and what IAM knows of our own models' resources."""

from collections.abc import Mapping
from typing import Any

from local.lambdas.pool import Pool
from local.plane import private
from local.plane.calls import Caller
from local.world import ACCOUNT


def register_function_session(access_key: str, role: str, session_name: str) -> dict[str, str]:
    """Makes a session of a function's role and returns the variables with its credentials.

    The session is named after the function, as Lambda does it (IAM user guide, "AWS Lambda and role sessions"), and
    has a key of its own for each environment, so that a call tells which process made it.
    """
    secret, token = f"secret-{access_key}", f"token-{access_key}"
    role_name = role.rpartition("/")[2]
    account = role.split(":")[4] if role.count(":") >= 5 else ACCOUNT
    private.get("services.sts.register_session")(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name[:64]}",
            "UserId": f"{role_name}:{session_name[:64]}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


class Identity:
    """Finds the caller behind an access key."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def caller(self, access_key: str) -> Caller:
        """The caller by its access key: a role's session, or the account's root."""
        session: Mapping[str, Any] = private.get("services.sts._sessions").get(access_key) or {}
        arn = str(session.get("Arn") or f"arn:aws:iam::{ACCOUNT}:root")
        return Caller(arn, self._pool.function_of(access_key))


def set_enforcement(on: bool) -> None:
    """Switches ministack's IAM evaluation of every call by a role or user (the root keys may do everything)."""
    private.replace("app.AUTH", lambda _: on)


def enforced() -> bool:
    return bool(private.get("app.AUTH"))
