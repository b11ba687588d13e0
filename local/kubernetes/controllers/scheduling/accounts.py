"""What each node has and what is taken of it, kept up with every change of a pod or a node."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from local.kubernetes.controllers.cache import Cache, Key, key_of
from local.kubernetes.controllers.pods import is_terminal
from local.kubernetes.controllers.quantities import milli, whole
from local.kubernetes.things import Thing

type Amounts = Mapping[str, int]
"""CPU in thousandths, everything else in whole units, by name of resource."""
type Port = tuple[str, str, int]
"""Host address, protocol, number."""


@dataclass
class Account:
    """Of one node; pods that have ended take nothing."""

    node: Thing
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    pods: dict[Key, Thing] = field(default_factory=dict)
    ports: dict[Key, Sequence[Port]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.show(self.node)

    def show(self, node: Thing) -> None:
        """The node as it is now."""
        self.node, self.name = node, str(node["metadata"]["name"])
        self.labels: Mapping[str, str] = node["metadata"].get("labels") or {}
        self.has = amounts((node.get("status") or {}).get("allocatable") or {})


class Accounts:
    """`nodes` by name; `repelling` are the bound pods that keep others away by required anti-affinity."""

    def __init__(self, cache: Cache) -> None:
        self.nodes: dict[str, Account] = {}
        self.repelling: dict[Key, Thing] = {}
        self._pods: dict[Key, tuple[str, Amounts]] = {}
        self._cache = cache
        cache.observers.append(self._observe)

    def _observe(self, kind: str, before: Thing | None, after: Thing | None) -> None:
        if kind == "Node":
            self._node(before, after)
        elif kind == "Pod" and (pod := after or before):
            self._leave(key_of(pod))
            if after is not None and after["spec"].get("nodeName") and not is_terminal(after):
                self._enter(after)

    def _node(self, before: Thing | None, after: Thing | None) -> None:
        if after is None:
            if before is not None:
                self.nodes.pop(before["metadata"]["name"], None)
            return
        name = after["metadata"]["name"]
        if account := self.nodes.get(name):
            account.show(after)
            return
        self.nodes[name] = Account(after)
        for pod in self._cache.pods_on(name):
            self._leave(key_of(pod))
            if not is_terminal(pod):
                self._enter(pod)

    def _enter(self, pod: Thing) -> None:
        key, name = key_of(pod), pod["spec"]["nodeName"]
        if not (account := self.nodes.get(name)):
            return
        wants = requests(pod)
        self._pods[key] = (name, wants)
        account.pods[key] = pod
        for resource, count in wants.items():
            account.taken[resource] += count
        if ports := host_ports(pod):
            account.ports[key] = ports
        if (pod["spec"].get("affinity") or {}).get("podAntiAffinity"):
            self.repelling[key] = pod

    def _leave(self, key: Key) -> None:
        name, wants = self._pods.pop(key, ("", {}))
        self.repelling.pop(key, None)
        if account := self.nodes.get(name):
            account.pods.pop(key, None)
            account.ports.pop(key, None)
            for resource, count in wants.items():
                account.taken[resource] -= count


def amounts(given: Mapping[str, str]) -> Amounts:
    return {name: milli(value) if name == "cpu" else whole(value) for name, value in given.items()}


def requests(pod: Thing) -> Amounts:
    """What a pod asks for: its containers' and sidecars' sum, or what one of its init containers needs, and overhead
    ("Resource sharing within containers" in "Init Containers"; component-helpers, resource.PodRequests)."""
    spec = pod["spec"]
    total: dict[str, int] = defaultdict(int)
    _add(total, map(_wants, spec.get("containers") or ()))
    beside: dict[str, int] = defaultdict(int)
    peak: dict[str, int] = defaultdict(int)
    for each in spec.get("initContainers") or ():
        if each.get("restartPolicy") == "Always":
            _add(beside, [_wants(each)])
            now: Mapping[str, int] = beside
        else:
            now = {name: count + beside[name] for name, count in _wants(each).items()}
        for name, count in now.items():
            peak[name] = max(peak[name], count)
    _add(total, [beside])
    for name, count in peak.items():
        total[name] = max(total[name], count)
    _add(total, [amounts(spec.get("overhead") or {})])
    return dict(total)


def host_ports(pod: Thing) -> Sequence[Port]:
    return [
        (port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", int(port["hostPort"]))  # noqa: S104
        for container in pod["spec"].get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("hostPort")
    ]


def _wants(container: Thing) -> Amounts:
    resources = container.get("resources") or {}
    return amounts({**(resources.get("limits") or {}), **(resources.get("requests") or {})})


def _add(total: dict[str, int], parts: Iterable[Amounts]) -> None:
    for part in parts:
        for name, count in part.items():
            total[name] += count
