"""What goes wrong between here and an API server, as the domain has it, and what to do about it."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import httpx2
from lightkube.core.exceptions import ConfigError
from msgspec import MsgspecError

from nodenet.errors import AccessDenied, HeldError, NodenetError, Throttled
from nodenet.kubernetes.statuses import Status, asked_to_wait, status_of

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
    except httpx2.HTTPStatusError as error:
        raise refusal(error.response) from error
    except httpx2.HTTPError as error:
        raise _unreachable(error) from error
    except MsgspecError as error:
        raise HeldError(f"what answers is no API server of Kubernetes: {error}") from error
    except (ConfigError, OSError) as error:  # of a kubeconfig: its files, the program that it calls
        raise HeldError(str(error)) from error


def unless_gone[T](ask: Callable[[], T]) -> T | None:
    """What `ask` gives; None where there is no such object, nor kind of objects (404). The domain's exceptions."""
    with translated():
        try:
            return ask()
        except httpx2.HTTPStatusError as error:
            if error.response.status_code == 404:
                return None
            raise


def refusal(response: httpx2.Response) -> NodenetError:
    """What an answer that is none means."""
    code, status = response.status_code, status_of(response) or Status(message=response.text.strip()[:200])
    if code == 401:
        return AccessDenied(_UNKNOWN)
    if code == 403:
        return AccessDenied(status.message or "forbidden")
    text = f"Kubernetes: {code} {status.reason or response.reason_phrase}: {status.message}"
    if code not in PASSING:
        return HeldError(text)
    seconds = asked_to_wait(response)
    return Throttled(f"{text}; ask again in {seconds:.0f} s" if seconds else text)


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
