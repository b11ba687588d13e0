"""The nodes of one cluster and their network: what the cluster, EC2 and EKS tell, passed on to who follows it."""

from typing import Any, Protocol

from moto.core.exceptions import ServiceException

from local.eks import nodegroup_listeners as groups
from local.eks.addon_installers import Done
from local.kubernetes.resources import Resource
from local.kubernetes.store import Store
from local.nodes import aws_auth, max_pods
from local.nodes.addons import Addons
from local.nodes.charts import CHARTS
from local.nodes.cni import APP, NAMESPACE, VpcCni
from local.nodes.daemons import CONTAINER
from local.nodes.joiner import Joiner
from local.nodes.objects import Objects
from local.nodes.pace import pace
from local.nodes.targets import Settings
from local.nodes.worker import Worker

type Thing = dict[str, Any]


class Tell(Protocol):
    """Makes an Event about an object, or counts it once more."""

    def __call__(
        self, about: Thing, type_: str, reason: str, message: str, component: str, host: str = "", /
    ) -> None: ...


class ClusterNodes:
    """`cni` gives the kubelets their addresses. `cluster` is EKS's model, `ec2` the backend of its region."""

    def __init__(self, cluster: Any, store: Store, ec2: Any, tell: Tell) -> None:
        self.cluster = cluster
        self._objects = Objects(store)
        self._ec2 = ec2
        self._worker = Worker(cluster.name)
        self.cni = VpcCni(self._objects, self._worker, self._instance_of, self._network_ready, tell)
        self._joiner = Joiner(
            cluster, self._objects, self._worker, ec2.get_instance_by_id, self.cni.powered, self.cni.forget
        )
        self._addons = Addons(cluster, self._objects, self._worker)
        self._closed = False
        store.watchers.append(self._happened)

    def begin(self) -> None:
        """Puts the networking add-ons in, and begins to look who may join."""
        self._worker.do(self._addons.begin)
        self._worker.do(self._look)

    def close(self) -> None:
        self._closed = True
        self._worker.close()

    def instance_state(self, instance_id: str, state: str) -> None:
        self._worker.do(lambda: self._joiner.instance_state(instance_id, state))

    def nodegroup(self, group: Any, what: str) -> None:
        """A managed node group has come, has changed, or has gone; called under the region's lock."""
        if what == groups.CREATED:
            group.max_pods = None if self._has_own_ami(group) else self._max_pods(group)
            if self.cluster.access_config["authenticationMode"] == "CONFIG_MAP":
                self._worker.do(lambda: aws_auth.add_role(self._objects, group.node_role))
        elif what == groups.CHANGED:
            self._worker.do(lambda: self._joiner.group_changed(group))
        elif all(each.node_role != group.node_role for each in self.cluster.nodegroups.values()):
            self._worker.do(lambda: aws_auth.remove_role(self._objects, group.node_role))

    def install(self, addon: Any, resolution: str, done: Done) -> bool:
        if addon.addon_name not in CHARTS:
            return False
        self._worker.do(lambda: self._addons.install(addon, resolution, done))
        return True

    def remove(self, addon: Any) -> None:
        self._worker.do(lambda: self._addons.remove(addon.addon_name))

    def _look(self) -> None:
        if not self._closed:
            self._joiner.look()
            self._worker.later(pace.look, self._look)

    def _instance_of(self, node: str) -> Any:
        return self._joiner.instance_of(node)

    def _network_ready(self, node: str) -> None:
        self._joiner.network_ready(node)

    def _happened(self, event: str, resource: Resource, thing: Thing) -> None:
        """Passes on what concerns nodes and add-ons; called for every change of any object."""
        about, do = thing["metadata"], self._worker.do
        if resource.kind == "Pod":
            if about["namespace"] == NAMESPACE and (about.get("labels") or {}).get("k8s-app") == APP:
                if event == "ADDED":
                    self.cni.pod_made(thing)
                do(lambda: self.cni.pod_changed(thing, gone=event == "DELETED"))
        elif resource.kind == "Node":
            do(lambda: self.cni.node_changed(thing))
        elif resource.kind == "ENIConfig":
            do(self.cni.eni_config_changed)
        elif resource.kind == "ConfigMap" and about["name"] == aws_auth.NAME:
            do(self._joiner.look)
        elif resource.kind in ("DaemonSet", "Deployment") and about["namespace"] == NAMESPACE:
            do(self._addons.workload_changed)

    def _max_pods(self, group: Any) -> int:
        """As the VPC CNI is set now. One number for all types of the group: the smallest, so that none has too many."""
        daemons = self._objects.find("DaemonSet", APP, NAMESPACE)
        containers = daemons["spec"]["template"]["spec"]["containers"] if daemons else []
        given = [env for each in containers if each["name"] == CONTAINER for env in each.get("env") or []]
        settings = Settings.of({each["name"]: each.get("value", "") for each in given})
        return min(max_pods.by_eks(each, settings) for each in group.instance_types)

    def _has_own_ami(self, group: Any) -> bool:
        template = group.launch_template or {}
        if not template:
            return False
        try:
            found = self._ec2.get_launch_template(template["id"])
        except ServiceException:
            return False
        return bool(found.get_version(template["version"]).data.get("ImageId"))
