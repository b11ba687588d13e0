"""One thing to be done, with its reason: what a dry run prints, a test asserts and the log says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .kernel import Route, Rule


@dataclass(frozen=True)
class Step:
    """`target` is 4 or 6, and `content` a line for that family's `ip`; or a file or setting, and what it is to hold
    (None: it is taken away). `stale` is what takes away something of ours that nobody wants any more."""

    why: str
    target: int | Path
    content: str | None
    stale: bool = False

    @property
    def words(self) -> str:
        if isinstance(self.target, int):
            return f"ip -{self.target} {self.content}"
        return f"{'remove' if self.content is None else 'write'} {self.target}"

    def __str__(self) -> str:
        return f"{self.words}: {self.why}"


def link_step(line: str, why: str) -> Step:
    """`ip link` with this line."""
    return Step(why, 4, f"link {line}")


def address_step(verb: str, address: str, link: str, why: str) -> Step:
    """`ip addr add` or `del`. No route comes with an address that is added: the network's own table has them."""
    more = " noprefixroute" if verb == "add" else ""
    return Step(why, 6 if ":" in address else 4, f"addr {verb} {address} dev {link}{more}")


def route_step(verb: str, route: Route, why: str, stale: bool = False) -> Step:
    """`ip route replace` or `del`. The link needs no address for a gateway that is said to be on it."""
    words = ["route", verb, route.destination]
    if route.gateway:
        words += ["via", route.gateway]
    words += ["dev", route.link, "table", str(route.table)]
    if route.metric:
        words += ["metric", str(route.metric)]
    words += ["proto", route.protocol]
    if verb == "replace" and route.gateway and route.version == 4:
        words.append("onlink")
    return Step(why, route.version, " ".join(words), stale)


def rule_step(verb: str, rule: Rule, why: str, stale: bool = False) -> Step:
    """`ip rule add` or `del`."""
    line = f"rule {verb} from {rule.source} lookup {rule.table} priority {rule.priority}"
    return Step(why, rule.version, f"{line} protocol {rule.protocol}" if rule.protocol else line, stale)
