"""How the VPC CNI's daemon gets more addresses for its node.

Source: amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, increaseDatastorePool and what it calls.
"""

import logging
from collections.abc import Sequence

from moto.ec2.exceptions import EC2ClientError

from local.nodes.host import Host
from local.nodes.interfaces import FULL
from local.nodes.pool import Pool

log = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two looks at the pool (ipPoolMonitorInterval)."""
ATTACHING = 1.0
"""Seconds until it is seen whether EC2 has attached an interface."""
FULL_FOR = 120.0
"""Seconds for which nothing is asked of a subnet that was full (insufficientCidrErrorCooldown)."""


class Growth:
    """`joining` is the interface that EC2 is attaching, "" for none; `unmanaged` how many are not the daemon's."""

    def __init__(self, host: Host, pool: Pool) -> None:
        self.joining = ""
        self.unmanaged = 0
        self._host = host
        self._pool = pool
        self._full_until = 0.0

    def increase(self) -> float | None:
        """One step; the seconds until the next is worth a try, None for when something has changed."""
        if not self._host.may_attach:
            return None
        if (wait := self._full_until - self._host.now()) > 0:
            return wait
        try:
            if self._fill():
                return INTERVAL
            return self._attach() if self._has_room else None
        except EC2ClientError as refused:
            log.debug("%s: EC2 refused: %s", self._host.node, refused)
            if refused.code in FULL:
                self._full_until = self._host.now() + FULL_FOR
                return FULL_FOR
            return INTERVAL

    def _fill(self) -> bool:
        """tryAssignCidrs: the first interface with room; with custom networking never the primary."""
        targets, settings, prefixes = self._host.targets, self._host.settings, self._pool.prefixes
        for each in self._pool.interfaces():
            count = targets.wanted_on(each, self._pool.stats())
            if each.excluded or (each.primary and settings.custom_networking) or count <= 0:
                continue
            try:
                networks = self._host.interfaces.assign(each.id, count, prefixes)
            except EC2ClientError as refused:
                if not settings.subnet_discovery or refused.code not in FULL:
                    raise
                continue  # another interface's subnet may have room, or another subnet
            self._pool.add(each.id, each.primary, each.excluded, networks)
            return True
        return False

    @property
    def _has_room(self) -> bool:
        """hasRoomForEni."""
        settings, limit = self._host.settings, self._host.interfaces.limit
        usable = [each for each in self._pool.interfaces() if not each.excluded]
        excluded = len(self._pool.interfaces()) - len(usable)
        trunk = int(settings.pod_eni and self._host.interfaces.nitro)
        return len(usable) < min(settings.max_eni or limit, limit) - self.unmanaged - trunk - excluded

    def _attach(self) -> float | None:
        """tryAllocateENI; without an ENIConfig nothing is done, until there is one."""
        subnet: str | None = None
        groups: Sequence[str] = ()
        if self._host.settings.custom_networking:
            config = self._host.eni_config
            if config is None:
                return None
            subnet, groups = config.get("subnet"), config.get("securityGroups") or ()
        count = self._host.targets.wanted(self._pool.stats())
        if count <= 0:
            return None
        self.joining = self._host.interfaces.create(count, self._pool.prefixes, subnet, groups)
        return ATTACHING
