"""boto3 clients: one of each for the life of the execution environment."""

import logging
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient

_CONFIG: Final = Config(
    # Throttling and faults of AWS are retried with jitter here; a batch of ten nodes and their networks runs at once.
    # All attempts together end within the function's minute.
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=2,
    read_timeout=8,
    max_pool_connections=40,
)

# At DEBUG these write requests with their signatures and session tokens, at INFO where they found their settings.
for _library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.WARNING)


@cache
def _client(service: Any) -> Any:
    return boto3.client(service, config=_CONFIG)


def forget() -> None:
    """Makes new clients from now on: whoever asks is somebody else."""
    _client.cache_clear()


def prepare(*services: str) -> None:
    """Makes clients while the function is initialised, when Lambda lends it a whole processor."""
    for service in services:
        _client(service)


def ec2() -> "EC2Client":
    client: EC2Client = _client("ec2")
    return client


def autoscaling() -> "AutoScalingClient":
    client: AutoScalingClient = _client("autoscaling")
    return client


def dynamodb() -> "DynamoDBClient":
    client: DynamoDBClient = _client("dynamodb")
    return client


def sqs() -> "SQSClient":
    client: SQSClient = _client("sqs")
    return client


def ssm() -> "SSMClient":
    client: SSMClient = _client("ssm")
    return client


def eks() -> "EKSClient":
    client: EKSClient = _client("eks")
    return client


def events() -> "EventBridgeClient":
    client: EventBridgeClient = _client("events")
    return client


def iam() -> "IAMClient":
    client: IAMClient = _client("iam")
    return client


def stepfunctions() -> "SFNClient":
    client: SFNClient = _client("stepfunctions")
    return client


def elbv2() -> "ElasticLoadBalancingv2Client":
    client: ElasticLoadBalancingv2Client = _client("elbv2")
    return client


def s3() -> "S3Client":
    client: S3Client = _client("s3")
    return client


def service_quotas() -> "ServiceQuotasClient":
    client: ServiceQuotasClient = _client("service-quotas")
    return client


def cloudformation() -> "CloudFormationClient":
    client: CloudFormationClient = _client("cloudformation")
    return client


def functions() -> "LambdaClient":
    client: LambdaClient = _client("lambda")
    return client


def sts() -> "STSClient":
    client: STSClient = _client("sts")
    return client
