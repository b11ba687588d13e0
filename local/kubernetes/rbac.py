"""What a user may do: roles and bindings ("Using RBAC Authorization" in the Kubernetes documentation)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.kubernetes.access import User
from local.kubernetes.paths import RESOURCES, Place
from local.kubernetes.store import Store

_GROUP = "rbac.authorization.k8s.io"
_EVERYBODYS = ("/healthz", "/livez", "/readyz", "/version", "/api", "/apis")
_DISCOVERY = ("/api/", "/apis/", "/healthz/", "/livez/", "/readyz/")
"""What system:discovery and system:public-info-viewer allow ("Using RBAC Authorization", API discovery roles)."""


@dataclass(frozen=True)
class Rbac:
    """Reads the roles and bindings of a store."""

    store: Store

    def allows(self, user: User, verb: str, place: Place) -> bool:
        if user.verbs is None or verb in user.verbs:
            return True
        return any(_covers(rule, verb, place) for rule in self._rules(user, place.namespace))

    def allows_path(self, user: User, verb: str, path: str) -> bool:
        """Of paths that are no resource's: rules of the whole cluster name them, with * at the end or alone."""
        if user.verbs is None or path.rstrip("/") in _EVERYBODYS or path.startswith(_DISCOVERY):
            return True
        rules = (rule for rule in self._rules(user, "") if _has(rule.get("verbs"), verb))
        urls = (url for rule in rules for url in rule.get("nonResourceURLs") or ())
        return any(url == path or (url.endswith("*") and path.startswith(url[:-1])) for url in urls)

    def _rules(self, user: User, namespace: str) -> Iterator[Mapping[str, Any]]:
        """Those that bind the user in the whole cluster, and in the namespace."""
        for binding in self._all("clusterrolebindings"):
            if _binds(binding, user):
                yield from self._role(binding, "")
        for binding in self._all("rolebindings") if namespace else ():
            if binding["metadata"]["namespace"] == namespace and _binds(binding, user):
                yield from self._role(binding, namespace)

    def _role(self, binding: Mapping[str, Any], namespace: str) -> Iterable[Mapping[str, Any]]:
        reference = binding["roleRef"]
        plural, where = ("roles", namespace) if reference["kind"] == "Role" else ("clusterroles", "")
        for role in self._all(plural):
            about = role["metadata"]
            if (about["name"], about.get("namespace", "")) == (reference["name"], where):
                return role.get("rules") or ()
        return ()

    def _all(self, plural: str) -> list[dict[str, Any]]:
        return self.store.all(RESOURCES[_GROUP, "v1", plural])


def _binds(binding: Mapping[str, Any], user: User) -> bool:
    return any(
        (subject["kind"] == "User" and subject["name"] == user.name)
        or (subject["kind"] == "Group" and subject["name"] in user.groups)
        for subject in binding.get("subjects") or ()
    )


def _covers(rule: Mapping[str, Any], verb: str, place: Place) -> bool:
    names = rule.get("resourceNames") or ()
    return (
        _has(rule.get("verbs"), verb)
        and _has(rule.get("apiGroups"), place.resource.group)
        and any(_has(rule.get("resources"), each) for each in _names(place))
        and (not names or place.name in names)
    )


def _names(place: Place) -> tuple[str, ...]:
    """What a rule may call it: a subresource is not its resource (RBAC, "Referring to resources")."""
    plural, part = place.resource.plural, place.subresource
    return (f"{plural}/{part}", f"*/{part}") if part else (plural,)


def _has(values: Any, value: str) -> bool:
    return "*" in (values or ()) or value in (values or ())
