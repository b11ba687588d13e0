"""One cluster's API: every request is authenticated, authorised, perhaps made to fail, done and logged."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes import access, paths, tokens
from local.kubernetes.access import User
from local.kubernetes.rbac import Rbac
from local.kubernetes.statuses import Refused, forbidden, not_allowed, unauthorized, unknown_path
from local.kubernetes.store import Store
from local.plane.calls import Caller, CallLog
from local.plane.faults import Faults
from local.world import world

SERVICE = "kubernetes"
"""Under which requests stand in the region's call log, and faults are ordered; operations are such as "list nodes"."""


@dataclass(frozen=True)
class Api:
    """`cluster` is EKS's model of it; `endpoint` is where the region's STS is."""

    cluster: Any
    endpoint: str
    calls: CallLog
    faults: Faults
    store: Store = field(default_factory=Store)

    def answer(
        self, method: str, path: str, query: Mapping[str, str], authorization: str, body: dict[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        """Status code and object."""
        started, arn, operation = time.monotonic(), "", f"{method.lower()} {path}"
        reason: str | None = None
        try:
            place, verb = _asked(method, path)
            operation = f"{verb} {place.resource.plural}"
            arn = self._caller(authorization)
            who = access.user(arn, self.cluster)
            self._fail_on_order(operation, arn)
            self._authorise(who, verb, place)
            code, answer = (201 if verb == "create" else 200), self._done(verb, place, query, body)
        except Refused as refusal:
            code, answer, reason = refusal.code, refusal.status, refusal.reason
        duration = time.monotonic() - started
        self.calls.add(world.clock.now(), SERVICE, operation, Caller(arn), duration, code, reason)
        return code, answer

    def _caller(self, authorization: str) -> str:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        return tokens.caller(token.strip(), self.cluster.name, self.endpoint)

    def _fail_on_order(self, operation: str, arn: str) -> None:
        if fault := self.faults.take(SERVICE, operation, Caller(arn)):
            time.sleep(fault.delay / world.clock.speed)
            if fault.code:
                raise Refused(fault.status, fault.code, fault.message)

    def _authorise(self, who: User, verb: str, place: paths.Place) -> None:
        if not Rbac(self.store).allows(who, verb, place):
            resource = place.resource
            raise forbidden(who.name, verb, resource.plural, resource.group, place.name, place.namespace)

    def _done(
        self, verb: str, place: paths.Place, query: Mapping[str, str], body: dict[str, Any] | None
    ) -> dict[str, Any]:
        if verb == "list":
            return self.store.list(place, query)
        if verb == "get":
            return self.store.get(place)
        if verb == "create" and (place.namespace or not place.resource.namespaced):
            return self.store.create(place, body or {})
        raise unknown_path()


def _asked(method: str, path: str) -> tuple[paths.Place, str]:
    """Where, and by which verb ("Determine the request verb", Kubernetes documentation)."""
    place = paths.parse(path)
    verbs = {"GET": "get"} if place.name else {"GET": "list", "POST": "create"}
    if method not in verbs:
        raise not_allowed()
    return place, verbs[method]
