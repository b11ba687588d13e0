"""Refusals, as Kubernetes' Status objects ("API Conventions", Response Status Kind; apimachinery, pkg/api/errors)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.kubernetes.resources import Resource


@dataclass(frozen=True)
class Cause:
    """What is wrong with one field; `reason` is one of apimachinery's CauseType."""

    reason: str
    message: str
    field: str = ""

    @property
    def shown(self) -> dict[str, str]:
        return {"reason": self.reason, "message": self.message} | ({"field": self.field} if self.field else {})


class Refused(Exception):
    """The request is answered by a Status with this code and reason."""

    def __init__(self, code: int, reason: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = details

    @property
    def status(self) -> dict[str, Any]:
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": str(self)}
        if self.reason:
            status["reason"] = self.reason
        if self.details:
            status["details"] = self.details
        return {**status, "code": self.code}


def unauthorized() -> Refused:
    return Refused(401, "Unauthorized", "Unauthorized")


def forbidden(user: str, verb: str, resource: str, group: str, name: str, namespace: str) -> Refused:
    """`resource` may have a subresource after a slash."""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    plural = resource.partition("/")[0]
    full = f"{plural}.{group}" if group else plural
    what = f'{full} "{name}"' if name else full
    message = f'{what} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group "{group}" {where}'
    return Refused(403, "Forbidden", message, **_about(name, group, plural))


def denied(resource: Resource, name: str, why: str) -> Refused:
    """By admission, not by authorisation."""
    message = f'{resource.full} "{name}" is forbidden: {why}'
    return Refused(403, "Forbidden", message, **_about(name, resource.group, resource.plural))


def not_found(resource: Resource, name: str) -> Refused:
    about = _about(name, resource.group, resource.plural)
    return Refused(404, "NotFound", f'{resource.full} "{name}" not found', **about)


def unknown_path() -> Refused:
    """Of a group that the server has; of others it answers in plain text, as no API of Kubernetes would."""
    return Refused(404, "NotFound", "the server could not find the requested resource")


def already_exists(resource: Resource, name: str) -> Refused:
    about = _about(name, resource.group, resource.plural)
    return Refused(409, "AlreadyExists", f'{resource.full} "{name}" already exists', **about)


def conflict(resource: Resource, name: str, why: str, causes: Sequence[Cause] = ()) -> Refused:
    message = f'Operation cannot be fulfilled on {resource.full} "{name}": {why}'
    return Refused(409, "Conflict", message, **_about(name, resource.group, resource.plural), **_shown(causes))


def modified(resource: Resource, name: str) -> Refused:
    """The resourceVersion of a write is not the object's (apiserver, pkg/registry/generic/registry/store.go)."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(resource, name, why)


def invalid(kind: str, group: str, name: str, causes: Sequence[Cause]) -> Refused:
    """apimachinery's NewInvalid: one message as it is, several in brackets."""
    found = [f"{each.field}: {each.message}" for each in causes]
    text = found[0] if len(found) == 1 else f"[{', '.join(found)}]"
    full = f"{kind}.{group}" if group else kind
    about = _about(name, group, kind)
    return Refused(422, "Invalid", f'{full} "{name}" is invalid: {text}', **about, **_shown(causes))


def bad_request(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def expired() -> Refused:
    return Refused(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list "
        "without the continue parameter.",
    )


def too_old(version: int, oldest: int) -> Refused:
    return Refused(410, "Expired", f"too old resource version: {version} ({oldest})")


def not_allowed() -> Refused:
    return Refused(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def unsupported_media(accepted: str) -> Refused:
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return Refused(415, "UnsupportedMediaType", message)


def unavailable(message: str) -> Refused:
    return Refused(503, "ServiceUnavailable", message)


def _about(name: str, group: str, kind: str) -> dict[str, str]:
    return {key: value for key, value in (("name", name), ("group", group), ("kind", kind)) if value}


def _shown(causes: Sequence[Cause]) -> dict[str, Any]:
    return {"causes": [each.shown for each in causes]} if causes else {}
