"""A network's CNI file: what Multus does for a pod that asks for the network.

Of containernetworking/plugins 1.6 or newer (the VPC CNI's init container copies 1.9 to every node), no plugin of ours:
- ipvlan or host-device gives the pod its link; host-local its address, from this node's own ranges, or static the
  addresses of the pod's annotation, where they float. Where one family floats and the other is the node's, host-local
  takes the one from the annotation and chooses the other.
- The subnet's route and the network's `routes` are in the pod's main table: sockets that are bound to nothing reach
  them by the network. A default route by the network's gateway is in a table of its own, which does not hold what is
  on the link: an ENI gets nothing back from the VPC that it sent, so pods of one node find each other on the link.
- sbr, told that table, adds the rule `from <address>` for it and moves no route. Without the table it would take all
  the link's routes out of main, and unbound sockets would leave by eth0, even to the network's own peers.
- tuning keeps the pod from taking the VPC router's advertisement for its default route, and takes away what it has
  taken by then: that is what the kernel does where a link begins to forward (addrconf_fixup_forwarding). Two entries,
  since the settings of one have no order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from .matching import Wired
from .ranges import Block, Range

IPV6_GATEWAY = "fe80:ec2::1"
"""Of every VPC subnet ("Amazon VPC now supports a default gateway router on multiple addresses", November 2022)."""

_SPECIFICATION = "1.0.0"


def gateway(block: str) -> str:
    """The VPC router in a subnet: its second IPv4 address ("Subnet CIDR blocks", VPC User Guide)."""
    network = ip_network(block)
    return str(network[1]) if network.version == 4 else IPV6_GATEWAY


def block_of(wired: Wired, version: int) -> str | None:
    """The subnet's block of a family in which the network's pods live; None where they have no such addresses."""
    interface = wired.interface
    if version == 4:
        return interface.ipv4_block
    first = next((each.first for each in interface.ranges(6)), None)
    holding = [each for each in interface.ipv6_blocks if first is None or first in ip_network(each)]
    return holding[0] if holding else None


def document(wired: Wired, master: str, table: int, leases: str, six: bool) -> Mapping[str, Any]:
    """The network list. `master` is the link's name, for ipvlan; `six` is whether the kernel speaks IPv6."""
    wish = wired.network.link
    plans = {version: plan for version in (4, 6) for plan in [wired.network.plan(version)] if plan}
    floating = [version for version, plan in plans.items() if plan.kind == "floating"]
    ranged = {version: _ranges(wired, version) for version in plans} if len(floating) < len(plans) else {}
    if wish.plugin == "host-device":
        # By its MAC: while a pod has it, the link has another name, and after a reboot perhaps too.
        plugin: dict[str, Any] = {"type": "host-device", "hwaddr": wired.interface.mac}
    else:
        # By the kernel's name: netlink libraries look for an alternative name only where it is longer than 15 bytes.
        plugin = {"type": "ipvlan", "master": master, "mode": wish.mode}
    ipam: dict[str, Any] = {"type": "host-local" if ranged else "static", "routes": _routes(wired, table, list(plans))}
    if floating or not ranged:
        plugin["capabilities"] = {"ips": True}
    if ranged:
        # Under /run: leases that outlive a reboot belong to pods that are gone (containernetworking/plugins #697).
        ipam["dataDir"] = leases
        ipam["ranges"] = [ranges for ranges in ranged.values() if ranges]
    plugins = [{**plugin, "ipam": ipam}, {"type": "sbr", "table": table}]
    if six and wired.interface.ipv6_blocks and wish.mode == "l2":
        plugins.append(_tuning(accept_ra="0", forwarding="1"))
        plugins.append(_tuning(forwarding="0"))
    return {"cniVersion": _SPECIFICATION, "name": wired.name, "plugins": plugins}


def text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


def _tuning(**settings: str) -> dict[str, Any]:
    return {"type": "tuning", "sysctl": {f"net.ipv6.conf.IFNAME.{key}": value for key, value in settings.items()}}


def _routes(wired: Wired, table: int, versions: list[int]) -> list[dict[str, Any]]:
    """Each with its gateway said: static gives its addresses none. To the node's own subnet a pod has one by itself."""
    routes: list[dict[str, Any]] = []
    if not versions:  # Addresses come from the annotation alone: of the families that the routes are of.
        versions = sorted({each.version for each in wired.network.routes}) or [4 if wired.interface.ipv4_block else 6]
    for version in versions:
        own = ip_network(str(block_of(wired, version)))
        by = gateway(str(own))
        beyond = (each for each in wired.network.routes if each.version == version and not each.subnet_of(own))  # type: ignore[arg-type]
        routes += [{"dst": str(each), "gw": by} for each in beyond]
        routes += [{**each, "table": table} for each in _of_bound_sockets(wired, own)]
    return routes


def _of_bound_sockets(wired: Wired, own: Block) -> list[dict[str, str]]:
    """The pod's own table: a default by the VPC's router, which delivers to the subnet too; the VPC CNI's own tables
    rest on that (amazon-vpc-cni-k8s, pkg/networkutils, SetupENINetwork). But not to pods of the same node.

    ipvlan in mode l3 finds these before any route. In mode l2 they are looked for on the link: for IPv4, by a route
    without gateway, which the kernel takes 0.0.0.0 for (fib_create_info). For IPv6 it refuses :: (ip6_validate_gw),
    and host-local leaves no route without one; so the table has all but the smallest block around the node's
    addresses, and the look-up goes on to the main table, where the subnet is on the link.
    """
    link, by = wired.network.link, gateway(str(own))
    everything = ip_network("0.0.0.0/0" if own.version == 4 else "::/0")
    if link.plugin != "ipvlan" or link.mode != "l2":
        return [{"dst": str(everything), "gw": by}]
    if own.version == 4:
        return [{"dst": str(own), "gw": "0.0.0.0"}, {"dst": str(everything), "gw": by}]  # noqa: S104
    near = _around(_held(wired, 6, own), own)
    return [{"dst": str(each), "gw": by} for each in everything.address_exclude(near)]  # type: ignore[arg-type]


def _around(ranges: list[Range], own: Block) -> Block:
    """The smallest block that holds them all; the subnet where there are none."""
    if not ranges:
        return own
    block, last = ip_network(min(each.first for each in ranges)), max(each.last for each in ranges)
    while last not in block:
        block = block.supernet()
    return block


def _ranges(wired: Wired, version: int) -> list[dict[str, str]]:
    """One set."""
    block = ip_network(str(block_of(wired, version)))
    return [_range(each, str(block)) for each in _held(wired, version, block)]


def _held(wired: Wired, version: int, block: Block) -> list[Range]:
    """The node's own addresses, or the floating ones that lie in its subnet."""
    plan = wired.network.plan(version)
    if plan and plan.kind == "floating":
        return [each for each in plan.ranges if each.first in block]
    return list(wired.interface.ranges(version))


def _range(held: Range, block: str) -> dict[str, str]:
    """host-local leaves out a `subnet`'s first and last address, so that is the VPC's, and all of the range is used."""
    return {
        "subnet": block,
        "rangeStart": str(held.first),
        "rangeEnd": str(held.last),
        "gateway": gateway(block),
    }
