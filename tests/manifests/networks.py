"""Networks to render."""

from typing import Any

from nodenet.configuration.resolved import ResolvedGroup, ResolvedNetwork


def network(name: str = "n3", **fields: Any) -> ResolvedNetwork:
    """With a subnet in two zones, and the defaults of a configuration."""
    defaults: dict[str, Any] = {
        "subnet_by_zone": {"eu-central-1b": "subnet-b", "eu-central-1a": "subnet-a"},
        "security_groups": frozenset({"sg-2", "sg-1"}),
        "tags": {},
        "source_dest_check": True,
        "network_card": 0,
        "interfaces": 1,
        "ena_queues": None,
        "retention": "delete",
    }
    return ResolvedNetwork(name=name, **(defaults | fields))


def group(*networks: ResolvedNetwork, **select: str) -> ResolvedGroup:
    return ResolvedGroup("a group", select, networks, "abandon")
