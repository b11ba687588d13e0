"""The errors that the Auto Scaling API answers with; their codes are those of its service model."""

from moto.autoscaling.exceptions import AutoscalingClientError, ResourceContentionError, ValidationError

__all__ = [
    "ActiveInstanceRefreshNotFoundError",
    "AlreadyExistsError",
    "InstanceRefreshInProgressError",
    "InvalidNextTokenError",
    "LimitExceededError",
    "ResourceContentionError",
    "ResourceInUseError",
    "ScalingActivityInProgressError",
    "ValidationError",
]


class AlreadyExistsError(AutoscalingClientError):
    code = "AlreadyExists"


class LimitExceededError(AutoscalingClientError):
    code = "LimitExceeded"


class ResourceInUseError(AutoscalingClientError):
    code = "ResourceInUse"


class ScalingActivityInProgressError(AutoscalingClientError):
    code = "ScalingActivityInProgress"


class InvalidNextTokenError(AutoscalingClientError):
    code = "InvalidNextToken"


class InstanceRefreshInProgressError(AutoscalingClientError):
    code = "InstanceRefreshInProgress"


class ActiveInstanceRefreshNotFoundError(AutoscalingClientError):
    code = "ActiveInstanceRefreshNotFound"
