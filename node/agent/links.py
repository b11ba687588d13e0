"""A network's link: freed from what others have made of it, named, as wide as EC2 lets it be, and up."""

from __future__ import annotations

from .kernel import OURS, Link, State
from .matching import Wired
from .places import Places
from .steps import Step, address_step, link_step, route_step, rule_step
from .tables import foreign_table

_JUMBO = 9001
"""Every current instance type's within a VPC ("Network maximum transmission unit", EC2 User Guide). DHCP would say so
too, but none runs on our links."""


def steps(wired: Wired, state: State, places: Places) -> list[Step]:
    """What its link lacks; nothing while the link is in a pod."""
    link = state.link(wired.interface.mac)
    if not link:
        return []
    name, naming = name_of(wired, state), _naming(wired, link, state)
    asked = wired.network.link.mtu
    mtu = min(asked or _JUMBO, link.max_mtu)
    found = [*_settings(link, state, places), *_strangers_doings(wired, link, state), *naming]
    if link.mtu != mtu:
        found.append(link_step(f"set dev {name} mtu {mtu}", "asked for" if asked else "EC2's own"))
    if not link.up or name != link.name:
        found.append(link_step(f"set dev {name} up", "a link that comes after the boot stays down"))
    why = "ARP for the pods of a link in mode l3 comes from it"
    found += [address_step("add", each, name, why) for each in _kept(wired) if each not in link.addresses]
    return found


def name_of(wired: Wired, state: State) -> str:
    """The name that its link will have; empty while it is in a pod. A stranger's own name is not ours to take."""
    link, holder = state.link(wired.interface.mac), state.holder(wired.name)
    if link and wired.network.link.rename and not (holder and holder.name == wired.name):
        return wired.name
    return link.name if link else ""


def _kept(wired: Wired) -> list[str]:
    """The addresses that the link itself has on the node: none, so that nothing on the node can be reached by the
    network. Only with ipvlan's mode l3, where the node asks by ARP in its pods' stead, the interface's primary one."""
    layer3 = wired.network.link.plugin == "ipvlan" and wired.network.link.mode == "l3"
    return [f"{address}/32" for address in wired.interface.ipv4s[:1]] if layer3 else []


def _settings(link: Link, state: State, places: Places) -> list[Step]:
    wanted = (
        (places.loose_filter(link.name), "2", "what comes in by the link may be answered by another"),
        (places.accept_advertisements(link.name), "0", "the VPC's router is not to become the node's default by it"),
    )
    return [Step(why, path, value) for path, value, why in wanted if state.settings.get(path, value) != value]


def _strangers_doings(wired: Wired, link: Link, state: State) -> list[Step]:
    """The addresses, routes and rules that DHCP, nodeadm and amazon-ec2-net-utils have given the link."""
    addresses = [each for each in link.addresses if each not in _kept(wired)]
    routes = [each for each in state.routes if each.link == link.name and each.protocol != OURS]
    table = foreign_table(wired.interface)
    rules = [each for each in state.rules if each.table == table and each.protocol != OURS]
    return [
        *(
            address_step("del", each, link.name, "DHCP gave it; the node has none on this network")
            for each in addresses
        ),
        *(route_step("del", each, "not ours: it leads the node's own traffic to this network") for each in routes),
        *(rule_step("del", each, "made by nodeadm or amazon-ec2-net-utils for this link") for each in rules),
    ]


def _naming(wired: Wired, link: Link, state: State) -> list[Step]:
    """An alternative name serves people and scripts. A rename is done only when asked for: nodeadm's boot hook waits up
    to a minute for the names that it has seen before (amazon-eks-ami, nodeadm/internal/system/networking.go)."""
    holder, rename = state.holder(wired.name), name_of(wired, state) != link.name
    if holder and holder.name == wired.name:
        return []
    found = []
    if holder and (holder.mac != link.mac or rename):
        found.append(link_step(f"property del dev {holder.name} altname {wired.name}", f"becomes {link.name}'s"))
    if rename:
        found.append(link_step(f"set dev {link.name} down", "only then can it be renamed"))
        found.append(link_step(f"set dev {link.name} name {wired.name}", "asked for"))
    elif not holder or holder.mac != link.mac:
        found.append(link_step(f"property add dev {link.name} altname {wired.name}", "the network's name"))
    return found
