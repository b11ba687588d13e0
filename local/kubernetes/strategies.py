"""What happens to an object on its way to be kept: system fields, defaults, admission, validation.

Source: apiserver, pkg/registry/rest/{create,update}.go (BeforeCreate, BeforeUpdate); "API Conventions", Spec and
Status, Metadata.
"""

import uuid
from typing import Any

from local.kubernetes.paths import Place, Resource
from local.kubernetes.rules import admission, defaults, metadata, others, pod_defaults
from local.kubernetes.rules.admission import Find
from local.kubernetes.statuses import Cause, Refused, bad_request, conflict, invalid
from local.kubernetes.things import Thing, copied, timestamp
from local.world import world

_SYSTEM = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")
_GIVEN = tuple(each for each in _SYSTEM if each != "generation")
_STATUS_KEEPS_LABELS = frozenset({"Pod", "Node", "Namespace", "PersistentVolume", "PersistentVolumeClaim"})
"""Kinds of which a write of the status may change labels and annotations (their strategies keep the spec only)."""


def named(place: Place, given: Thing) -> Thing:
    """A copy for the collection, with a name; Refused (400) where it says that it belongs elsewhere."""
    resource = place.resource
    _check_kind(resource, given)
    about = {key: value for key, value in copied(given.get("metadata") or {}).items() if key not in _GIVEN}
    if about.pop("resourceVersion", None):
        raise bad_request("resourceVersion should not be set on objects to be created")
    if not about.get("name") and about.get("generateName"):
        about["name"] = metadata.generated(about["generateName"])
    about.setdefault("name", "")
    if resource.namespaced and about.setdefault("namespace", place.namespace) != place.namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if not resource.namespaced:
        about.pop("namespace", None)
    rest = {key: copied(value) for key, value in given.items() if key not in ("kind", "apiVersion", "metadata")}
    return {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": about, **rest}


def prepare_create(resource: Resource, thing: Thing, find: Find) -> None:
    """Fills in and checks a new object; Refused: 403, 404, 422."""
    about = thing["metadata"]
    about |= {"uid": str(uuid.uuid4()), "creationTimestamp": timestamp(world.clock.now())}
    if resource.generation or resource.custom:
        about["generation"] = 1
    admission.admit(resource, thing, find)
    defaults.fill(resource, thing)
    if resource.kind == "Pod" and not resource.group:
        thing.setdefault("spec", {})
        pod_defaults.fill_pod(thing)
        admission.secure(resource, thing, find)
    defaults.begin(resource, thing)
    wrong = metadata.name_errors(resource, about["name"]) + metadata.errors(thing)
    _refuse(resource, thing, wrong + others.errors(resource, thing, None))


def prepare_update(place: Place, old: Thing, new: Thing, subresource: str) -> Thing:
    """The object as it is to be kept: parts that this write has no say in are as before. Refused: 400, 409, 422."""
    resource = place.resource
    _check_identity(place, old, new)
    result = _merged(resource, old, new, subresource)
    about, before = result["metadata"], old["metadata"]
    for key in (*_SYSTEM, "name", "namespace", "generateName"):
        if key in before:
            about[key] = before[key]
        else:
            about.pop(key, None)
    for key in ("labels", "annotations", "finalizers", "ownerReferences", "managedFields"):
        if not about.get(key, True):
            del about[key]
    if subresource != "status":
        defaults.fill(resource, result)
        if resource.kind == "Pod" and not resource.group:
            pod_defaults.fill_pod(result)
    changed = _wishes(resource, result) != _wishes(resource, old)
    if "generation" in before and subresource != "status" and changed:
        about["generation"] = before["generation"] + 1
    wrong = metadata.update_errors(old, result)
    if about != before:
        wrong += metadata.errors(result)
    if subresource not in ("status", "binding") and changed:
        wrong += others.errors(resource, result, old)
    _refuse(resource, result, wrong)
    return result


def mismatch(given: str, name: str) -> str:
    """What is said of an object that has another name than its path."""
    return f"the name of the object ({given}) does not match the name on the URL ({name})"


def _check_kind(resource: Resource, thing: Thing) -> None:
    kind, version = thing.get("kind", resource.kind), thing.get("apiVersion", resource.api_version)
    if (kind, version) != (resource.kind, resource.api_version):
        short = version.rpartition("/")[2]
        raise bad_request(f'{kind} in version "{short}" cannot be handled as a {resource.kind}: unknown conversion')


def _check_identity(place: Place, old: Thing, new: Thing) -> None:
    resource, about, before = place.resource, new.setdefault("metadata", {}), old["metadata"]
    _check_kind(resource, new)
    if about.get("name", before["name"]) != before["name"]:
        raise bad_request(mismatch(about["name"], before["name"]))
    if about.get("namespace", before.get("namespace")) != before.get("namespace"):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if (uid := about.get("uid")) and uid != before["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {before['uid']}"
        raise conflict(resource, place.name, why)


def _merged(resource: Resource, old: Thing, new: Thing, subresource: str) -> Thing:
    has_status = "status" in resource.subresources
    about = copied(new["metadata"])
    if subresource == "status":
        kept: Thing = {**copied(old), "metadata": about, "status": copied(new.get("status"))}
        if resource.custom or resource.kind not in _STATUS_KEEPS_LABELS:
            kept["metadata"] = {**copied(old["metadata"]), **_only(about, ("resourceVersion", "managedFields"))}
        elif "ownerReferences" in old["metadata"]:
            about["ownerReferences"] = old["metadata"]["ownerReferences"]
        if kept["status"] is None:
            del kept["status"]
        return kept
    result: Thing = {**new, "kind": resource.kind, "apiVersion": resource.api_version, "metadata": about}
    if has_status and subresource not in ("binding", "finalize"):
        result.pop("status", None)
        if "status" in old:
            result["status"] = copied(old["status"])
    if resource.kind == "Namespace" and subresource != "finalize" and "spec" in old:
        result["spec"] = copied(old["spec"])
    return result


def _wishes(resource: Resource, thing: Thing) -> Thing:
    """Everything but metadata and, where it is written apart, status."""
    apart = ("metadata", "status") if not resource.custom or "status" in resource.subresources else ("metadata",)
    return {key: value for key, value in thing.items() if key not in apart}


def _only(thing: Thing, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: thing[key] for key in keys if key in thing}


def _refuse(resource: Resource, thing: Thing, wrong: list[Cause]) -> None:
    if wrong:
        refused: Refused = invalid(resource.kind, resource.group, thing["metadata"]["name"], wrong)
        raise refused
