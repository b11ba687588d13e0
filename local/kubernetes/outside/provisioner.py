"""The provisioner of a CSI driver of zonal disks, as Amazon EBS's is: kube-controller-manager asks for a volume by an
annotation of the claim, and binds what is made (external-provisioner, "Dynamic Volume Provisioning")."""

from collections.abc import Iterable, Mapping

from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.engine import Concerns
from local.kubernetes.controllers.volumes import provisioning
from local.kubernetes.controllers.volumes.claims import SELECTED_NODE
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing

_PROVISIONER = "volume.kubernetes.io/storage-provisioner"


class Provisioner:
    """A controller: makes a volume for each claim that asks for one of a class that is there."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.watches: Mapping[str, Concerns] = {"PersistentVolumeClaim": _asking}

    def reconcile(self, key: Key) -> None:
        claim = self._cluster.cache.get("PersistentVolumeClaim", *key)
        if not claim or claim["metadata"].get("deletionTimestamp") or not list(_asking(claim)):
            return
        class_ = self._cluster.cache.get("StorageClass", "", claim["spec"].get("storageClassName") or "")
        if not class_:
            return
        chosen = claim["metadata"]["annotations"].get(SELECTED_NODE)
        if class_.get("volumeBindingMode") == "WaitForFirstConsumer" and not chosen:
            return
        nodes = self._cluster.cache.all("Node")
        node = self._cluster.cache.get("Node", "", chosen) if chosen else next(nodes, None)
        try:
            self._cluster.writes.create(provisioning.volume(claim, class_, node))
        except Refused as refused:
            if refused.code != 409:  # made already, and on its way to be bound
                raise


def _asking(claim: Thing) -> Iterable[Key]:
    notes = claim["metadata"].get("annotations") or {}
    return [key_of(claim)] if _PROVISIONER in notes and not claim["spec"].get("volumeName") else []
