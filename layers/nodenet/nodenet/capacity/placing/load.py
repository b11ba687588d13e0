"""What a fleet takes of one subnet."""

from dataclasses import dataclass

from nodenet.capacity.shape import PREFIX_ADDRESSES


@dataclass(slots=True)
class Load:
    """Addresses, by whose they are: the nodes' own, the VPC CNI's with branch interfaces, extra networks'. Of the VPC
    CNI's, `prefixes` of sixteen; of the networks', `network_prefixes` of sixteen and `network_addresses` one by one,
    beside the interfaces' own."""

    nodes: int = 0
    pods: int = 0
    networks: int = 0
    prefixes: int = 0
    network_prefixes: int = 0
    network_addresses: int = 0

    @property
    def taken(self) -> int:
        return self.nodes + self.pods + self.networks

    @property
    def singles(self) -> int:
        """Addresses outside prefixes."""
        return self.taken - PREFIX_ADDRESSES * (self.prefixes + self.network_prefixes)

    def add_enis(self, count: int, addresses: int, prefixes: int) -> None:
        """Adds ENIs of the VPC CNI, each with so many addresses in all, those of its prefixes included."""
        self.pods += count * addresses
        self.prefixes += count * prefixes

    def add_interfaces(self, count: int, addresses: int, prefixes: int) -> None:
        """Adds interfaces of an extra network, each with an address of its own and so much beside it."""
        self.networks += count * (1 + addresses + PREFIX_ADDRESSES * prefixes)
        self.network_addresses += count * addresses
        self.network_prefixes += count * prefixes

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.nodes + other.nodes,
            self.pods + other.pods,
            self.networks + other.networks,
            self.prefixes + other.prefixes,
            self.network_prefixes + other.network_prefixes,
            self.network_addresses + other.network_addresses,
        )
