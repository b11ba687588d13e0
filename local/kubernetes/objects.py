"""The verbs on objects: what each makes of a request's body and parameters ("Kubernetes API Concepts")."""

from collections.abc import Callable
from dataclasses import dataclass

from local.kubernetes import decoding, field_managers, patches, scale
from local.kubernetes.field_managers import Manager
from local.kubernetes.fields.schemas import Schema
from local.kubernetes.kinds import Kinds
from local.kubernetes.listing import listed
from local.kubernetes.paths import Place
from local.kubernetes.requests import Answer, Request
from local.kubernetes.rules import field_errors
from local.kubernetes.statuses import Cause, Refused, bad_request, invalid
from local.kubernetes.store import Store
from local.kubernetes.strategies import mismatch
from local.kubernetes.things import Thing, copied

_CONDITIONAL = frozenset({"PodDisruptionBudget", "Lease", "CSINode", "CSIDriver", "VolumeAttachment"}) | {
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "CustomResourceDefinition",
    "APIService",
}
"""Kinds that are only replaced with a resourceVersion, beside custom ones (AllowUnconditionalUpdate)."""

_BORN_BY_PUT = frozenset({"Endpoints", "Event", "Lease", "Service"})
"""And RBAC's (AllowCreateOnUpdate)."""

type MayCreate = Callable[[Place], None]


@dataclass(frozen=True)
class Objects:
    """`kinds` are the store's."""

    store: Store
    kinds: Kinds

    def get(self, place: Place) -> Answer:
        thing = self.store.get(Place(place.resource, place.namespace, place.name))
        return Answer(200, scale.shown(thing) if place.subresource == "scale" else thing)

    def list(self, place: Place, request: Request) -> Answer:
        return Answer(200, listed(self.store, place, request.query))

    def create(self, place: Place, request: Request) -> Answer:
        thing, warnings = self._decoded(place, request)
        made = self.store.create(place, thing, self._manager(place, request), dry=request.dry)
        return Answer(201, made, headers=warnings)

    def update(self, place: Place, request: Request) -> Answer:
        """PUT."""
        if place.subresource == "scale":
            return self._rescale(place, request, lambda _scale: request.thing())
        thing, warnings = self._decoded(place, request)
        resource, about = place.resource, thing.setdefault("metadata", {})
        manager = self._manager(place, request)
        if not self.store.find(place) and (resource.kind in _BORN_BY_PUT or resource.group.startswith("rbac.")):
            about.setdefault("name", place.name)
            made = self.store.create(place, thing, manager, dry=request.dry)
            return Answer(201, made, headers=warnings)
        _check_name(about, place)
        if not about.get("resourceVersion") and (resource.custom or resource.kind in _CONDITIONAL):
            self.store.get(place)
            wrong = field_errors.invalid("metadata.resourceVersion", 0, "must be specified for an update")
            raise invalid(resource.plural, resource.group, place.name, [wrong])
        kept = self.store.replace(place, thing, place.subresource, manager, dry=request.dry)
        return Answer(200, kept, headers=warnings)

    def patch(self, place: Place, request: Request, may_create: MayCreate) -> Answer:
        """`may_create` refuses where the caller may not make what is not there yet."""
        patches.check_media_type(place.resource, request.media_type)
        if request.media_type == patches.APPLY:
            return self._apply(place, request, may_create)
        if request.query.get("force"):
            raise _options(field_errors.forbidden("force", "may not be specified for non-apply patch"))
        schema = self.kinds.schema(place.resource)
        if place.subresource == "scale":
            return self._rescale(place, request, lambda shown: patches.patched(shown, request, _SCALE))
        warnings: list[str] = []

        def mutate(thing: Thing) -> None:
            made = patches.patched(thing, request, schema)
            made, unknown = decoding.decoded(place.resource, made, schema, request.query.get("fieldValidation", ""))
            warnings.extend(unknown)
            thing.clear()
            thing.update(made)

        manager = self._manager(place, request)
        kept = self.store.change(place, mutate, place.subresource, manager, dry=request.dry)
        return Answer(200, kept, headers=_warned(warnings))

    def _apply(self, place: Place, request: Request, may_create: MayCreate) -> Answer:
        if not request.query.get("fieldManager"):
            raise _options(field_errors.required("fieldManager", "is required for apply patch"))
        given, resource = request.parsed(), place.resource
        if not isinstance(given, dict):
            raise bad_request("error decoding YAML: the patch is no object")
        version, kind = given.get("apiVersion", ""), given.get("kind", "")
        if (version, kind) != (resource.api_version, resource.kind):
            group = version if "/" in version else f"/{version}"
            raise bad_request(f"invalid object type: {group}, Kind={kind}")
        schema, force = self.kinds.schema(resource), request.query.get("force") in ("true", "1")
        applied, unknown = decoding.decoded(resource, given, schema, "Warn")
        if unknown and not resource.custom:
            field = unknown[0].split('"')[1]
            message = f"failed to create typed patch object ({place.namespace}/{place.name}; /{version}, Kind={kind}): "
            raise Refused(500, "", f"{message}.{field}: field not declared in schema")
        manager = Manager(request.manager, schema, place.subresource)
        about = applied.setdefault("metadata", {})
        _check_name(about, place)
        if resource.namespaced:
            about.setdefault("namespace", place.namespace)
        with self.store.writing():
            if not self.store.find(place):
                if place.subresource:
                    self.store.get(place)
                may_create(place)
                made = field_managers.apply(resource, {}, applied, manager, force=force)
                return Answer(201, self.store.create(place, made, dry=request.dry), headers=_warned(unknown))

            def mutate(thing: Thing) -> None:
                made = field_managers.apply(resource, copied(thing), applied, manager, force=force)
                thing.clear()
                thing.update(made)

            kept = self.store.change(place, mutate, place.subresource, dry=request.dry)
        return Answer(200, kept, headers=_warned(unknown))

    def _rescale(self, place: Place, request: Request, made: Callable[[Thing], Thing]) -> Answer:
        at, manager = Place(place.resource, place.namespace, place.name), self._manager(place, request)

        def mutate(thing: Thing) -> None:
            scale.applied(place.resource, thing, made(scale.shown(thing)))

        return Answer(200, scale.shown(self.store.change(at, mutate, "", manager, dry=request.dry)))

    def _decoded(self, place: Place, request: Request) -> tuple[Thing, dict[str, str]]:
        schema, validation = self.kinds.schema(place.resource), request.query.get("fieldValidation", "")
        given = request.thing()
        if place.resource.custom and not (given.get("kind") and given.get("apiVersion")):
            kind = place.resource.kind
            raise bad_request(f"the object provided is unrecognized (must be of type {kind}): Object 'Kind' is missing")
        thing, warnings = decoding.decoded(place.resource, given, schema, validation)
        return thing, _warned(warnings)

    def _manager(self, place: Place, request: Request) -> Manager:
        return Manager(request.manager, self.kinds.schema(place.resource), place.subresource)


_SCALE = Schema({})


def _check_name(about: Thing, place: Place) -> None:
    if not about.get("name"):
        says = f"the name of the object ({place.name} based on URL) was undeterminable: name must be provided"
        raise bad_request(says)
    if about["name"] != place.name:
        raise bad_request(mismatch(about["name"], place.name))


def _warned(warnings: list[str]) -> dict[str, str]:
    """The header of RFC 7234 (5.5), as API servers write it."""
    if not warnings:
        return {}
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in warnings)
    return {"Warning": ", ".join(f'299 - "{each}"' for each in quoted)}


def _options(cause: Cause) -> Refused:
    return invalid("PatchOptions", "meta.k8s.io", "", [cause])
