"""What pods answer when the API server asks them, and which of them it cannot reach."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from local.kubernetes.controllers.pods import phase
from local.kubernetes.things import Thing


@dataclass(frozen=True)
class Unreachable:
    """Pods with addresses of a range, or with labels: a control plane that does not know the range, say."""

    cidr: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def covers(self, pod: Thing, address: str) -> bool:
        if self.cidr and ip_address(address) not in ip_network(self.cidr):
            return False
        return self.labels.items() <= (pod["metadata"].get("labels") or {}).items()


@dataclass
class Reach:
    """Of one cluster."""

    barriers: list[Unreachable] = field(default_factory=list)

    def answer(self, pod: Thing, port: int, path: str) -> tuple[int, bytes]:
        """200 and the pod's name and address as JSON; OSError as a dialler has it where nobody can answer."""
        status = pod.get("status") or {}
        address = str(status.get("podIP") or "")
        if any(each.covers(pod, address) for each in self.barriers):
            raise OSError(f"dial tcp {address}:{port}: i/o timeout")
        if phase(pod) != "Running":
            raise OSError(f"dial tcp {address}:{port}: connect: connection refused")
        about = pod["metadata"]
        told = {"name": about["name"], "namespace": about["namespace"], "address": address, "path": path}
        return 200, json.dumps(told).encode()
