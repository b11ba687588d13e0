"""Whether every zone where nodes are has what they need there: an ENI must be in its instance's zone.

EC2 API reference, AttachNetworkInterface.
"""

from collections.abc import Iterator, Mapping, Sequence

from nodenet.capacity.document import variables
from nodenet.capacity.document.seen import Seen
from nodenet.capacity.document.tolerant import Placed
from nodenet.documents.paths import quoted
from nodenet.documents.reading import Mistake

type EniConfigs = Mapping[str, Sequence[Placed[str]]]


def mistakes(seen: Seen) -> Iterator[Mistake]:
    """ENIConfigs and networks that lie in other zones than they should, or lack one that nodes are in."""
    yield from _elsewhere(seen, seen.eni_configs)
    yield from _elsewhere(seen, seen.target_eni_configs)
    if variables.settings(seen.cni).custom_networking:
        yield from _without_eni_config(seen, seen.eni_configs, surging=False)
    if seen.migrates and variables.settings(seen.cni, seen.target_cni).custom_networking:
        yield from _without_eni_config(seen, {**seen.eni_configs, **seen.target_eni_configs}, surging=True)
    yield from _networks(seen)


def _elsewhere(seen: Seen, configs: EniConfigs) -> Iterator[Mistake]:
    for zone, names in configs.items():
        for path, name in names:
            subnet = seen.subnet.get(name)
            if subnet and subnet.zone not in (None, zone):
                yield Mistake(
                    path, f"{quoted(name)} is in {subnet.zone}; the ENIs of nodes in {zone} must be there too"
                )


def _without_eni_config(seen: Seen, configs: EniConfigs, *, surging: bool) -> Iterator[Mistake]:
    """A node whose ENIConfig is missing never gets ready (amazon-vpc-cni-k8s, pkg/ipamd/ipamd.go, nodeInit)."""
    told: set[str] = set()
    where = "migration.eniConfigs" if surging else "eniConfigs"
    for group in seen.groups:
        if surging and group.surge == 0:
            continue
        for zone, path in seen.zones(group).items():
            if zone not in configs and zone not in told:
                told.add(zone)
                yield Mistake(path, f"{zone} has no ENIConfig, so that nodes there never get ready: add it to {where}")


def _networks(seen: Seen) -> Iterator[Mistake]:
    zones: dict[str, dict[str, str]] = {}
    unclear: set[str | None] = set()
    for network in seen.networks:
        its: dict[str, str] = {}
        for path, name in network.subnets:
            subnet = seen.subnet.get(name)
            if subnet is None or subnet.zone is None:
                unclear.add(network.name)
                continue
            if its.setdefault(subnet.zone, name) != name:
                said = f"{quoted(its[subnet.zone])} and {quoted(name)} are both in {subnet.zone}"
                yield Mistake(path, f"{said}; a network has one subnet in a zone")
        if network.name is not None and network.subnets:
            zones.setdefault(network.name, its)
    clear = zones.keys() - unclear
    for group in seen.groups:
        for path, name in group.networks:
            if name in clear and (missing := [zone for zone in seen.zones(group) if zone not in zones[name]]):
                said = f"{quoted(name)} has no subnet in {' or '.join(missing)}, where this group has nodes"
                yield Mistake(path, said)
