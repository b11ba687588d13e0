"""Whether the instance types that a group may launch can hold their networks' addresses: asked before one launches."""

from collections.abc import Sequence
from typing import Protocol

from nodenet import limits as table
from nodenet.configuration.resolved import ResolvedGroup
from nodenet.fitting import misfit, places_short
from nodenet.hooks.plan import Group
from nodenet.limits import InstanceLimits


class Ec2(Protocol):
    def limits(self, instance_type: str) -> InstanceLimits: ...
    def type_of_template(self, template_id: str, version: str) -> str | None: ...


def misfits(ec2: Ec2, group: Group, node_group: ResolvedGroup) -> Sequence[str]:
    """A sentence for each network and type that do not fit; none where no network's plan needs room.

    Where no override says a type, it costs one call to read the launch template. A group that leaves the choice to EC2
    by attributes does not say its types. Instances that it has are not looked at: they are there already.
    """
    networks = node_group.networks
    if not any(network.addresses.each for network in networks):
        return ()
    types = set(group.types)
    if not types and group.template and (only := ec2.type_of_template(*group.template)):
        types = {only}
    found: list[str] = []
    for name in sorted(types):
        limits = table.shipped(name) or ec2.limits(name)
        unfit = ((network.name, misfit(network.addresses, limits)) for network in networks)
        wanted = [(network.name, network.network_card, network.interfaces) for network in networks]
        found += [f"{network}: {why}" for network, why in unfit if why]
        found += places_short(wanted, limits)
    return [f"networks: {sentence}; {group.name} launches that type" for sentence in found]
