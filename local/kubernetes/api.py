"""One cluster's API: every request is authenticated, authorised, perhaps made to fail, done and logged."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes import access, binding, discovery, eviction, paths, proxy, removal, reviews, tokens, watching
from local.kubernetes.access import User
from local.kubernetes.functions import NOBODY, Functions
from local.kubernetes.garbage import Garbage
from local.kubernetes.kinds import Kinds
from local.kubernetes.namespaces import Namespaces
from local.kubernetes.objects import Objects
from local.kubernetes.paths import Place
from local.kubernetes.proxy import Proxy
from local.kubernetes.rbac import Rbac
from local.kubernetes.requests import Answer, Request
from local.kubernetes.statuses import Refused, forbidden, not_allowed, unauthorized
from local.kubernetes.store import Store
from local.plane.calls import Caller, CallLog
from local.plane.faults import Faults
from local.world import world

SERVICE = "kubernetes"
"""Under which requests stand in the region's call log, and faults are ordered; operations are such as "list nodes"."""

_VERBS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_OF_COLLECTIONS = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
_NO_PAGE = Answer(404, raw=b"404 page not found\n", media_type="text/plain; charset=utf-8")
"""What a path is answered that no group is behind, such as that of a custom resource nobody has defined."""

_MADE = ("binding", "eviction")
"""Subresources that are created, and nothing else."""


