"""The daemons of a cluster's VPC CNI, one on each node where an aws-node pod runs: started, looked after, ended.

A daemon has the environment of its own pod, so a change of the DaemonSet arrives node by node, as it rolls. What pods
have been given outlasts the daemon, which reads it from a file when it starts (amazon-vpc-cni-k8s v1.23.1,
pkg/ipamd/datastore, ReadBackingStore).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from local.nodes.growth import INTERVAL
from local.nodes.host import Cluster, Host
from local.nodes.interfaces import NodeInterfaces
from local.nodes.ipamd import Ipamd, NotInitialized
from local.nodes.pace import pace
from local.nodes.targets import Settings
from local.nodes.worker import Worker
from local.world import world

log = logging.getLogger(__name__)

type Thing = dict[str, Any]

CONTAINER = "aws-node"
LONGEST_RESTART = 300.0


@dataclass
class Daemon:
    """`pod` is its aws-node pod, `pause` the last one before it was started again."""

    pod: Thing
    ipamd: Ipamd
    pause: float = 0.0


class Daemons:
    """By node. `instance_of` finds EC2's model of a node's instance, None for none; `served` is called with a node and
    the aws-node pod whose daemon has begun to serve, `grown` with a node that has more addresses.

    Everything but `find` and `release` runs on the worker's thread.
    """

    def __init__(
        self,
        cluster: Cluster,
        worker: Worker,
        instance_of: Callable[[str], Any],
        served: Callable[[str, Thing], None],
        grown: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._worker = worker
        self._instance_of = instance_of
        self._served = served
        self._grown = grown
        self._running: dict[str, Daemon] = {}
        self._kept: dict[str, dict[str, IPv4Address]] = {}
        self._due: dict[str, float] = {}

    def find(self, node: str) -> Ipamd | None:
        found = self._running.get(node)
        return found.ipamd if found else None

    def nodes(self) -> list[str]:
        return list(self._running)

    def runs(self, pod: Thing) -> bool:
        found = self._running.get(pod["spec"].get("nodeName", ""))
        return found is not None and found.pod["metadata"]["uid"] == pod["metadata"]["uid"]

    def begin(self, pod: Thing, pause: float = 0.0) -> None:
        """The daemon of this pod, in the place of any other on its node."""
        node = pod["spec"]["nodeName"]
        self.end(node)
        instance, settings = self._instance_of(node), _settings(pod)
        if instance is None:  # a node that somebody else has made
            return
        discovery, untagged = settings.subnet_discovery, settings.manage_untagged
        interfaces = NodeInterfaces(instance, settings.cluster, discovery, untagged)
        host = Host(node, interfaces, settings, self._cluster, world.clock.now)
        daemon = Daemon(pod, Ipamd(host, self._kept.get(node, {}), self._worker.later), pause)
        self._running[node] = daemon
        self._worker.later(pace.daemon, lambda: self._start(node, daemon))

    def end(self, node: str) -> None:
        """The node's daemon is gone; its pods keep their addresses."""
        self._due.pop(node, None)
        if found := self._running.pop(node, None):
            self._kept[node] = found.ipamd.pool.pods() or self._kept.get(node, {})

    def release(self, node: str, pod: str) -> None:
        """A pod has ended."""
        self._kept.get(node, {}).pop(pod, None)
        if found := self._running.get(node):
            found.ipamd.pool.release(pod)

    def forget(self, node: str) -> None:
        """The node is gone, with all it had."""
        self._running.pop(node, None)
        self._kept.pop(node, None)

    def wake(self, node: str, seconds: float = INTERVAL) -> None:
        """Has the node's daemon look in so many seconds, unless it is to look sooner."""
        found = self._running.get(node)
        at = world.clock.now() + seconds
        if found is None or world.clock.now() <= self._due.get(node, 0) <= at:
            return
        self._due[node] = at
        self._worker.later(seconds, lambda: self._look(node, found))

    def _start(self, node: str, daemon: Daemon) -> None:
        if self._running.get(node) is not daemon or daemon.ipamd.terminating:
            return
        try:
            daemon.ipamd.start()
        except EC2ClientError as refused:  # the instance is going
            log.debug("%s: the daemon cannot start: %s", node, refused)
            return
        self._look(node, daemon)

    def _look(self, node: str, daemon: Daemon) -> None:
        if self._running.get(node) is not daemon:
            return
        self._due.pop(node, None)
        ipamd = daemon.ipamd
        before, was_up = ipamd.pool.stats().total, ipamd.up
        try:
            pause = ipamd.look()
        except NotInitialized as ended:
            self._restart(node, daemon, str(ended))
            return
        except EC2ClientError as refused:  # the instance is going
            log.debug("%s: %s", node, refused)
            return
        if ipamd.up and not was_up:
            daemon.pause = 0.0
            self._served(node, daemon.pod)
        if ipamd.up and (not was_up or ipamd.pool.stats().total > before):
            self._grown(node)
        if pause is not None:
            self.wake(node, pause)

    def _restart(self, node: str, daemon: Daemon, why: str) -> None:
        """The container has ended, and is started again later and later ("Pod Lifecycle", restarts)."""
        log.debug("%s: aws-node ends: %s", node, why)
        pause = min(2 * daemon.pause or pace.restart, LONGEST_RESTART)

        def again() -> None:
            if self._running.get(node) is daemon:
                self.begin(daemon.pod, pause)

        self._worker.later(pause, again)


def _settings(pod: Thing) -> Settings:
    container = next(each for each in pod["spec"]["containers"] if each["name"] == CONTAINER)
    return Settings.of({each["name"]: each.get("value", "") for each in container.get("env") or []})
