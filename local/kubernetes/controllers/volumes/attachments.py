"""VolumeAttachments of CSI volumes ("Persistent Volumes", Access Modes; kubernetes,
pkg/controller/volume/attachdetach)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from local.kubernetes.controllers import times
from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.pods import is_terminal
from local.kubernetes.things import Thing

_COMPONENT = "attachdetach-controller"


class Attachments:
    """A volume is attached where a pod that uses it has been bound, and detached some time after the last has gone."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._users: dict[Key, dict[Key, Thing]] = defaultdict(dict)
        self._idle: dict[str, float] = {}
        self.watches = {"Pod": self._of_pod, "PersistentVolume": _itself, "VolumeAttachment": _of_attachment}
        cluster.cache.observers.append(self._observe)

    def ready(self, pod: Thing) -> bool:
        """Whether all volumes of a pod are where it is."""
        return all(self._is_ready(volume, pod["spec"]["nodeName"]) for volume in self._volumes(pod))

    def reconcile(self, key: Key) -> None:
        volume = self._cluster.cache.get("PersistentVolume", *key)
        name = key[1]
        users = self._pods_with(volume) if volume else ()
        wanted = {pod["spec"]["nodeName"] for pod in users}
        present = {each["spec"]["nodeName"]: each for each in self._present(name)}
        for node_name, attachment in present.items():
            if node_name in wanted:
                self._idle.pop(attachment["metadata"]["uid"], None)
            else:
                self._detach(attachment, key)
        if volume and _attaches(self._cluster, volume):
            for pod in users:
                if pod["spec"]["nodeName"] in present:
                    continue
                if not present or _is_shared(volume):
                    present[pod["spec"]["nodeName"]] = self._attach(volume, pod["spec"]["nodeName"])
                else:
                    self._refuse(pod, name)

    def _is_ready(self, volume: Thing | None, node_name: str) -> bool:
        if volume is None:
            return False
        if not _attaches(self._cluster, volume):
            return True
        found = self._cluster.cache.get("VolumeAttachment", "", _name(volume, node_name))
        return bool(found and (found.get("status") or {}).get("attached"))

    def _volumes(self, pod: Thing) -> Sequence[Thing | None]:
        """Of each claim the volume, None while it has none."""
        found = []
        for key in claims_of(pod):
            claim = self._cluster.cache.get("PersistentVolumeClaim", *key) or {}
            name = (claim.get("spec") or {}).get("volumeName")
            found.append(self._cluster.cache.get("PersistentVolume", "", name) if name else None)
        return found

    def _pods_with(self, volume: Thing) -> Sequence[Thing]:
        claim = volume["spec"].get("claimRef") or {}
        users = self._users.get((claim.get("namespace", ""), claim.get("name", "")), {})
        return [pod for pod in users.values() if pod["spec"].get("nodeName") and not is_terminal(pod)]

    def _present(self, name: str) -> Sequence[Thing]:
        attachments = self._cluster.cache.all("VolumeAttachment")
        return [each for each in attachments if each["spec"]["source"].get("persistentVolumeName") == name]

    def _attach(self, volume: Thing, node_name: str) -> Thing:
        made = self._cluster.writes.create(
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "VolumeAttachment",
                "metadata": {"name": _name(volume, node_name)},
                "spec": {
                    "attacher": volume["spec"]["csi"]["driver"],
                    "nodeName": node_name,
                    "source": {"persistentVolumeName": volume["metadata"]["name"]},
                },
            }
        )
        return self._cluster.writes.status(made, attached=True) or made

    def _refuse(self, pod: Thing, name: str) -> None:
        told = f'Multi-Attach error for volume "{name}" Volume is already exclusively attached to one node'
        message = f"{told} and can't be attached to another"
        self._cluster.events.record(pod, "Warning", "FailedAttachVolume", message, _COMPONENT)

    def _detach(self, attachment: Thing, key: Key) -> None:
        uid = attachment["metadata"]["uid"]
        left = self._idle.setdefault(uid, times.now()) + self._cluster.settings.detach - times.now()
        if left > 0:
            self._cluster.engine.after(left, self, key)
        else:
            del self._idle[uid]
            self._cluster.writes.delete(attachment)

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        if not pod["spec"].get("nodeName"):
            return []
        return [("", volume["metadata"]["name"]) for volume in self._volumes(pod) if volume]

    def _observe(self, kind: str, before: Thing | None, after: Thing | None) -> None:
        if kind == "Pod" and (pod := after or before):
            for claim in claims_of(pod):
                if after is None:
                    self._users[claim].pop(key_of(pod), None)
                else:
                    self._users[claim][key_of(pod)] = after


def claims_of(pod: Thing) -> Sequence[Key]:
    """The claims that a pod's volumes name."""
    volumes = pod["spec"].get("volumes") or ()
    named = (each["persistentVolumeClaim"]["claimName"] for each in volumes if each.get("persistentVolumeClaim"))
    return [(key_of(pod)[0], name) for name in named]


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _of_attachment(attachment: Thing) -> Iterable[Key]:
    name = attachment["spec"]["source"].get("persistentVolumeName")
    return [("", name)] if name else []


def _attaches(cluster: Cluster, volume: Thing) -> bool:
    """CSI volumes are attached, unless their driver says that they need not be ("Skip Attach")."""
    csi = volume["spec"].get("csi")
    driver = csi and cluster.cache.get("CSIDriver", "", csi["driver"])
    return bool(csi) and (driver["spec"].get("attachRequired", True) if driver else True)


def _is_shared(volume: Thing) -> bool:
    """Whether several nodes may have it (isMultiAttachForbidden)."""
    modes = set(volume["spec"].get("accessModes") or ())
    return not modes or bool(modes & {"ReadWriteMany", "ReadOnlyMany"})


def _name(volume: Thing, node_name: str) -> str:
    """As pkg/volume/csi, GetAttachmentName."""
    csi = volume["spec"]["csi"]
    return "csi-" + hashlib.sha256(f"{csi['volumeHandle']}{csi['driver']}{node_name}".encode()).hexdigest()
