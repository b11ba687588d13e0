"""What the VPC CNI's daemon does in one pass over a network card's pool (pkg/ipamd/ipamd.go of v1.23, in IPv4 mode).

It passes every five seconds: where the pool is too low it grows by one step, and where too high it gives back what is
over, at most every thirty seconds; then one ENI may go. What a step costs in EC2 calls is read from pkg/awsutils.
"""

from collections import Counter
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.datastore import Datastore
from nodenet.capacity.shape import PREFIX_ADDRESSES, NodeShape

PASS_SECONDS: Final = 5.0
"""Between two passes (ipPoolMonitorInterval). What the calls of a pass take comes on top, and is not modelled."""

DECREASE_SECONDS: Final = 30.0
"""Between two decreases (decreaseIPPoolInterval)."""

INSUFFICIENT_SECONDS: Final = 120.0
"""For which nothing is asked of EC2 after a subnet had none left (insufficientCidrErrorCooldown)."""


class Ipamd:
    """The daemon on one node, at work on its default network card.

    `room`: addresses that the subnet still has for this node; None is enough of them. `calls` counts EC2 API calls by
    action. `cordoned` nodes get nothing new and lose no ENI, unless AWS_MANAGE_ENIS_NON_SCHEDULABLE says so
    (isENIAttachmentAllowed, tryFreeENI); single blocks are still given back.
    """

    def __init__(self, shape: NodeShape, settings: CniSettings, store: Datastore, room: int | None = None) -> None:
        self.store = store
        self.calls: Counter[str] = Counter()
        self.cordoned = False
        self._shape, self._settings, self._room = shape, settings, room
        self._decreased = -DECREASE_SECONDS - 1
        self._insufficient = -INSUFFICIENT_SECONDS - 1

    def start(self) -> None:
        """At its start it grows once, and does not shrink (handlePreScaling)."""
        if self.too_low():
            self._increase(0.0)

    def run(self, now: float) -> None:
        """One pass (updateIPPoolIfRequired)."""
        available = self.store.available
        if self.too_low():
            self._increase(now)
        elif self._over() and now - self._decreased > DECREASE_SECONDS:
            self._decrease()
            self._decreased = now
        if self._may_lose_an_eni(available):
            self._free_eni(now)

    def too_low(self) -> bool:
        """isDatastorePoolTooLow: never where there are as many addresses as the kubelet allows pods."""
        if self.store.total >= self._shape.max_pods:
            return False
        if self._settings.ip_targets:
            return self._short() > 0
        per_target, target = self._shape.per_eni, self._settings.warm_eni_target
        if self._shape.prefixes:
            per_target, target = PREFIX_ADDRESSES, self._settings.warm_prefix_target
        return self.store.available < per_target * target or (target == 0 and self.store.available == 0)

    def grow(self, now: float) -> bool:
        """One step of growth where the pool is too low; whether it got any further."""
        before = self.store.total
        if self.too_low():
            self._increase(now)
        return self.store.total > before

    def _short(self) -> int:
        """Addresses that IP targets lack (datastoreTargetState)."""
        warm = self._settings.warm_ip_target - self.store.available
        return max(warm, self._settings.minimum_ip_target - self.store.total, 0)

    def _over(self) -> int:
        """Blocks above the targets (isDatastorePoolTooHigh). WARM_ENI_TARGET gives back ENIs only, whole."""
        store, settings = self.store, self._settings
        if settings.ip_targets and self._shape.prefixes:
            needed = max(_prefixes(store.assigned + settings.warm_ip_target), _prefixes(settings.minimum_ip_target))
            return max(min(store.free_prefixes, store.prefixes - needed), 0)
        if settings.ip_targets:
            spare = max(store.available - settings.warm_ip_target, 0)
            return max(min(spare, store.total - settings.minimum_ip_target), 0)
        return max(store.free_prefixes - settings.warm_prefix_target, 0) if self._shape.prefixes else 0

    def _blocks_wanted(self) -> int:
        """How many blocks one step asks for (getPrefixesNeeded, tryAssignIPs)."""
        if not self._shape.prefixes:
            return self._short() if self._settings.ip_targets else self._shape.per_eni
        if self._settings.ip_targets:
            return max(1, _prefixes(self._short()))
        return max(1, self._settings.warm_prefix_target - self.store.free_prefixes)

    def _increase(self, now: float) -> None:
        """One step: blocks on an ENI that has slots for them, else an ENI with blocks (increaseDatastorePool)."""
        if self.cordoned and not self._settings.manage_enis_non_schedulable:
            return
        if now - self._insufficient <= INSUFFICIENT_SECONDS:
            return
        wanted = self._blocks_wanted()
        for eni in self.store.allocatable():
            if got := self._assign(min(self._shape.per_eni - len(eni.blocks), wanted)):
                self.store.add(eni, got)
                return
            if not self._settings.subnet_discovery:
                self._insufficient = now
                return
        if len(self.store.enis) < self._shape.enis:
            self._attach(now, min(wanted, self._shape.per_eni))

    def _assign(self, blocks: int) -> int:
        """Blocks that EC2 gives: all that are asked for, or else one (tryAssignIPs asks again for a single one)."""
        for asked in (blocks, 1):
            self.calls["AssignPrivateIpAddresses"] += 1
            if self._take(asked * self._block_size):
                return asked
        return 0

    def _attach(self, now: float, blocks: int) -> None:
        """AllocENI and setupENI. With subnet discovery the VPC's subnets are looked at before and after; without it
        once, for the tag that excludes one. An ENIConfig names its subnet."""
        discovery, custom = self._settings.subnet_discovery, self._settings.custom_networking
        if not custom:
            self.calls["DescribeSubnets"] += 1
        self.calls["CreateNetworkInterface"] += 1
        if not self._take(1 + blocks * self._block_size):
            self._insufficient = now
            return
        self.calls.update(("DescribeInstances", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute"))
        if discovery:
            self.calls["DescribeSubnets"] += 1
        self.store.add(self.store.attach(now), blocks)

    def _decrease(self) -> None:
        """Blocks that no pod uses go back, ENI by ENI (tryUnassignCidrsFromAll)."""
        over = self._over()
        for eni in self.store.newest_first():
            freed = self.store.remove_free(eni, over)
            if freed:
                self.calls["UnassignPrivateIpAddresses"] += 1
                self._give_back(freed * self._block_size)
            over -= freed
            if not over:
                return

    def _may_lose_an_eni(self, available: int) -> bool:
        """shouldRemoveExtraENIs, with what was available before this pass."""
        if self._settings.ip_targets:
            return True
        target = self._settings.warm_prefix_target if self._shape.prefixes else self._settings.warm_eni_target
        if available >= (target + 1) * self._shape.addresses_per_eni:
            return True
        return self._shape.prefixes and self.store.has_unused_eni()

    def _free_eni(self, now: float) -> None:
        """At most one ENI goes (tryFreeENI). Further tries to delete one that EC2 still detaches are not counted."""
        if self.cordoned and not self._settings.manage_enis_non_schedulable:
            return
        settings = self._settings
        eni = self.store.deletable(
            now, settings.warm_ip_target, settings.minimum_ip_target, settings.warm_prefix_target
        )
        if eni is None:
            return
        self.calls.update(("DescribeNetworkInterfaces", "DetachNetworkInterface", "DeleteNetworkInterface"))
        self._give_back(1 + eni.addresses)
        self.store.detach(eni)

    @property
    def _block_size(self) -> int:
        return PREFIX_ADDRESSES if self._shape.prefixes else 1

    def _take(self, addresses: int) -> bool:
        if self._room is None:
            return True
        if addresses > self._room:
            return False
        self._room -= addresses
        return True

    def _give_back(self, addresses: int) -> None:
        if self._room is not None:
            self._room += addresses


def _prefixes(addresses: int) -> int:
    return -(-addresses // PREFIX_ADDRESSES)
