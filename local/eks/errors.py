"""The errors of the EKS API, with the fields and in the words that it uses."""

from typing import Any

from moto.eks.exceptions import (
    EKSError,
    InvalidParameterException,
    InvalidRequestException,
    ResourceInUseException,
    ResourceNotFoundException,
)

__all__ = [
    "EKSError",
    "InvalidParameterException",
    "InvalidRequestException",
    "NotFoundException",
    "ResourceInUseException",
    "ResourceLimitExceededException",
    "ResourceNotFoundException",
    "in_use",
    "invalid",
    "limit_exceeded",
    "no_addon",
    "no_cluster",
    "no_nodegroup",
    "not_found",
    "refused",
]


class ResourceLimitExceededException(EKSError):
    """A service quota is reached."""

    TYPE = "ResourceLimitExceededException"
    STATUS = 400


class NotFoundException(EKSError):
    """Only the tagging calls answer with it."""

    TYPE = "NotFoundException"
    STATUS = 404


def not_found(message: str, **fields: Any) -> ResourceNotFoundException:
    names: dict[str, Any] = dict.fromkeys(("clusterName", "nodegroupName", "fargateProfileName", "addonName"))
    return ResourceNotFoundException(**names | fields, message=message)


def no_cluster(name: str) -> ResourceNotFoundException:
    return not_found(f"No cluster found for name: {name}.")


def no_nodegroup(cluster: str, name: str) -> ResourceNotFoundException:
    return not_found(f"No node group found for name: {name}.", clusterName=cluster, nodegroupName=name)


def no_addon(cluster: str, name: str) -> ResourceNotFoundException:
    return not_found(f"No addon: {name} found in cluster: {cluster}", clusterName=cluster, addonName=name)


def in_use(message: str, **fields: Any) -> ResourceInUseException:
    names: dict[str, Any] = dict.fromkeys(("clusterName", "nodegroupName", "addonName"))
    return ResourceInUseException(**names | fields, message=message)


def invalid(message: str, **fields: Any) -> InvalidParameterException:
    names: dict[str, Any] = dict.fromkeys(("clusterName", "nodegroupName", "fargateProfileName", "addonName"))
    return InvalidParameterException(**names | fields, message=message)


def refused(message: str, **fields: Any) -> InvalidRequestException:
    """The request is right, but not in this state."""
    return InvalidRequestException(**fields, message=message)


def limit_exceeded(message: str, **fields: Any) -> ResourceLimitExceededException:
    names: dict[str, Any] = dict.fromkeys(("clusterName", "nodegroupName"))
    return ResourceLimitExceededException(**names | fields, message=message)
