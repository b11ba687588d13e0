"""The agent's /etc/nodenet/networks.json: what a node of a group is to find, and what to make of it."""

import json
from typing import Any

from nodenet.configuration.resolved import ResolvedGroup, ResolvedNetwork
from nodenet.plans import Floating, Plan, Prefixes, Singles, Slice


def networks_json(cluster: str, group: ResolvedGroup) -> str:
    """The file as text: JSON without spaces, since user data is short. It names every zone's subnet, so that one file
    serves every node of the group. A family without a plan is absent."""
    document = {"cluster": cluster, "networks": [_network(network) for network in group.networks]}
    return json.dumps(document, separators=(",", ":")) + "\n"


def _network(network: ResolvedNetwork) -> dict[str, Any]:
    plans = {"ipv4": network.addresses.ipv4, "ipv6": network.addresses.ipv6}
    return {
        "name": network.name,
        "interfaces": network.interfaces,
        "subnets": [subnet for _, subnet in sorted(network.subnet_by_zone.items())],
        "securityGroups": sorted(network.security_groups),
        **{family: _plan(plan) for family, plan in plans.items() if plan},
        # A pod has a route of its own to its zone's subnet only.
        "routes": [*network.blocks, *network.routes],
        "link": {
            "plugin": network.link.plugin,
            "mode": network.link.mode,
            "mtu": network.link.mtu,
            "rename": network.link.rename,
        },
    }


def _plan(plan: Plan | Singles) -> dict[str, Any]:
    match plan:
        case Prefixes(count=count, otherwise=otherwise):
            made: dict[str, Any] = {"plan": "prefixes", "count": count}
            return made | ({"otherwise": _plan(otherwise)} if otherwise else {})
        case Slice(size=size):
            return {"plan": "slice", "size": size}
        case Singles(count=count):
            return {"plan": "addresses", "count": count}
        case Floating(ranges=ranges):
            return {"plan": "floating", "ranges": [str(each) for each in ranges]}
