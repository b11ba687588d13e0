"""What EC2 shows of the claimed networks' subnets: which interface is a node's, and who has an address."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_network

from nodenet.claims.register import Record
from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.interfaces.identity import NETWORK_TAG, ordinal_of
from nodenet.networks import CLUSTER_TAG, Interface
from nodenet.ranges import PREFIX_LENGTH


class View:
    """All interfaces of some subnets, strangers' too, as one Describe showed them."""

    def __init__(self, cluster: str, interfaces: Iterable[Interface]) -> None:
        self._cluster = cluster
        self._by_id: dict[str, Interface] = {}
        self._by_address: dict[tuple[str, str], Interface] = {}
        self._by_node: dict[tuple[str, str], Interface] = {}
        for interface in sorted(interfaces, key=lambda each: ordinal_of(each) or 0, reverse=True):
            self._by_id[interface.id] = interface
            for address in (*interface.addresses, *interface.ipv6_addresses, *interface.prefixes):
                self._by_address[interface.subnet_id, address] = interface
            if interface.attachment and interface.status != "detaching":
                # Of several interfaces on one network the first is taken: an event does not say which.
                self._by_node[interface.tags.get(NETWORK_TAG, ""), interface.attachment.instance_id] = interface

    def of_node(self, network: ResolvedNetwork, node: str) -> Interface | None:
        """The node's interface on the network: by its tags, never by CIDR, since two networks may share a subnet."""
        found = self._by_node.get((network.name, node))
        return found if found and self.is_of(found, network) else None

    def holder(self, network: ResolvedNetwork, address: str) -> Interface | None:
        """Who has the address now, alone or in a prefix."""
        return self._find(network, address) or self._find(network, _prefix_of(address))

    def in_prefix(self, network: ResolvedNetwork, address: str) -> bool:
        return self._find(network, address) is None and self._find(network, _prefix_of(address)) is not None

    def interface(self, network: ResolvedNetwork, interface_id: str) -> Interface | None:
        """The network's interface of this id, while there is one."""
        found = self._by_id.get(interface_id)
        return found if found and self.is_of(found, network) else None

    def is_of(self, interface: Interface, network: ResolvedNetwork) -> bool:
        """Whether nodenet made it for this network of this cluster."""
        tags: Mapping[str, str] = interface.tags
        return tags.get(CLUSTER_TAG) == self._cluster and tags.get(NETWORK_TAG) == network.name

    def all_of(self, network: ResolvedNetwork) -> list[Interface]:
        """Every interface of the network, attached or not."""
        return [interface for interface in self._by_id.values() if self.is_of(interface, network)]

    def is_gone(self, record: Record) -> bool:
        """Whether EC2 shows that the pod's node has lost the interface: it was deleted, or is attached elsewhere."""
        interface = self._by_id.get(record.interface)
        return interface is None or interface.attachment is None or interface.attachment.instance_id != record.node

    def _find(self, network: ResolvedNetwork, block: str) -> Interface | None:
        found = (self._by_address.get((subnet, block)) for subnet in network.subnet_by_zone.values())
        return next(filter(None, found), None)


def is_primary(interface: Interface, address: str) -> bool:
    """Whether it is the interface's own IPv4 address, which never leaves it ("Secondary IP addresses", EC2
    User Guide)."""
    return interface.addresses[:1] == (address,)


def _prefix_of(address: str) -> str:
    length = PREFIX_LENGTH[6 if ":" in address else 4]
    return str(ip_network(f"{address}/{length}", strict=False))
