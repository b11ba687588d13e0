"""Reads a running cluster for the planner: AWS by the environment's credentials, Kubernetes by the same, or by a
kubeconfig."""

from pathlib import Path

from nodenet.aws import clients
from nodenet.aws.eks import Eks, Endpoint
from nodenet.aws.eks_token import regional_sts, token
from nodenet.aws.fleet_reading import FleetReading
from nodenet.capacity.snapshot import Snapshot, snapshot
from nodenet.errors import AccessDenied, PermissionsMissing
from nodenet.kubernetes.cluster_reading import ClusterReading
from nodenet.kubernetes.connection import Connection, with_token
from nodenet.kubernetes.kubeconfig import with_kubeconfig


def read_cluster(name: str, *, kubeconfig: Path | None = None, context: str | None = None) -> Snapshot:
    """The EKS cluster of this name in the environment's account and region, as it is now.

    `kubeconfig` and `context` (None: the current one) say how to reach its API server, where an EKS token is not to be
    used. PermissionsMissing, PlanningError, HeldError and Throttled, as `snapshot` and the adapters raise them.
    """
    eks = Eks(clients.eks())
    cloud = FleetReading(clients.ec2(), eks)
    cloud.count("eks:DescribeCluster")
    try:
        cluster, endpoint = eks.cluster(name)
    except AccessDenied as error:
        raise PermissionsMissing({"eks:DescribeCluster": str(error)}) from error
    with _connection(name, endpoint, eks.region, kubeconfig, context) as connection:
        return snapshot(cluster, cloud, ClusterReading(connection))


def _connection(name: str, endpoint: Endpoint, region: str, kubeconfig: Path | None, context: str | None) -> Connection:
    if kubeconfig:
        return with_kubeconfig(kubeconfig, context)
    return with_token(endpoint.url, endpoint.authority, token(name, regional_sts(region)))
