"""Which volume fits a claim, and what a CSI driver of zonal disks makes for one. Pure."""

from collections.abc import Iterable

from local.kubernetes.controllers.quantities import amount
from local.kubernetes.controllers.scheduling import node_affinity
from local.kubernetes.things import Thing, copied

ZONE = "topology.kubernetes.io/zone"


def fitting(claim: Thing, volumes: Iterable[Thing], node: Thing | None) -> Thing | None:
    """The smallest free volume of the claim's class that is large enough, has its modes, and can be used from the node
    (component-helpers, storage/volume, FindMatchingVolume)."""
    spec = claim["spec"]
    found = []
    for volume in volumes:
        has = volume["spec"]
        required = (has.get("nodeAffinity") or {}).get("required")
        if (
            not has.get("claimRef")
            and (has.get("storageClassName") or "") == (spec.get("storageClassName") or "")
            and set(spec.get("accessModes") or ()) <= set(has.get("accessModes") or ())
            and amount(has["capacity"]["storage"]) >= amount(_size(claim))
            and (node is None or required is None or node_affinity.selects(required, node))
        ):
            found.append(volume)
    return min(found, key=lambda each: amount(each["spec"]["capacity"]["storage"]), default=None)


def volume(claim: Thing, class_: Thing, node: Thing | None) -> Thing:
    """A disk in the node's zone, as external-provisioner makes it for the EBS CSI driver."""
    about = claim["metadata"]
    zone = ((node or {}).get("metadata", {}).get("labels") or {}).get(ZONE)
    spec: Thing = {
        "capacity": {"storage": _size(claim)},
        "accessModes": copied(claim["spec"].get("accessModes") or ["ReadWriteOnce"]),
        "persistentVolumeReclaimPolicy": class_.get("reclaimPolicy", "Delete"),
        "storageClassName": class_["metadata"]["name"],
        "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
        "csi": {"driver": class_["provisioner"], "volumeHandle": f"vol-{about['uid'].replace('-', '')[:17]}"},
        "claimRef": {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "namespace": about["namespace"],
            "name": about["name"],
            "uid": about["uid"],
        },
    }
    if zone:
        term = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": f"pvc-{about['uid']}",
            "annotations": {"pv.kubernetes.io/provisioned-by": class_["provisioner"]},
        },
        "spec": spec,
    }


def _size(claim: Thing) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "1Gi"))
