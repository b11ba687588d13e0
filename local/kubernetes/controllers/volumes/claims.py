"""Claims are bound to volumes that are there, or to new ones ("Persistent Volumes", "Dynamic Volume Provisioning",
"Storage Classes": Volume Binding Mode; kubernetes, pkg/controller/volume/persistentvolume)."""

from collections.abc import Iterable

from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.scheduling import node_affinity
from local.kubernetes.controllers.volumes import provisioning
from local.kubernetes.things import Thing, copied

SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""The annotation by which the scheduler says where a claim's first pod will be."""


class Claims:
    """Binds; a claim that waits for its first pod is bound once the scheduler has chosen a node."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.watches = {"PersistentVolumeClaim": _itself, "PersistentVolume": self._of_volume}

    def reconcile(self, key: Key) -> None:
        claim = self._cluster.cache.get("PersistentVolumeClaim", *key)
        if not claim or claim["metadata"].get("deletionTimestamp"):
            return
        volume = self._volume_of(claim)
        if volume:
            self._bind(claim, volume)
        elif claim["spec"].get("volumeName"):
            self._cluster.writes.status(claim, phase="Lost" if is_bound(claim) else "Pending")
        else:
            self._cluster.writes.status(claim, phase="Pending")

    def _volume_of(self, claim: Thing) -> Thing | None:
        """The volume that it names, that names it, that fits it, or a new one; None where it has to wait."""
        cache = self._cluster.cache
        if name := claim["spec"].get("volumeName"):
            return cache.get("PersistentVolume", "", name)
        volumes = list(cache.all("PersistentVolume"))
        if ours := next((each for each in volumes if _reserved_for(each, claim)), None):
            return ours
        class_ = cache.get("StorageClass", "", claim["spec"].get("storageClassName") or "")
        node = None
        if class_ and class_.get("volumeBindingMode") == "WaitForFirstConsumer":
            chosen = (claim["metadata"].get("annotations") or {}).get(SELECTED_NODE)
            node = chosen and cache.get("Node", "", chosen)
            if not node:
                return None
        fitting = provisioning.fitting(claim, volumes, node)
        if fitting or not class_ or class_["provisioner"] == "kubernetes.io/no-provisioner":
            return fitting
        return self._cluster.writes.create(provisioning.volume(claim, class_, node or self._any_node()))

    def _any_node(self) -> Thing | None:
        return next(iter(self._cluster.cache.all("Node")), None)

    def _bind(self, claim: Thing, volume: Thing) -> None:
        about = claim["metadata"]
        reference = volume["spec"].get("claimRef") or {}
        if reference.get("uid") not in (None, about["uid"]):
            return
        if not reference.get("uid"):
            to = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "name": about["name"]}
            to |= {"namespace": about["namespace"], "uid": about["uid"]}
            volume = self._cluster.writes.change(volume, lambda now: now["spec"].update(claimRef=to)) or volume
        self._cluster.writes.status(volume, phase="Bound")
        if not claim["spec"].get("volumeName"):
            name = volume["metadata"]["name"]
            claim = self._cluster.writes.change(claim, lambda now: now["spec"].update(volumeName=name)) or claim
        modes, capacity = copied(volume["spec"].get("accessModes") or []), copied(volume["spec"]["capacity"])
        self._cluster.writes.status(claim, phase="Bound", accessModes=modes, capacity=capacity)

    def _of_volume(self, volume: Thing) -> Iterable[Key]:
        """A volume that is new and free may be for any claim that waits; one whose claim is gone is let go."""
        reference = volume["spec"].get("claimRef")
        if reference and reference.get("uid"):
            return [(reference["namespace"], reference["name"])]
        return [key_of(each) for each in self._cluster.cache.all("PersistentVolumeClaim") if not is_bound(each)]


class Reclaiming:
    """A volume whose claim is gone is deleted, or kept as Released ("Reclaiming")."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.watches = {"PersistentVolume": _itself, "PersistentVolumeClaim": _its_volume}

    def reconcile(self, key: Key) -> None:
        volume = self._cluster.cache.get("PersistentVolume", *key)
        if not volume:
            return
        reference = volume["spec"].get("claimRef") or {}
        if not reference.get("uid"):
            self._cluster.writes.status(volume, phase="Available")
            return
        claim = self._cluster.cache.get("PersistentVolumeClaim", reference["namespace"], reference["name"])
        if claim and claim["metadata"]["uid"] == reference["uid"]:
            return
        if volume["spec"].get("persistentVolumeReclaimPolicy", "Retain") == "Delete":
            self._cluster.writes.delete(volume)
        else:
            self._cluster.writes.status(volume, phase="Released")


def is_bound(claim: Thing) -> bool:
    return bool((claim.get("status") or {}).get("phase") == "Bound")


def fits_node(volume: Thing, node: Thing) -> bool:
    """spec.nodeAffinity: where the volume can be used from."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return required is None or node_affinity.selects(required, node)


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _its_volume(claim: Thing) -> Iterable[Key]:
    name = claim["spec"].get("volumeName")
    return [("", name)] if name else []


def _reserved_for(volume: Thing, claim: Thing) -> bool:
    reference, about = volume["spec"].get("claimRef") or {}, claim["metadata"]
    if (reference.get("namespace"), reference.get("name")) != (about.get("namespace"), about["name"]):
        return False
    return reference.get("uid") in (None, about["uid"])
