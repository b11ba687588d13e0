"""Kubernetes behind the region's EKS clusters: an API server for each, with TLS, tokens of IAM, and RBAC.

`server` HTTPS · `api` who asks what, and who answers · `tokens` `functions` who somebody is · `access` `rbac` what
they may do · `requests` `paths` `statuses` the API's conventions · `resources` `kinds` what there is · `objects`
`removal` verbs ·
`store` `history` `indexes` `telling` what is kept · `strategies` `rules/` how it may be · `fields/` `field_managers`
`patches` who owns which field · `deletion` `garbage` `namespaces` how things go · `eviction` `binding` `scale` `proxy`
parts of objects · `listing` `watching` `selectors` `field_selectors` · `discovery` `reviews` · `certificates` the CA.
"""

from local.eks import cluster_calls
from local.kubernetes.controllers.running import switch
from local.kubernetes.functions import NOBODY, Functions
from local.kubernetes.servers import Servers
from local.plane.calls import CallLog
from local.plane.faults import Faults


def install(endpoint: str, calls: CallLog, faults: Faults, functions: Functions = NOBODY) -> Servers:
    """Gives each EKS cluster from now on an API server, whose calls are logged and fail on order as AWS's do.

    `endpoint` is the region's own: where tokens are shown to STS. `functions` that ask it may be killed by order.
    """
    servers = Servers(endpoint, calls, faults, functions)
    cluster_calls.on_created.append(servers.start)
    cluster_calls.on_created.append(lambda cluster: switch.start(cluster, servers.clusters[cluster.name]))
    cluster_calls.on_deleted.append(switch.stop)
    cluster_calls.on_deleted.append(servers.stop)
    return servers
