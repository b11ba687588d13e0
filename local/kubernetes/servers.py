"""The API servers of all clusters of the region."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes import certificates
from local.kubernetes.api import Api
from local.kubernetes.functions import NOBODY, Functions
from local.kubernetes.server import ADDRESS, Server
from local.plane.calls import CallLog
from local.plane.faults import Faults


@dataclass
class Servers:
    """`endpoint` is the region's own."""

    endpoint: str
    calls: CallLog
    faults: Faults
    functions: Functions = NOBODY
    _running: dict[str, Server] = field(default_factory=dict)

    def start(self, cluster: Any) -> None:
        """Gives an EKS cluster its endpoint and certificate authority, as DescribeCluster then shows them."""
        made = certificates.make(ADDRESS)
        server = Server(Api(cluster, self.endpoint, self.calls, self.faults, self.functions), made.context)
        self._running[cluster.arn] = server
        cluster.endpoint = server.endpoint
        cluster.certificate_authority = {"data": base64.b64encode(made.authority).decode()}

    @property
    def clusters(self) -> Mapping[str, Api]:
        """The API of each cluster by its name, as of now."""
        return {server.api.cluster.name: server.api for server in list(self._running.values())}

    def stop(self, cluster: Any) -> None:
        if server := self._running.pop(cluster.arn, None):
            server.close()

    def close(self) -> None:
        while self._running:
            self._running.popitem()[1].close()
