"""DELETE, of one object and of a collection ("Kubernetes API Concepts", Resource deletion, Collections)."""

from local.kubernetes.listing import matches, of_kind
from local.kubernetes.paths import Place
from local.kubernetes.requests import Answer, Request
from local.kubernetes.rules import admission
from local.kubernetes.statuses import Refused, bad_request
from local.kubernetes.store import Store
from local.kubernetes.things import Thing

_RETURNED = frozenset(
    {"CSIDriver", "CSINode", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "Pod"}
    | {"Service", "ServiceAccount", "StorageClass", "VolumeAttachment"}
)
"""Kinds of which a DELETE answers with the object (ReturnDeletedObject); of others it is a Status."""


def deleted(store: Store, place: Place, request: Request) -> Answer:
    admission.check_delete(place)
    options = _options(request)
    conditions = options.get("preconditions") or {}
    thing, gone = store.delete(
        place,
        options.get("gracePeriodSeconds"),
        conditions.get("uid"),
        options.get("propagationPolicy"),
        version=conditions.get("resourceVersion"),
        dry=request.dry or bool(options.get("dryRun")),
    )
    resource = place.resource
    if not gone or (resource.kind in _RETURNED and not resource.custom):
        return Answer(200, thing)
    details = {"name": place.name, "kind": resource.plural, "uid": thing["metadata"]["uid"]}
    if resource.group:
        details["group"] = resource.group
    return Answer(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})


def deleted_collection(store: Store, place: Place, request: Request) -> Answer:
    """What fits the selectors; the answer lists it."""
    options, fits = _options(request), matches(place, request.query)
    grace, propagation = options.get("gracePeriodSeconds"), options.get("propagationPolicy")
    gone: list[Thing] = []
    for thing in [each for each in store.all(place.resource, place.namespace) if fits(each)]:
        at = Place(place.resource, thing["metadata"].get("namespace", ""), thing["metadata"]["name"])
        try:
            gone.append(store.delete(at, grace, None, propagation, dry=request.dry)[0])
        except Refused as refused:
            if refused.code != 404:
                raise
    return Answer(200, of_kind(place.resource, {"resourceVersion": str(store.version)}, gone))


def _options(request: Request) -> Thing:
    """DeleteOptions: the body, or the parameters where there is none."""
    if request.body:
        options = request.thing()
        if options.get("kind", "DeleteOptions") != "DeleteOptions":
            raise bad_request(f"unexpected kind of a DELETE's body: {options['kind']}")
    else:
        grace = request.query.get("gracePeriodSeconds")
        options = {"propagationPolicy": request.query.get("propagationPolicy")}
        if grace is not None:
            options["gracePeriodSeconds"] = int(grace)
    if (orphan := options.get("orphanDependents")) is not None:
        options["propagationPolicy"] = "Orphan" if orphan else "Background"
    return options
