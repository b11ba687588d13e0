"""How a function reaches the API server of an EKS cluster: by its role, which has an access entry there."""

from functools import cache
from typing import TYPE_CHECKING

from nodenet.aws.eks import Eks
from nodenet.aws.eks_token import token
from nodenet.kubernetes.connecting import with_renewed_token
from nodenet.kubernetes.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_sts import STSClient


@cache
def connect(cluster: str, eks_client: "EKSClient", sts: "STSClient") -> Connection:
    """Asks EKS where the cluster is, once for each execution environment, and keeps the connection; tokens are signed
    with the credentials of `sts` (nodenet.aws.eks_token.regional_sts) as they are needed.

    PlanningError where there is no such cluster, AccessDenied without eks:DescribeCluster, HeldError, Throttled.
    """
    _, endpoint = Eks(eks_client).cluster(cluster)
    return with_renewed_token(endpoint.url, endpoint.authority, lambda: token(cluster, sts))
