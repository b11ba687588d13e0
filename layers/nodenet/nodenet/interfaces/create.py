"""Creating an ENI with its pods' addresses: a prefix or slice costs no call of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from nodenet.errors import AddressTaken, HeldError, InterfaceGone, NoBlockFree, NodeError, NotYet, TokenSpent
from nodenet.interfaces.identity import NETWORK_TAG, ordinal_of, token_with
from nodenet.interfaces.steps import Create, SliceWanted
from nodenet.networks import Interface
from nodenet.ranges import AddressRange, RangeSet, named_in

TRIES: Final = 5
"""How many slices that turn out to be others' are tried in one delivery: each costs a call."""


class Ec2(Protocol):
    """The second call is made only where the configuration changed between two deliveries."""

    def create_interface(self, create: Create, token: str, slices: Mapping[SliceWanted, AddressRange]) -> Interface: ...
    def interfaces_made_for(self, instance_ids: Sequence[str]) -> list[Interface]: ...


class Slices(Protocol):
    """What hands out slices of declared ranges."""

    def take(self, want: SliceWanted) -> AddressRange: ...
    def refuse(self, want: SliceWanted, taken: AddressRange) -> None: ...
    def give_back(self, want: SliceWanted, taken: AddressRange) -> None: ...


@dataclass(frozen=True, slots=True)
class Creation:
    """Makes ENIs for one node."""

    ec2: Ec2
    slices: Slices
    instance_id: str

    def create(self, step: Create, network: str) -> Interface:
        """The ENI, with what the step asks for or, where the subnet has no block left, what it says otherwise.

        NodeError where the subnet or the range cannot give it; NotYet where slices are about to come free;
        InterfaceGone where the client token is spent on something that is there no more.
        """
        try:
            return self._create_with_slices(step)
        except NoBlockFree as full:
            if step.otherwise is None:
                raise NodeError(f"{network}: {full}") from full
            return self.create(step.otherwise, network)
        except TokenSpent as spent:
            # The configuration changed between two deliveries: what the first one made is still this node's.
            for made in self.ec2.interfaces_made_for([self.instance_id]):
                same = made.tags.get(NETWORK_TAG) == network and made.description == step.description
                if same and ordinal_of(made) is not None and made.attachment is None:
                    return made
            raise InterfaceGone(str(spent)) from spent

    def _create_with_slices(self, step: Create) -> Interface:
        """Takes the slices that the ENI is to have; those that EC2 will not give it are somebody else's."""
        wanted = [want for want in (step.ipv4.slice, step.ipv6.slice) if want]
        for _ in range(TRIES):
            slices = {want: self.slices.take(want) for want in wanted}
            try:
                return self.ec2.create_interface(step, token_with(step.token, slices.values()), slices)
            except (AddressTaken, HeldError) as refused:
                strangers = _in_use(refused, slices)
                if not strangers:
                    raise HeldError(str(refused)) from refused
                for want in strangers:
                    self.slices.refuse(want, slices[want])
            except (NodeError, NoBlockFree):
                for want, taken in slices.items():
                    self.slices.give_back(want, taken)
                raise
        ranges = ", ".join(str(within) for want in wanted for within in want.ranges)
        raise NotYet(f"others have addresses in {TRIES} slices of {ranges}: prepare the subnet, which keeps them out")


def _in_use(refused: AddressTaken | HeldError, slices: Mapping[SliceWanted, AddressRange]) -> list[SliceWanted]:
    """The slices that EC2's refusal means: those that it names an address of.

    Of an IPv4 address in use EC2 has a code of its own (InvalidIPAddress.InUse), and names it. What it says of prefixes
    and IPv6 addresses no document tells: a refusal that names one of ours, whatever its code, is taken to mean that.
    """
    named = RangeSet(named_in(str(refused)))
    meant = [want for want, taken in slices.items() if named.meets(taken)]
    return meant or (list(slices) if isinstance(refused, AddressTaken) else [])
