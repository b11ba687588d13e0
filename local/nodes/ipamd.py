"""The VPC CNI's daemon on one node: it keeps the node's pool of addresses at its targets.

Source: amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, under the names that the methods here tell. The real one looks
every five seconds and does one thing each time; this one is told when something happens, and then looks as often.
"""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

from local.nodes.growth import ATTACHING, INTERVAL, Growth
from local.nodes.host import Host
from local.nodes.pool import Pool

DECREASE_EVERY = 30.0
"""Seconds between two times that addresses are given back (decreaseIPPoolInterval)."""


class NotInitialized(Exception):
    """The daemon ends, so that its container starts again; the message is what it logs."""


class Ipamd:
    """`up` once it serves pods; `terminating` once its container is being stopped: it does nothing on EC2 any more.

    `kept` are the addresses of pods from before the daemon's start, by pod.
    """

    def __init__(
        self,
        host: Host,
        kept: Mapping[str, IPv4Address],
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self.pool = Pool(host.prefixes, host.settings.cooldown, host.now)
        self.up = self.terminating = False
        self._host = host
        self._kept = kept
        self._later = later
        self._growth = Growth(host, self.pool)
        self._scaled = False
        self._decreased_at = 0.0

    def start(self) -> None:
        """Takes in what the instance has, and gives back what is not of the kind in use (nodeInit)."""
        self._take_in()
        for pod, address in dict(self._kept).items():
            self.pool.restore(pod, address)
        for interface in self.pool.interfaces():
            for prefixes in (True, False):
                if prefixes != self.pool.prefixes or interface.excluded:
                    self._give_back(interface.id, self.pool.freeable(interface.id, prefixes))

    def look(self) -> float | None:
        """Does what is due; the seconds after which to look again though nothing happens, None for never.

        Raises NotInitialized where the daemon cannot begin to serve.
        """
        if self.terminating:
            return None
        self._take_in()
        if self._growth.joining:
            return ATTACHING
        if not self.up:
            return self._begin()
        if self._host.targets.too_low(self.pool.stats()):
            return self._increase()
        pause = self._decrease()
        if not self._host.may_attach:
            return pause
        if spare := self._host.targets.superfluous(self.pool, self._host.now()):
            self.pool.forget(spare.id)
            self._free(spare.id)
            return INTERVAL
        if self._host.targets.superfluous(self.pool, self._host.now(), soon=True):
            return min(pause or DECREASE_EVERY, DECREASE_EVERY)
        return pause

    def _begin(self) -> float | None:
        """handlePreScaling: once, as much as one look gives; with custom networking an empty pool is no beginning."""
        pause: float | None = INTERVAL
        low = self._host.targets.too_low(self.pool.stats())
        if low and not self._scaled:
            self._scaled = True
            pause = self._increase()
            if self._growth.joining:
                return pause
        if low and self._host.settings.custom_networking and not self.pool.stats().total:
            raise NotInitialized("Failed to attach any ENIs for custom networking")
        self.up = True
        return pause

    def _increase(self) -> float | None:
        pause = self._growth.increase()
        if self._growth.joining:
            self._take_in()
        return pause

    def _take_in(self) -> None:
        """Makes the pool agree with EC2 about which interfaces there are (nodeIPPoolReconcile)."""
        attached = {each.id: each for each in self._host.interfaces.attached()}
        known = {each.id for each in self.pool.interfaces()}
        for gone in known - attached.keys():
            self.pool.forget(gone)
        for each in attached.values():
            if each.managed and each.ready and each.id not in known:
                self._host.interfaces.claim(each.id)
                self.pool.add(each.id, each.primary, each.excluded, each.networks)
        joining = attached.get(self._growth.joining)
        if joining is None or joining.ready:
            self._growth.joining = ""
        self._growth.unmanaged = sum(not each.managed for each in attached.values())

    def _decrease(self) -> float | None:
        """tryUnassignCidrsFromAll; the seconds until it may be done, None where nothing is to be done."""
        over = self._host.targets.over(self.pool.stats())
        if over <= 0:
            return None
        if (wait := self._decreased_at + DECREASE_EVERY - self._host.now()) > 0:
            return wait
        self._decreased_at = self._host.now()
        for each in self.pool.interfaces():
            networks = self.pool.freeable(each.id, self.pool.prefixes)[: max(over, 0)]
            self._give_back(each.id, networks)
            over -= len(networks)
        return INTERVAL

    def _give_back(self, eni_id: str, networks: Sequence[IPv4Network]) -> None:
        """A block that a pod has got meanwhile stays (DelIPv4CidrFromStore)."""
        if dropped := self.pool.drop(eni_id, networks):
            self._host.interfaces.unassign(eni_id, dropped)

    def _free(self, eni_id: str) -> None:
        if not self._host.interfaces.free(eni_id):
            self._later(ATTACHING, lambda: self._free(eni_id))
