"""What goes wrong between here and an API server, as the domain has it, and what to do about it."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx2
from lightkube import ApiError
from lightkube.core.exceptions import ConfigError
from msgspec import MsgspecError

from nodenet.errors import AccessDenied, HeldError, NodenetError, Throttled

PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""The server's own limits ("API Priority and Fairness"), and faults of what stands before it."""

_UNKNOWN: Final = (
    "the cluster does not know who asks (401): give this IAM principal an access entry (aws eks create-access-entry; "
    "aws-auth in clusters of the mode CONFIG_MAP), or see that the kubeconfig's credentials still hold"
)
_PRIVATE: Final = "a private endpoint is reached only from its VPC and networks connected to it, or by a proxy"


@contextmanager
def translated() -> Iterator[None]:
    """Raises the domain's exception in place of the client's."""
    try:
        yield
    except ApiError as error:
        raise _refused(error) from error
    except httpx2.HTTPStatusError as error:
        code = error.response.status_code
        raise (Throttled if code in PASSING else HeldError)(f"Kubernetes: {error}") from error
    except httpx2.HTTPError as error:
        raise _unreachable(error) from error
    except MsgspecError as error:
        raise HeldError(f"what answers is no API server of Kubernetes: {error}") from error
    except (ConfigError, OSError) as error:  # of a kubeconfig: its files, the program that it calls
        raise HeldError(str(error)) from error


def _refused(error: ApiError) -> NodenetError:
    status = error.status
    if status.code == 401:
        return AccessDenied(_UNKNOWN)
    if status.code == 403:
        return AccessDenied(status.message or "forbidden")
    text = f"Kubernetes: {status.code} {status.reason}: {status.message}"
    return (Throttled if status.code in PASSING else HeldError)(text)


def _unreachable(error: httpx2.HTTPError) -> NodenetError:
    host = error.request.url.host
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return HeldError(
                f"{host} does not prove to be the cluster's API server: {cause.verify_message}; see whether the "
                "certificate authority is this cluster's, and whether a proxy opens TLS on the way"
            )
        if isinstance(cause, socket.gaierror):
            return Throttled(f"the name of the cluster's API server, {host}, is not known here: {cause.strerror}")
    if isinstance(error, httpx2.ProxyError):
        return HeldError(f"the proxy on the way to {host} refuses: {error}; NO_PROXY can leave it out")
    said = str(error) or "no answer in time"
    return Throttled(f"the cluster's API server {host} cannot be reached: {said}; {_PRIVATE}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
