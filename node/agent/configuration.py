"""What the node's networks are: /etc/nodenet/networks.json, read once into types."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from .ranges import Block, Range

DEFAULT_PATH = Path("/etc/nodenet/networks.json")


class ConfigurationFault(Exception):
    """The file cannot be used; `mistakes` holds all there is to mend."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Plan:
    """How a family gets addresses: `prefixes`, `slice`, `addresses` (`number` of them) or `floating` (`ranges`)."""

    kind: str
    number: int = 0
    otherwise: Plan | None = None
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True)
class LinkPlan:
    """How pods get their links, and what the node's own is to be; `mtu` None is EC2's."""

    plugin: str = "ipvlan"
    mode: str = "l2"
    mtu: int | None = None
    rename: bool = False


@dataclass(frozen=True)
class Network:
    """A network of this node: known by its fingerprint, one of `subnets` with exactly `groups`."""

    name: str
    subnets: frozenset[str]
    groups: frozenset[str]
    interfaces: int = 1
    ipv4: Plan | None = None
    ipv6: Plan | None = None
    routes: tuple[Block, ...] = ()
    link: LinkPlan = field(default_factory=LinkPlan)

    def plan(self, version: int) -> Plan | None:
        return self.ipv4 if version == 4 else self.ipv6


@dataclass(frozen=True)
class Configuration:
    cluster: str
    networks: tuple[Network, ...]


def load(path: Path) -> Configuration:
    """The file's networks; ConfigurationFault with every mistake, also where there is no file."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigurationFault([f"{path} cannot be read: {error}"])
    return parse(document)


def parse(document: Any) -> Configuration:
    """The networks of a document as read from JSON; ConfigurationFault.

    The checks are not in the form for user data: the renderer that made the user data has made them.
    """
    try:
        mistakes: list[str] = importlib.import_module(".mistakes", __package__).mistakes(document)
    except ModuleNotFoundError:
        mistakes = []
    if mistakes:
        raise ConfigurationFault(mistakes)
    try:
        return Configuration(document["cluster"], tuple(_network(entry) for entry in document["networks"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationFault([f"not as a configuration is written: {error!r}"])


def _network(entry: Mapping[str, Any]) -> Network:
    return Network(
        entry["name"],
        frozenset(entry["subnets"]),
        frozenset(entry["securityGroups"]),
        entry.get("interfaces", 1),
        _plan(entry.get("ipv4")),
        _plan(entry.get("ipv6")),
        tuple(map(ip_network, entry.get("routes") or ())),
        LinkPlan(**entry.get("link") or {}),
    )


def _plan(entry: Mapping[str, Any] | None) -> Plan | None:
    if not entry:
        return None
    ranges = tuple(map(Range.parse, entry.get("ranges") or ()))
    number = entry.get("size") or entry.get("count") or 0
    return Plan(entry["plan"], number, _plan(entry.get("otherwise")), ranges)
