"""Elastic IPs for floating addresses: given when an address is registered, taken back when it is released.

One that moves keeps its Elastic IP: EC2 moves it along (AssignPrivateIpAddresses, EC2 API Reference).
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from nodenet.claims.ports import ElasticIp
from nodenet.claims.refusals import PublicAddressRefused
from nodenet.claims.register import Key
from nodenet.claims.verdicts import Free, Take
from nodenet.interfaces.identity import NETWORK_TAG
from nodenet.networks import CLUSTER_TAG

ADDRESS_TAG: Final = "nodenet:address"
"""On an Elastic IP that nodenet allocated: the private address it is for. AllocateAddress has no client token: by this
tag a delivery finds what one before it allocated."""


class Ec2(Protocol):
    def allocate(self, pool: str, tags: Mapping[str, str]) -> ElasticIp: ...
    def associate(self, allocation: str, interface_id: str, address: str) -> None: ...
    def disassociate(self, association: str) -> None: ...
    def release(self, allocation: str) -> None: ...


class ElasticIps:
    """The cluster's, as one DescribeAddresses showed them; each is offered to one address of the batch only."""

    def __init__(self, ec2: Ec2, cluster: str, known: Sequence[ElasticIp]) -> None:
        self._ec2 = ec2
        self._cluster = cluster
        self._known = known
        self._free = sorted((each for each in known if not each.association), key=lambda each: each.allocation)
        self._lock = threading.Lock()

    def give(self, take: Take) -> str:
        """The public address of one that was registered; PublicAddressRefused where there is none for it."""
        interfaces = {take.target.id, take.holder.id if take.holder else ""}
        for each in self._known:
            if each.association and each.private == take.key.address and each.interface in interfaces:
                return each.public
        plan = take.network.public_addresses
        assert plan is not None
        if plan.pool:
            own = self._own(take) or self._ec2.allocate(plan.pool, {CLUSTER_TAG: self._cluster} | _own_tags(take.key))
            self._ec2.associate(own.allocation, take.target.id, take.key.address)
            return own.public
        refusal = f"no Elastic IP with the tags {dict(plan.tags)} is free"
        while (found := self._choose(plan.tags)) is not None:
            try:
                self._ec2.associate(found.allocation, take.target.id, take.key.address)
            except PublicAddressRefused as error:
                refusal = str(error)
            else:
                return found.public
        raise PublicAddressRefused(refusal)

    def take_back(self, free: Free) -> None:
        """Disassociates what the address has, and releases what was allocated for it."""
        for each in self._known:
            mine = _own_tags(free.key).items() <= each.tags.items()
            on_it = free.holder and (each.private, each.interface) == (free.key.address, free.holder.id)
            if each.association and on_it:
                self._ec2.disassociate(each.association)
            if mine and (on_it or not each.association):
                self._ec2.release(each.allocation)

    def allocated_for(self) -> list[Key]:
        """The addresses that have an Elastic IP of their own which is on no interface: perhaps their node is gone."""
        return [
            Key(each.tags.get(NETWORK_TAG, ""), each.tags[ADDRESS_TAG])
            for each in self._free
            if ADDRESS_TAG in each.tags
        ]

    def _choose(self, tags: Mapping[str, str]) -> ElasticIp | None:
        with self._lock:
            for each in self._free:
                # What was allocated for one address is not for another.
                if tags.items() <= each.tags.items() and ADDRESS_TAG not in each.tags:
                    self._free.remove(each)
                    return each
        return None

    def _own(self, take: Take) -> ElasticIp | None:
        return next((each for each in self._free if _own_tags(take.key).items() <= each.tags.items()), None)


def _own_tags(key: Key) -> dict[str, str]:
    return {NETWORK_TAG: key.network, ADDRESS_TAG: key.address}
