"""What is wrong with a node's configuration: every mistake at once, before anything is touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from .ranges import Range

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_NUMBERS = {"prefixes": "count", "slice": "size", "addresses": "count"}
_KEYS = ("name", "interfaces", "subnets", "securityGroups", "ipv4", "ipv6", "routes", "link")


def mistakes(document: Any) -> list[str]:
    """All of them, each with its place; empty where the document can be used."""
    if not isinstance(document, dict):
        return ["not an object"]
    found = [] if isinstance(document.get("cluster"), str) else ["cluster: a name is missing"]
    entries = document.get("networks")
    if not isinstance(entries, list):
        return [*found, "networks: a list is missing"]
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            found.append(f"networks[{number}]: not an object")
            continue
        name = entry.get("name")
        named = isinstance(name, str) and _NAME.fullmatch(name)
        if not named:
            found.append(f"networks[{number}].name: {name!r} is not a link's: 1 to 15 of a-z, 0-9 and - within")
        found += [f"{name if named else f'networks[{number}]'}{text}" for text in _network(entry)]
    return found or list(_alike(entries))


def _alike(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Networks that cannot be told apart by what the metadata shows."""
    for number, one in enumerate(entries):
        for other in entries[:number]:
            if one["name"] == other["name"]:
                yield f"{one['name']}: is there twice"
            elif set(one["securityGroups"]) == set(other["securityGroups"]) and set(one["subnets"]) & set(
                other["subnets"]
            ):
                yield f"{one['name']} and {other['name']}: with a subnet and all groups in common they are one to IMDS"


def _network(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown("", entry, _KEYS)
    for key in ("subnets", "securityGroups"):
        value = entry.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
            yield f".{key}: a list of at least one id is missing"
    yield from _number(".interfaces", entry.get("interfaces", 1))
    plans = {key: entry[key] for key in ("ipv4", "ipv6") if entry.get(key) is not None}
    for key, plan in plans.items():
        yield from _plan(f".{key}", plan)
    yield from _each(".routes", entry.get("routes"), ip_network)
    yield from _link(entry.get("link") or {})


def _plan(at: str, plan: Any) -> Iterator[str]:
    kind = plan.get("plan") if isinstance(plan, dict) else None
    if kind == "floating":
        yield from _unknown(at, plan, ("plan", "ranges"))
        yield from _each(f"{at}.ranges", plan.get("ranges"), Range.parse)
    elif kind in _NUMBERS:
        yield from _unknown(at, plan, ("plan", _NUMBERS[kind], *(["otherwise"] if kind == "prefixes" else [])))
        yield from _number(f"{at}.{_NUMBERS[kind]}", plan.get(_NUMBERS[kind]))
        if plan.get("otherwise") is not None:
            yield from _plan(f"{at}.otherwise", plan["otherwise"])
    else:
        yield f"{at}.plan: {kind!r} is none of {', '.join(_NUMBERS)}, floating"


def _link(link: Any) -> Iterator[str]:
    if not isinstance(link, dict):
        yield ".link: not an object"
        return
    yield from _unknown(".link", link, ("plugin", "mode", "mtu", "rename"))
    plugin, mode, mtu = link.get("plugin", "ipvlan"), link.get("mode", "l2"), link.get("mtu")
    if plugin == "macvlan":
        yield ".link.plugin: macvlan cannot work, EC2 carries no frame but with the interface's own MAC address"
    elif plugin not in ("ipvlan", "host-device"):
        yield f".link.plugin: {plugin!r} is neither ipvlan nor host-device"
    if mode not in ("l2", "l3"):
        yield f".link.mode: {mode!r} is neither l2 nor l3"
    if mtu is not None and not (isinstance(mtu, int) and 1280 <= mtu <= 9001):
        yield f".link.mtu: {mtu!r} is not between 1280 (IPv6's least, RFC 8200) and 9001 (EC2's most)"
    if not isinstance(link.get("rename", False), bool):
        yield f".link.rename: {link['rename']!r} is neither true nor false"


def _unknown(at: str, entry: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    return (f"{at}.{key}: not known" for key in entry if key not in known)


def _number(at: str, value: Any) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        yield f"{at}: {value!r} is not a number above 0"


def _each(at: str, values: Any, parse: Callable[[str], object]) -> Iterator[str]:
    if values is not None and not isinstance(values, list):
        yield f"{at}: not a list"
        return
    for value in values or ():
        try:
            parse(str(value))
        except ValueError as error:
            yield f"{at}: {error}"
