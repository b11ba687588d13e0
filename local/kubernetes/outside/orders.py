"""What the region's control interface says of control planes outside: see local/README.md, `kubernetes/outside`."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from local.kubernetes.controllers import running
from local.kubernetes.controllers.running import Running, switch
from local.kubernetes.kinds import DEFINITIONS
from local.kubernetes.outside.asking import Access
from local.kubernetes.outside.cluster import OutsideCluster
from local.kubernetes.outside.review import review
from local.kubernetes.servers import Servers

type Routes = Mapping[str, Callable[[dict[str, Any]], Any]]


def routes(servers: Servers, serve: Callable[[Routes], None]) -> Routes:
    """`METHOD name` and what answers it; a ValueError or TypeError is the client's mistake. `serve` adds more."""

    def attach(order: dict[str, Any]) -> None:
        """Gives an EKS cluster, which must have no controllers here, a control plane that runs somewhere else."""
        name, tunnel = str(order.pop("cluster")), order.pop("tunnel", None)
        access = Access(**order)
        api = servers.clusters.get(name)
        if api is None or name in switch.clusters:
            raise ValueError(f"there is no cluster {name}" if api is None else f"{name} has controllers here")
        cluster, endpoint = api.cluster, api.endpoint
        outside = OutsideCluster(
            cluster, access, api.store.all(DEFINITIONS), switch.settings, Path(tunnel) if tunnel else None
        )
        servers.stop(cluster)
        cluster.endpoint = access.endpoint
        cluster.certificate_authority = {"data": base64.b64encode(access.authority.encode()).decode()}
        # Who hangs on clusters' controllers asks no more of them than this has.
        alike = cast("Running", outside)
        for each in running.on_started:
            each(alike)
        switch.clusters[name] = alike
        serve({f"POST kubernetes/reviews/{name}": lambda asked: review(asked, cluster, endpoint)})
        outside.start()

    return {"POST kubernetes/outside": attach}
