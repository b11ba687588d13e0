"""Whether the instance types that a group may launch can hold their networks' addresses: asked before one launches."""

from collections.abc import Sequence
from typing import Protocol

from nodenet import limits as table
from nodenet.configuration.resolved import ResolvedGroup
from nodenet.fitting import misfit
from nodenet.hooks.plan import Group
from nodenet.limits import InstanceLimits


class Ec2(Protocol):
    def limits(self, instance_type: str) -> InstanceLimits: ...
    def type_of_template(self, template_id: str, version: str) -> str | None: ...


def misfits(ec2: Ec2, group: Group, node_group: ResolvedGroup) -> Sequence[str]:
    """A sentence for each network and type that do not fit; none where no network's plan needs room.

    Where neither an instance nor an override says a type, it costs one call to read the launch template. A group that
    leaves the choice to EC2 by attributes shows its types only as they come.
    """
    networks = [network for network in node_group.networks if network.addresses.each]
    if not networks:
        return ()
    types = set(group.types)
    if not types and group.template and (only := ec2.type_of_template(*group.template)):
        types = {only}
    return [
        f"networks: {network.name}: {why}, which {group.name} launches"
        for name in sorted(types)
        for network in networks
        if (why := misfit(network.addresses, table.shipped(name) or ec2.limits(name)))
    ]
