"""Endpoints and EndpointSlices of Services with a selector ("EndpointSlices"; k8s.io/endpointslice; kubernetes,
pkg/controller/endpoint)."""

from collections.abc import Iterable, Mapping, Sequence

from local.kubernetes.controllers import owners
from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.pods import is_going, is_ready, is_terminal
from local.kubernetes.controllers.selecting import Selecting
from local.kubernetes.controllers.volumes.provisioning import ZONE
from local.kubernetes.things import Thing

_MOST = 100
"""Endpoints in a slice (--max-endpoints-per-slice)."""
_SERVICE, _MANAGER = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
_OURS = "endpointslice-controller.k8s.io"


class EndpointSlices:
    """Which pods answer for a Service, and which of them are ready."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._selecting = Selecting(cluster.cache, "Service", _selector)
        self.watches = {"Service": _itself, "Pod": self._of_pod}

    def reconcile(self, key: Key) -> None:
        service = self._cluster.cache.get("Service", *key)
        if not service or not _selector(service) or service["metadata"].get("deletionTimestamp"):
            return
        pods = [pod for pod in self._cluster.cache.pods_by(key[0], _selector(service)) if _answers(pod)]
        pods.sort(key=lambda pod: str(pod["metadata"]["name"]))
        early = bool(service["spec"].get("publishNotReadyAddresses"))
        self._keep_slices(service, [self._endpoint(pod, early=early) for pod in pods], _ports(service, pods))
        self._keep_endpoints(service, pods, early=early)

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        return self._selecting.of(key_of(pod)[0], pod["metadata"].get("labels"))

    def _endpoint(self, pod: Thing, *, early: bool) -> Thing:
        """ready is serving and not terminating, but for those that are published in any case (podToEndpoint)."""
        serving, going = is_ready(pod), is_going(pod)
        node = self._cluster.cache.get("Node", "", pod["spec"]["nodeName"])
        zone = ((node or {}).get("metadata", {}).get("labels") or {}).get(ZONE)
        endpoint = {
            "addresses": [_address(pod)],
            "conditions": {"ready": early or (serving and not going), "serving": serving, "terminating": going},
            "targetRef": _reference(pod),
            "nodeName": pod["spec"]["nodeName"],
        }
        return endpoint | ({"zone": zone} if zone else {})

    def _keep_slices(self, service: Thing, endpoints: Sequence[Thing], ports: Sequence[Thing]) -> None:
        about = service["metadata"]
        own = self._cluster.cache.controlled("EndpointSlice", about["uid"])
        wanted = [list(endpoints[start : start + _MOST]) for start in range(0, max(1, len(endpoints)), _MOST)]
        for number, part in enumerate(wanted):
            content = {"addressType": "IPv4", "endpoints": part, "ports": list(ports)}
            if number < len(own):
                self._replace(own[number], content)
            else:
                self._cluster.writes.create(
                    {
                        "apiVersion": "discovery.k8s.io/v1",
                        "kind": "EndpointSlice",
                        "metadata": {
                            "generateName": f"{about['name']}-",
                            "namespace": about["namespace"],
                            "labels": {**(about.get("labels") or {}), _SERVICE: about["name"], _MANAGER: _OURS},
                            "ownerReferences": [owners.reference(service)],
                        },
                        **content,
                    }
                )
        for each in own[len(wanted) :]:
            self._cluster.writes.delete(each)

    def _keep_endpoints(self, service: Thing, pods: Sequence[Thing], *, early: bool) -> None:
        """The older form: one object, addresses by whether they are ready; who is terminating is in neither."""
        addresses: dict[bool, list[Thing]] = {True: [], False: []}
        for pod in pods:
            if not is_going(pod) or early:
                shown = {"ip": _address(pod), "nodeName": pod["spec"]["nodeName"], "targetRef": _reference(pod)}
                addresses[early or is_ready(pod)].append(shown)
        names = {True: "addresses", False: "notReadyAddresses"}
        subset: Thing = {names[ready]: found for ready, found in addresses.items() if found}
        content = {"subsets": [{**subset, "ports": _ports(service, pods)}] if subset else []}
        about = service["metadata"]
        if present := self._cluster.cache.get("Endpoints", *key_of(service)):
            self._replace(present, content)
            return
        metadata = {"name": about["name"], "namespace": about["namespace"], "labels": about.get("labels") or {}}
        metadata["ownerReferences"] = [owners.reference(service)]
        self._cluster.writes.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, **content})

    def _replace(self, present: Thing, content: Mapping[str, object]) -> None:
        if any(present.get(name) != value for name, value in content.items()):
            self._cluster.writes.change(present, lambda now: now.update(content))


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _selector(service: Thing) -> Thing | None:
    """A Service without a selector has endpoints by hand."""
    labels = service["spec"].get("selector")
    return {"matchLabels": labels} if labels else None


def _answers(pod: Thing) -> bool:
    return bool(_address(pod) and pod["spec"].get("nodeName") and not is_terminal(pod))


def _address(pod: Thing) -> str:
    return str((pod.get("status") or {}).get("podIP") or "")


def _reference(pod: Thing) -> Thing:
    about = pod["metadata"]
    return {"kind": "Pod", "namespace": about["namespace"], "name": about["name"], "uid": about["uid"]}


def _ports(service: Thing, pods: Sequence[Thing]) -> Sequence[Thing]:
    """Numbers of pods' ports; a named one is looked up in the first pod, which stands for all."""
    found = []
    for port in service["spec"].get("ports") or ():
        target = port.get("targetPort") or port["port"]
        number = target if isinstance(target, int) else _named(target, pods)
        if number:
            shown = {"name": port.get("name") or "", "port": number, "protocol": port.get("protocol") or "TCP"}
            found.append(shown)
    return found


def _named(name: str, pods: Sequence[Thing]) -> int | None:
    for pod in pods[:1]:
        for container in pod["spec"].get("containers") or ():
            for port in container.get("ports") or ():
                if port.get("name") == name:
                    return int(port["containerPort"])
    return None
