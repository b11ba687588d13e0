"""What a node group's networks ask for that one of its instance types cannot hold."""

from collections.abc import Iterator, Sequence

from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.documents.paths import Path, at
from nodenet.fitting import misfit, places_short
from nodenet.limits import shipped


def misfits(networks: Sequence[ResolvedNetwork], instance_types: Sequence[str], path: Path) -> Iterator[str]:
    """A sentence for each, so that it is known before any node launches. `path` is that of the types."""
    for place, name in enumerate(instance_types):
        limits = shipped(name)
        if limits is None:
            continue
        for network in networks:
            if reason := misfit(network.addresses, limits):
                yield at((*path, place), f"{network.name}: {reason}")
        wanted = [(network.name, network.network_card, network.interfaces) for network in networks]
        for reason in places_short(wanted, limits):
            yield at((*path, place), reason)
