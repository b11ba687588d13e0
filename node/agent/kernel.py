"""What the node's kernel and files show: links, rules, routes, settings. Read once, before anything is decided."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .places import Places

OURS = "110"
"""The routing protocol number that marks our rules and routes; free in iproute2's rt_protos."""

_KERNEL = "2"  # RTPROT_KERNEL, rtnetlink(7)
_LINK_SCOPE = "253"  # RT_SCOPE_LINK
# Such links have the MAC of the link below them, and are not the interface itself.
_DERIVED = ("ipvlan", "ipvtap", "macvlan", "macvtap", "vlan", "bridge", "bond")


@dataclass(frozen=True)
class Link:
    """A link with its addresses, IPv6's own link-local ones left out; those are written as `10.0.4.5/24`."""

    name: str
    mac: str
    index: int
    up: bool
    mtu: int
    max_mtu: int
    altnames: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """`version` is 4 or 6; `source` a block."""

    version: int
    priority: int
    source: str
    table: int
    protocol: str = OURS


@dataclass(frozen=True)
class Route:
    """A unicast route. IPv6 has a metric always, 1024 unless it is said."""

    version: int
    table: int
    destination: str
    link: str
    gateway: str | None = None
    metric: int = 0
    protocol: str = OURS


@dataclass(frozen=True)
class State:
    """`reserved` are the routing tables that somebody has given a name; `files` hold our CNI and networkd files."""

    links: tuple[Link, ...]
    rules: tuple[Rule, ...] = ()
    routes: tuple[Route, ...] = ()
    reserved: frozenset[int] = frozenset()
    files: Mapping[Path, str] = field(default_factory=dict)
    settings: Mapping[Path, str] = field(default_factory=dict)
    vpc_cni: bool = True
    ipv6: bool = True

    def link(self, mac: str) -> Link | None:
        """The link of an interface; None while it is away, in a pod or not attached."""
        return next((link for link in self.links if link.mac == mac), None)

    def holder(self, name: str) -> Link | None:
        """The link that goes by this name, as its own or as an alternative one."""
        return next((link for link in self.links if name in (link.name, *link.altnames)), None)


def observe(places: Places) -> State:
    """What is now; OSError, CalledProcessError or ValueError where `ip` cannot say."""
    seen = _ip(["-details"], ["addr show"]), _ip(["-4"], ["rule show", "route show table all"])
    six = _ip(["-6"], ["rule show", "route show table all"]) if places.ipv6.exists() else None
    (addresses,), (rules4, routes4) = _answers(seen[0]), _answers(seen[1])
    rules6, routes6 = _answers(six) if six else ([], [])
    links = tuple(_link(entry) for entry in addresses if _kind(entry) not in _DERIVED and "address" in entry)
    return State(
        links,
        tuple(_rule(4, entry) for entry in rules4) + tuple(_rule(6, entry) for entry in rules6),
        tuple(_route(4, entry) for entry in routes4 if _foreseen(entry))
        + tuple(_route(6, entry) for entry in routes6 if _foreseen(entry)),
        places.reserved_tables(),
        places.own_files(),
        places.settings(link.name for link in links),
        places.vpc_cni_ready(),
        six is not None,
    )


def _ip(options: list[str], questions: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        ["ip", "-json", "-N", *options, "-batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    process.stdin.write("\n".join(questions) + "\n")
    process.stdin.flush()
    return process


def _answers(process: subprocess.Popen[str]) -> list[Any]:
    """The arrays that a batch of questions has printed, one after the other."""
    text, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        answer, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        found.append([entry for entry in answer if entry])
    return found


def _kind(entry: Mapping[str, Any]) -> str:
    return str(entry.get("linkinfo", {}).get("info_kind", ""))


def _link(entry: Mapping[str, Any]) -> Link:
    return Link(
        entry["ifname"],
        entry["address"],
        entry["ifindex"],
        "UP" in entry["flags"],
        entry["mtu"],
        entry.get("max_mtu") or 65535,
        tuple(entry.get("altnames", ())),
        tuple(
            f"{address['local']}/{address['prefixlen']}"
            for address in entry.get("addr_info", ())
            if "local" in address and not (address["family"] == "inet6" and str(address["scope"]) == _LINK_SCOPE)
        ),
    )


def _rule(version: int, entry: Mapping[str, Any]) -> Rule:
    source = str(entry.get("src", "all"))
    if source != "all":
        source += f"/{entry.get('srclen', 32 if version == 4 else 128)}"
    return Rule(version, entry["priority"], source, int(entry.get("table", 0)), str(entry.get("protocol", "")))


def _foreseen(entry: Mapping[str, Any]) -> bool:
    """Whether it is a route to somewhere by a link, and not one that the kernel keeps by itself."""
    return "dev" in entry and str(entry.get("type", "1")) in ("1", "unicast") and entry.get("protocol") != _KERNEL


def _route(version: int, entry: Mapping[str, Any]) -> Route:
    destination = entry["dst"]
    if destination != "default" and "/" not in destination:
        destination += "/32" if version == 4 else "/128"
    return Route(
        version,
        int(entry.get("table", 254)),
        destination,
        entry["dev"],
        entry.get("gateway"),
        entry.get("metric", 0),
        str(entry.get("protocol", "3")),
    )
