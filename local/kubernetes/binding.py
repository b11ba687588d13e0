"""pods/binding: how a scheduler gives a pod its node.

Source: kubernetes, pkg/registry/core/pod/storage/storage.go (BindingREST).
"""

from local.kubernetes.paths import Place
from local.kubernetes.rules import field_errors
from local.kubernetes.statuses import Refused, bad_request, invalid
from local.kubernetes.store import Store
from local.kubernetes.things import Thing, found, timestamp
from local.world import world


def bind(store: Store, place: Place, binding: Thing, *, dry: bool = False) -> Thing:
    """The Status of a success; Refused: 404; 409 for a pod that has a node, is gated, or goes; 422."""
    about = binding.get("metadata") or {}
    if about.get("name") != place.name:
        raise bad_request("name in URL does not match name in Binding object")
    node = found(binding, "target", "name")
    if not node:
        raise invalid("Binding", "", place.name, [field_errors.required("target.name")])

    def assign(pod: Thing) -> None:
        _check(place, pod)
        for key in ("uid", "resourceVersion"):
            if about.get(key, pod["metadata"][key]) != pod["metadata"][key]:
                raise _conflict(place, f"Precondition failed: {key} in precondition: {about[key]}")
        pod["spec"]["nodeName"] = node
        pod["metadata"].setdefault("annotations", {}).update(about.get("annotations") or {})
        conditions = [each for each in pod["status"].get("conditions") or () if each["type"] != "PodScheduled"]
        now = timestamp(world.clock.now())
        scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
        pod["status"]["conditions"] = [*conditions, scheduled]

    store.change(Place(place.resource, place.namespace, place.name), assign, "binding", dry=dry)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _check(place: Place, pod: Thing) -> None:
    name, node = pod["metadata"]["name"], pod["spec"].get("nodeName")
    if "deletionTimestamp" in pod["metadata"]:
        raise _conflict(place, f"pod {name} is being deleted, cannot be assigned to a host")
    if node:
        raise _conflict(place, f'pod {name} is already assigned to node "{node}"')
    if pod["spec"].get("schedulingGates"):
        raise _conflict(place, f"pod {name} has non-empty .spec.schedulingGates")


def _conflict(place: Place, why: str) -> Refused:
    message = f'Operation cannot be fulfilled on pods/binding "{place.name}": {why}'
    return Refused(409, "Conflict", message, name=place.name, kind="pods/binding")
