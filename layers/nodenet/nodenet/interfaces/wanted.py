"""What a node is to have of one network, beside what it has."""

from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.interfaces.identity import has_fingerprint, is_of, ordinal_of
from nodenet.networks import Instance, Interface


class Wanted:
    """One network on one instance: the ENIs that are there, and the ordinals of those that are not."""

    def __init__(self, network: ResolvedNetwork, instance: Instance) -> None:
        self.network = network
        self.subnet_id = network.subnet_by_zone[instance.zone]
        self.present = [
            interface
            for interface in instance.interfaces
            if not is_primary(interface) and is_of(interface, network, self.subnet_id)
        ]
        taken = {ordinal_of(interface) for interface in self.present}
        primaries = [interface for interface in instance.interfaces if is_primary(interface)]
        self.is_like_primary = any(has_fingerprint(each, network, self.subnet_id) for each in primaries)
        free = [ordinal for ordinal in range(network.interfaces) if ordinal not in taken]
        self.missing = free[: max(0, network.interfaces - len(self.present))]


def is_primary(interface: Interface) -> bool:
    return interface.attachment is not None and (interface.attachment.card, interface.attachment.index) == (0, 0)
