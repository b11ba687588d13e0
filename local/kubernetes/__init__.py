"""Kubernetes behind the region's EKS clusters: an API server for each, with TLS, tokens of IAM, and RBAC.

`server` HTTPS · `api` what is asked and answered · `store` objects · `paths` `selectors` `pages` `statuses` the API's
conventions · `tokens` who somebody is · `access` `rbac` what they may do · `certificates` the cluster's CA.
"""

from local.eks import cluster_calls
from local.kubernetes.servers import Servers
from local.plane.calls import CallLog
from local.plane.faults import Faults


def install(endpoint: str, calls: CallLog, faults: Faults) -> Servers:
    """Gives each EKS cluster from now on an API server, whose calls are logged and fail on order as AWS's do.

    `endpoint` is the region's own: where tokens are shown to STS.
    """
    servers = Servers(endpoint, calls, faults)
    cluster_calls.on_created.append(servers.start)
    cluster_calls.on_deleted.append(servers.stop)
    return servers
