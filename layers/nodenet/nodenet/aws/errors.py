"""AWS error codes by meaning. No code, and no exception of botocore's, is known outside this package.

A refusal that is not named here holds the node: missing permissions, quotas, wrong parameters, codes that are new. The
next node would meet it too, so a person must look.

Codes: "Error codes for the Amazon EC2 API" (EC2 API Reference), "Common Errors" of the Auto Scaling API Reference,
botocore's retry handler for what counts as throttling.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as ConnectionFailed

from nodenet.errors import (
    AccessDenied,
    AddressTaken,
    AlreadyThere,
    AttachmentGone,
    HeldError,
    IndexTaken,
    InterfaceGone,
    InterfaceInUse,
    NoBlockFree,
    NodeError,
    NodenetError,
    NotYet,
    Throttled,
    TokenSpent,
)

_MEANING: Final[Mapping[str, type[NodenetError]]] = {
    **dict.fromkeys(
        (
            "RequestLimitExceeded",
            "RequestThrottled",
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "TransactionInProgressException",
            "InternalError",
            "InternalFailure",
            "ServiceUnavailable",
            "SlowDown",
            "Unavailable",
            "ResourceContention",
        ),
        Throttled,
    ),
    **dict.fromkeys(
        (
            "InvalidInstanceID.NotFound",
            "IncorrectInstanceState",
            "IncorrectState",
            # EKS is at work on it ("ResourceInUseException", EKS API Reference).
            "ResourceInUseException",
            # Auto Scaling is (UpdateAutoScalingGroup, Auto Scaling API Reference).
            "ScalingActivityInProgress",
        ),
        NotYet,
    ),
    **dict.fromkeys(
        ("InvalidNetworkInterfaceAttachmentID.NotFound", "InvalidAttachmentID.NotFound"),
        AttachmentGone,
    ),
    "InvalidNetworkInterfaceID.NotFound": InterfaceGone,
    "InvalidNetworkInterface.InUse": InterfaceInUse,
    "IdempotentParameterMismatch": TokenSpent,
    "InsufficientCidrBlocks": NoBlockFree,
    "InvalidIPAddress.InUse": AddressTaken,
    "RouteAlreadyExists": AlreadyThere,
    **dict.fromkeys(("UnauthorizedOperation", "AccessDenied", "AccessDeniedException"), AccessDenied),
    "InsufficientFreeAddressesInSubnet": NodeError,
    "PrivateIpAddressLimitExceeded": NodeError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raises the domain's exception in place of botocore's."""
    try:
        yield
    except ClientError as error:
        raise _by_meaning(error) from error
    except NoCredentialsError as error:
        raise HeldError(str(error)) from error
    except (HTTPClientError, ConnectionFailed) as error:
        raise Throttled(str(error)) from error


def code_of(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def message_of(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message", "")


def no_active_action(error: ClientError) -> bool:
    """Whether the lifecycle action was completed before, ran out of time, or went with its group.

    Auto Scaling has no codes of their own for it: ValidationError, "No active Lifecycle Action found with …" and
    "AutoScalingGroup name not found …".
    """
    gone = ("No active Lifecycle Action found", "AutoScalingGroup name not found")
    return code_of(error) == "ValidationError" and any(each in message_of(error) for each in gone)


def group_gone(error: ClientError) -> bool:
    """Whether there is no such Auto Scaling group, or none that has the instance.

    Auto Scaling has no codes of their own for it: ValidationError, "AutoScalingGroup name not found …", "Group … not
    found", "Instance Id not found - No managed instance found …" and "The instance … is not part of Auto Scaling group
    …".
    """
    gone = ("not found", "is not part of Auto Scaling group")
    return code_of(error) == "ValidationError" and any(each in message_of(error) for each in gone)


def _by_meaning(error: ClientError) -> NodenetError:
    code, message = code_of(error), message_of(error)
    # EC2 adds a long text to a denial that only sts:DecodeAuthorizationMessage can read, and that differs each time.
    text = f"{error.operation_name}: {code}: {message.partition(' Encoded authorization failure message')[0]}"
    # EC2 has one code for many mistakes: what it says is the only difference.
    if code == "InvalidParameterValue":
        if "already has an interface attached at device index" in message:
            return IndexTaken(text)
        if "currently in use" in message:
            return InterfaceInUse(text)
        # A subnet at its capacity, where one that is only fragmented has a code (VPC CNI, issue 3105).
        if "sufficient free Ipv4 addresses or prefixes" in message:
            return NoBlockFree(text)
        # Of subnet CIDR reservations (terraform-provider-aws, issue 45304).
        if "has overlap with existing reserved CIDR block" in message:
            return AlreadyThere(text)
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return Throttled(text)
    return _MEANING.get(code, HeldError)(text)
