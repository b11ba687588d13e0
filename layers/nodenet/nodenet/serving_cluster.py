"""The API server of the stack's cluster, for the functions that ask it. Apart from what serves the others, which need
not wait for its client to be imported."""

from functools import cache

from nodenet.aws import clients
from nodenet.aws.eks_token import regional_sts
from nodenet.connecting import connect
from nodenet.kubernetes.connection import Connection
from nodenet.settings import migration_settings


@cache
def cluster() -> Connection:
    """One connection for the life of the execution environment."""
    return connect(migration_settings().cluster, clients.eks(), regional_sts(clients.eks().meta.region_name))
