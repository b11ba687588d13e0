"""Tokens for an EKS cluster's API server: a signed question to STS, "who am I?", that the server asks in our stead.

Form: aws-iam-authenticator, pkg/token/token.go. The cluster's name is signed with it as a header, so that a token fits
one cluster. `X-Amz-Expires` is 60 as in AWS's own clients, and means nothing: a token is taken for fifteen minutes.
"""

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

from nodenet.errors import HeldError

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

_PREFIX: Final = "k8s-aws-v1."
_HEADER: Final = "x-k8s-aws-id"
_EXPIRES: Final = 60
_SIGNING: Final = "before-sign.sts.GetCallerIdentity"


def regional_sts(region: str) -> "STSClient":
    """STS in the region, whatever the partition: never the global address, which an old setting can ask for."""
    core = Session()
    core.set_config_variable("sts_regional_endpoints", "regional")
    return boto3.Session(botocore_session=core, region_name=region).client("sts")


def token(cluster: str, sts: "STSClient") -> str:
    """A bearer token for the cluster, by the client's credentials. It makes no call; HeldError without credentials."""

    def name(request: Any, **_: Any) -> None:
        request.headers[_HEADER] = cluster

    sts.meta.events.register(_SIGNING, name)
    try:
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=_EXPIRES, HttpMethod="GET")
    except NoCredentialsError as error:
        raise HeldError(str(error)) from error
    finally:
        sts.meta.events.unregister(_SIGNING, name)
    return _PREFIX + urlsafe_b64encode(url.encode()).decode().rstrip("=")
