"""What ministack and moto read from the environment, and how the region wants it."""

import os

from local.world import ACCOUNT, REGION


def prepare(port: int) -> None:
    """Sets the environment of this process for a region on `port`; call it before ministack or moto is imported."""
    os.environ.update(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        MINISTACK_REGION=REGION,
        MOTO_ACCOUNT_ID=ACCOUNT,
        MOTO_ALLOW_NONEXISTENT_REGION="true",
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",
        MOTO_IAM_LOAD_MANAGED_POLICIES="false",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        # Nothing of the region is ever run in a container.
        DOCKER_HOST="unix:///nonexistent",
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "ERROR"),
        AWS_ACCESS_KEY_ID=KEYS["AWS_ACCESS_KEY_ID"],
        AWS_SECRET_ACCESS_KEY=KEYS["AWS_SECRET_ACCESS_KEY"],
        AWS_DEFAULT_REGION=REGION,
    )
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "PERSIST_STATE", "SERVICES"):
        os.environ.pop(name, None)


# The account's own keys: ministack takes `test` for the root of the account and enforces nothing on it.
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def client_environment(endpoint: str) -> dict[str, str]:
    """The variables that make any AWS client talk to the region at `endpoint` (AWS SDKs reference guide)."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        **KEYS,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
