"""Kubernetes objects and agent's networks, as tests need them."""

import json
from datetime import UTC, datetime
from typing import Any

from node.agent.configuration import Network, Plan
from node.agent.pods import NETWORK_STATUS
from node.agent.ranges import Range

CREATED = int(datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp())

N3 = Network(
    "n3",
    frozenset({"subnet-a"}),
    frozenset({"sg-a"}),
    ipv4=Plan("floating", ranges=(Range.parse("10.0.4.224-10.0.4.250"),)),
    ipv6=Plan("floating", ranges=(Range.parse("fd00:1::100-fd00:1::1ff"), Range.parse("fd00:1::9"))),
)
N6 = Network("n6", frozenset({"subnet-b"}), frozenset({"sg-a"}), ipv4=Plan("prefixes", 1))


def status(*entries: tuple[str, str]) -> str:
    """A network-status annotation as Multus writes it: eth0 by the default network, then net1 … with these addresses,
    each entry a name and addresses by commas."""
    found: list[dict[str, Any]] = [
        {"name": "aws-cni", "interface": "eth0", "ips": ["10.0.1.7"], "default": True, "dns": {}}
    ]
    for number, (name, addresses) in enumerate(entries, 1):
        ips = {"ips": addresses.split(",")} if addresses else {}
        found.append({"name": name, "interface": f"net{number}", **ips, "mac": "02:00:00:00:00:01", "dns": {}})
    return json.dumps(found)


def pod(
    name: str,
    *entries: tuple[str, str],
    uid: str = "",
    node: str = "n1",
    phase: str = "Running",
    created: str = "2026-11-20T12:00:00Z",
    annotations: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A pod of namespace `default`; without entries it has no network status yet."""
    notes = annotations if annotations is not None else {NETWORK_STATUS: status(*entries)} if entries else {}
    about = {
        "name": name,
        "namespace": "default",
        "uid": uid or f"uid-{name}",
        "creationTimestamp": created,
        "annotations": notes,
    }
    return {"metadata": about, "spec": {"nodeName": node}, "status": {"phase": phase}}
