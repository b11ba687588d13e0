"""Pods, and the ways to have one go."""

from collections.abc import Collection
from typing import Any, Final

from lightkube import operators as op

from nodenet.kubernetes import kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import refusal, unless_gone
from nodenet.kubernetes.evicting import eviction
from nodenet.kubernetes.listing import ALL, listed
from nodenet.kubernetes.owners import Owners, named
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.kubernetes.workload_kinds import ReplicaSet
from nodenet.migration.cluster import Pod
from nodenet.migration.drain.evictions import Eviction

_MIRROR: Final = "kubernetes.io/config.mirror"
_LONG: Final = "kubectl.kubernetes.io/last-applied-configuration"


class Pods:
    """A pod that is to go is meant by its uid: one of the same name that came after it is left alone."""

    def __init__(self, connection: Connection) -> None:
        rehearse([kinds.Pod, kinds.VolumeAttachment, kinds.PersistentVolumeClaim, ReplicaSet])
        self._connection = connection
        self._owners = Owners(connection)

    @needs("list", on="pods")
    @needs("get", "list", on="replicasets", group="apps")
    def pods(self, node: str = "", namespace: str = "", labels: str = "") -> list[Pod]:
        """Those on the node, in the namespace, that the selector matches; what is left empty restricts nothing. The
        owner of a ReplicaSet's pod is the ReplicaSet's."""
        where = namespace or ALL
        fields: dict[str, Any] | None = {"spec.nodeName": op.equal(node)} if node else None
        found = listed(self._connection, kinds.Pod, _read, namespace=where, fields=fields, labels=labels)
        owners = self._owners.find([(pod["namespace"], reference) for pod, reference in found], where)
        return [Pod(**pod, owner=owner) for (pod, _), owner in zip(found, owners, strict=True)]

    @needs("get", on="pods")
    @needs("get", on="replicasets", group="apps")
    def pod(self, namespace: str, name: str) -> Pod | None:
        found = self._get(namespace, name)
        if not found:
            return None
        pod, reference = _read(found)
        return Pod(**pod, owner=self._owners.find([(namespace, reference)], namespace)[0])

    @needs("create", on="pods/eviction")
    @needs("get", on="pods")
    def evict(self, pod: Pod, grace: int | None = None) -> Eviction:
        """Asks for its eviction, once; `grace` in seconds, None for the pod's own. Throttled where the server does not
        come to look at it."""
        path = f"{_path(pod)}/eviction"
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod.name, "namespace": pod.namespace},
        }
        answer = self._connection.ask("POST", path, {**body, "deleteOptions": _options(pod, grace)})
        return eviction(answer, lambda: self._is_there(pod))

    @needs("delete", on="pods")
    def delete(self, pod: Pod, grace: int | None = None) -> bool:
        """Past its budget of disruptions; False where it is gone."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", **_options(pod, grace)}
        answer = self._connection.ask("DELETE", _path(pod), body)
        # 409: the uid is another's ("Preconditions", apimachinery's meta/v1 types).
        if answer.status_code in (404, 409):
            return False
        if not answer.is_success:
            raise refusal(answer)
        return True

    @needs("list", on="volumeattachments", group="storage.k8s.io")
    def attached(self, node: str) -> list[str]:
        """The PersistentVolumes that are still attached to the node; a volume given inline has its attachment's name.
        There is no field to select attachments by their node, so all are read."""
        every = listed(self._connection, kinds.VolumeAttachment, lambda each: each)
        return sorted(each.spec.source.volume or each.metadata.name for each in every if each.spec.node == node)

    @needs("get", on="persistentvolumeclaims")
    def volumes(self, pods: Collection[Pod]) -> frozenset[str]:
        """The PersistentVolumes that these pods' claims are bound to."""
        claims = sorted({(pod.namespace, claim) for pod in pods for claim in pod.claims})
        return frozenset(filter(None, (self._volume(namespace, claim) for namespace, claim in claims)))

    def _volume(self, namespace: str, claim: str) -> str:
        client = self._connection.client
        found = unless_gone(lambda: client.get(kinds.PersistentVolumeClaim, claim, namespace=namespace))
        return found.spec.volume if found else ""

    def _get(self, namespace: str, name: str) -> kinds.Pod | None:
        return unless_gone(lambda: self._connection.client.get(kinds.Pod, name, namespace=namespace))

    def _is_there(self, pod: Pod) -> bool:
        found = self._get(pod.namespace, pod.name)
        return found is not None and found.metadata.uid == pod.uid


def _path(pod: Pod) -> str:
    return f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"


def _options(pod: Pod, grace: int | None) -> dict[str, Any]:
    return {"preconditions": {"uid": pod.uid}} | ({} if grace is None else {"gracePeriodSeconds": grace})


def read(item: kinds.Pod) -> Pod:
    """The pod, with its controller as it is named in it."""
    pod, reference = _read(item)
    return Pod(**pod, owner=named(pod["namespace"], reference))


def _read(item: kinds.Pod) -> tuple[dict[str, Any], kinds.Reference | None]:
    """What a Pod is made of but for its owner, and its controller."""
    about, spec, status = item.metadata, item.spec, item.status
    volumes = spec.volumes or ()
    claims = [each.claim.name for each in volumes if each.claim]
    # The claim of an ephemeral volume is named so ("Ephemeral Volumes", PersistentVolumeClaim naming).
    claims += [f"{about.name}-{each.name}" for each in volumes if each.ephemeral is not None]
    annotations = about.annotations or {}
    pod = {
        "namespace": about.namespace,
        "name": about.name,
        "uid": about.uid,
        "node": spec.node,
        "address": status.address,
        "phase": status.phase,
        "ready": kinds.holds(status.conditions, "Ready"),
        "terminating": bool(about.deleted),
        "host_network": spec.host_network,
        "mirror": _MIRROR in annotations,
        "empty_dir": any(each.empty_dir is not None for each in volumes),
        "claims": tuple(claims),
        "gates": tuple(each.type for each in spec.gates or ()),
        "labels": about.labels or {},
        "annotations": {key: value for key, value in annotations.items() if key != _LONG},
        "node_selector": spec.node_selector or {},
    }
    return pod, about.controller
