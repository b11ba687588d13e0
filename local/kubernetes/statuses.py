"""Refusals, as Kubernetes' Status objects ("API Conventions", Response Status Kind; apimachinery, api/errors)."""

from typing import Any


class Refused(Exception):
    """The request is answered by a Status with this code and reason."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason

    @property
    def status(self) -> dict[str, Any]:
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "code": self.code,
        }


def unauthorized() -> Refused:
    return Refused(401, "Unauthorized", "Unauthorized")


def forbidden(user: str, verb: str, resource: str, group: str, name: str, namespace: str) -> Refused:
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    what = f'{_full(resource, group)} "{name}"' if name else _full(resource, group)
    return Refused(
        403,
        "Forbidden",
        f'{what} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group "{group}" {where}',
    )


def not_found(resource: str, group: str, name: str) -> Refused:
    return Refused(404, "NotFound", f'{_full(resource, group)} "{name}" not found')


def unknown_path() -> Refused:
    return Refused(404, "NotFound", "the server could not find the requested resource")


def already_exists(resource: str, group: str, name: str) -> Refused:
    return Refused(409, "AlreadyExists", f'{_full(resource, group)} "{name}" already exists')


def bad_request(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def expired() -> Refused:
    return Refused(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list "
        "without the continue parameter.",
    )


def not_allowed() -> Refused:
    return Refused(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def _full(resource: str, group: str) -> str:
    return f"{resource}.{group}" if group else resource