@dataclass
class Api:
    """`cluster` is EKS's model of it; `endpoint` is where the region's STS is. `proxy` is what pods answer."""

    cluster: Any
    endpoint: str
    calls: CallLog
    faults: Faults
    functions: Functions = NOBODY
    store: Store = field(default_factory=Store)
    proxy: Proxy = proxy.nobody
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.kinds = Kinds(self.store)
        self._garbage = Garbage(self.store)
        namespaces = Namespaces(self.store)
        self._objects, self._rbac = Objects(self.store, self.kinds), Rbac(self.store)
        namespaces.begin()
        self.kinds.begin()

    def answer(self, request: Request) -> Answer:
        """What comes of a request; a refusal is an answer too."""
        started, operation = time.monotonic(), f"{request.method.lower()} {request.path}"
        token = request.headers.get("authorization", "")
        caller, reason = Caller(""), None
        try:
            do: Callable[[User], Answer]
            if request.path == reviews.PATH:
                operation, do = "create selfsubjectaccessreviews", lambda who: self._review(who, request)
            elif found := self._discovered(request):
                operation, do = f"get {request.path}", lambda who: self._show(who, request, found)
            elif not self._has_group(request.path):
                operation, do = f"{request.method.lower()} {request.path}", lambda _who: _NO_PAGE
            else:
                place, verb = self._asked(request)
                operation, do = _name(verb, place), lambda who: self._do(who, verb, place, request)
            caller = self._caller(token)
            who = access.user(caller.arn, self.cluster)
            answer = self._done(operation, caller, lambda: do(who))
        except Refused as refusal:
            headers = _later(refusal)
            answer, reason = Answer(refusal.code, refusal.status, headers=headers), refusal.reason
        duration = time.monotonic() - started
        self.calls.add(world.clock.now(), SERVICE, operation, caller, duration, answer.code, reason)
        if caller.function:
            self.functions.called(tokens.access_key(_bearer(token)), SERVICE, operation)
        return answer

    def _caller(self, authorization: str) -> Caller:
        token = _bearer(authorization)
        arn = tokens.caller(token, self.cluster.name, self.endpoint)
        return Caller(arn, self.functions.function_of(tokens.access_key(token)))

    def _done(self, operation: str, caller: Caller, do: Callable[[], Answer]) -> Answer:
        """The request's answer, or the failure that was ordered for it."""
        fault = self.faults.take(SERVICE, operation, caller)
        if fault is None:
            return do()
        time.sleep(fault.delay / world.clock.speed)
        if fault.code is None:
            return do()
        if fault.when == "after":
            do()
        raise Refused(fault.status, fault.code, fault.message)

    def _authorise(self, who: User, verb: str, place: Place) -> None:
        if not self._rbac.allows(who, verb, place):
            resource = place.resource
            full = f"{resource.plural}/{place.subresource}" if place.subresource else resource.plural
            raise forbidden(who.name, verb, full, resource.group, place.name, place.namespace)

    def _discovered(self, request: Request) -> Answer | None:
        if request.method != "GET":
            return None
        return discovery.answered(request.path, self.cluster.version, self.kinds.served.values())

    def _has_group(self, path: str) -> bool:
        parts = path.split("/")
        if parts[1:2] != ["apis"] or len(parts) < 4:
            return parts[1:3] == ["api", "v1"]
        return any((group, version) == (parts[2], parts[3]) for group, version, _ in self.kinds.served)

    def _show(self, who: User, request: Request, found: Answer) -> Answer:
        if not self._rbac.allows_path(who, "get", request.path):
            raise Refused(403, "Forbidden", f'forbidden: User "{who.name}" cannot get path "{request.path}"')
        return found

    def _review(self, who: User, request: Request) -> Answer:
        if request.method != "POST":
            raise not_allowed()
        return Answer(201, reviews.reviewed(self._rbac, who, request.thing()))

    def _asked(self, request: Request) -> tuple[Place, str]:
        """Where, and by which verb ("Determine the request verb", Kubernetes documentation)."""
        place = paths.parse(request.path, self.kinds.served)
        if place.subresource in _MADE or place.subresource == "proxy":
            verb = {"GET": "get", "POST": "create"}.get(request.method)
            if not verb or (verb == "create") != (place.subresource in _MADE):
                raise not_allowed()
            return place, verb
        found = (_VERBS if place.name else _OF_COLLECTIONS).get(request.method)
        if not found or found not in place.resource.verbs or (place.subresource and found == "delete"):
            raise not_allowed()
        if found in ("create", "deletecollection") and place.resource.namespaced and not place.namespace:
            raise not_allowed()
        if request.method == "GET" and request.query.get("watch") in ("true", "1"):
            found = "watch"
        return place, found

    def _do(self, who: User, verb: str, place: Place, request: Request) -> Answer:
        self._authorise(who, verb, place)
        if place.subresource == "proxy":
            return proxy.asked(self.store, place, self.proxy)
        if place.subresource == "eviction":
            return Answer(201, eviction.evict(self.store, place, request.thing(), dry=request.dry))
        if place.subresource == "binding":
            return Answer(201, binding.bind(self.store, place, request.thing(), dry=request.dry))
        if verb == "watch":
            return Answer(200, stream=watching.watched(self.store, place, request.query, self.closing))
        if verb == "patch":
            return self._objects.patch(place, request, lambda at: self._authorise(who, "create", at))
        if verb == "get":
            return self._objects.get(place)
        done: dict[str, Callable[[Place, Request], Answer]] = {
            "list": self._objects.list,
            "create": self._objects.create,
            "update": self._objects.update,
            "delete": lambda at, asked: removal.deleted(self.store, at, asked),
            "deletecollection": lambda at, asked: removal.deleted_collection(self.store, at, asked),
        }
        return done[verb](place, request)


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise unauthorized()
    return token.strip()


def _name(verb: str, place: Place) -> str:
    """Of an operation: `list nodes`, `create pods/eviction`."""
    return f"{verb} {place.resource.plural}" + (f"/{place.subresource}" if place.subresource else "")


def _later(refusal: Refused) -> dict[str, str]:
    """What is to be tried again says when in a header too. Where priority and fairness refuse, it is after a second;
    where a disruption budget does, only if the server says so (responsewriters/errors.go)."""
    seconds = refusal.details.get("retryAfterSeconds")
    if seconds is None and refusal.code == 429 and not refusal.details:
        seconds = 1
    return {"Retry-After": str(seconds)} if seconds else {}
