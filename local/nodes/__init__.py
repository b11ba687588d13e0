"""The nodes of the region's EKS clusters: instances that join, and the VPC CNI that gives their pods addresses.

`joiner` Nodes come and go · `membership` `aws_auth` who is let in · `registration` `machine` `user_data` `max_pods`
what a kubelet registers · `cni` `ipamd` `targets` `pool` the VPC CNI · `interfaces` `subnet_discovery` `eniconfigs`
what it asks of EC2 and of the cluster · `addons` `applying` `charts` EKS's networking add-ons · `worker` `objects`
`pace` how all of that is done, and how fast.
"""

from typing import Any

from moto.ec2.models import ec2_backends

from local.eks import addon_installers, nodegroup_listeners
from local.eks.addon_installers import Done
from local.kubernetes.controllers import running as controllers
from local.kubernetes.controllers.cache import Cache
from local.kubernetes.controllers.events import Events
from local.kubernetes.controllers.running import Running
from local.kubernetes.controllers.writes import Writes
from local.kubernetes.store import Store
from local.nodes.cluster import ClusterNodes, Tell
from local.world import world


def install() -> "Nodes":
    """From now on instances join every cluster that has controllers; call it once, before the region serves."""
    nodes = Nodes()
    world.on_instance_state.append(nodes.instance_state)
    nodegroup_listeners.on_nodegroup.append(nodes.nodegroup)
    addon_installers.installers.append(nodes)
    controllers.on_started.append(nodes.follow)
    return nodes


class Nodes:
    """Of all clusters; what EC2 and EKS tell is passed on to the cluster that it concerns."""

    def __init__(self) -> None:
        self._clusters: dict[str, ClusterNodes] = {}

    def follow(self, running: Running) -> None:
        """A cluster's controllers are about to start: its kubelets get their addresses from the VPC CNI."""
        tell = Events(Writes(running.store, Cache())).record
        nodes = self.start(running.cluster, running.store, tell)
        running.use(nodes.cni)
        running.on_stopped.append(lambda: self.stop(running.cluster))

    def start(self, cluster: Any, store: Store, tell: Tell) -> ClusterNodes:
        """Gives an EKS cluster nodes from now on; the answer's `cni` is to give its kubelets addresses."""
        _, _, _, region, account, _ = cluster.arn.split(":")
        made = self._clusters[cluster.arn] = ClusterNodes(cluster, store, ec2_backends[account][region], tell)
        made.begin()
        return made

    def stop(self, cluster: Any) -> None:
        if old := self._clusters.pop(cluster.arn, None):
            old.close()

    def install(self, cluster: Any, addon: Any, resolution: str, done: Done) -> bool:
        """Part of addon_installers.Installer."""
        found = self._clusters.get(cluster.arn)
        return bool(found and found.install(addon, resolution, done))

    def remove(self, cluster: Any, addon: Any, preserve: bool) -> None:
        """Part of addon_installers.Installer."""
        if not preserve and (found := self._clusters.get(cluster.arn)):
            found.remove(addon)

    def instance_state(self, instance_id: str, state: str) -> None:
        for each in list(self._clusters.values()):
            each.instance_state(instance_id, state)

    def nodegroup(self, cluster: Any, group: Any, what: str) -> None:
        if found := self._clusters.get(cluster.arn):
            found.nodegroup(group, what)
