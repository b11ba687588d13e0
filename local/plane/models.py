"""EC2, Auto Scaling, EKS and their neighbours: our moto-based models behind ministack's table of services."""

import asyncio
import importlib
import json
import logging
import re
from typing import Any
from urllib.parse import quote, urlencode

from moto.core.request import Request

from local.plane import private
from local.plane.answers import Answer, error
from local.plane.authorization import denial
from local.world import world

log = logging.getLogger("local.region")

# ministack's names for services, and where ours of them are; Auto Scaling comes before EKS, which listens to it.
SERVICES = {
    "ec2": "local.ec2",
    "autoscaling": "local.autoscaling",
    "eks": "local.eks",
    "elasticloadbalancing": "local.loads",
    "servicequotas": "local.servicequotas",
}
# What ministack has nothing of: how its requests are told.
_TARGETS = {"servicequotas": "ServiceQuotasV20190624"}
_ARN = re.compile(r"(?<=/access-entries/)arn:.*?(?=/access-policies(?:/|$)|$)")
_DROPPED = {"status", "content-length", "server"}


def install() -> None:
    """Takes the requests of these services from ministack's own models, which have none of AWS's rules."""
    table = private.get("app.SERVICE_HANDLERS")
    for service, target in _TARGETS.items():
        private.get("core.router.SERVICE_PATTERNS")[service] = {"target_prefixes": [target]}
    for service, name in SERVICES.items():
        table[service] = _handler(service, importlib.import_module(name).install())


def reset() -> None:
    """Forgets every resource of these services, in every region.

    Not by moto's own BackendDict.reset: that empties its tables but not the caches in front of them, so that a second
    reset finds nothing to empty.
    """
    from moto.core.base_backend import BackendDict

    with world.lock:
        for backends in BackendDict._instances:
            for account in backends.values():
                account.reset()


def _handler(service: str, responses: Any) -> Any:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Answer:
        if refusal := denial(service, headers, body, query):
            return refusal
        return await asyncio.to_thread(_call, service, responses, method, path, headers, body, query)

    return handle


def _call(
    service: str, responses: Any, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Answer:
    region = private.get("core.responses.get_region")()
    # The server has decoded the path, and an ARN's slashes are no parts of it.
    path = _ARN.sub(lambda arn: quote(arn[0], safe=""), path)
    url = f"https://{service}.{region}.amazonaws.com{path}"
    if query:
        url += "?" + urlencode(query, doseq=True)
    with world.lock:
        try:
            status, out_headers, out = responses.dispatch(Request.from_primitives(method, url, headers, body))
        except NotImplementedError as missing:
            # Not an AWS error: the model does not have this operation, and the caller must see that at once.
            return error(service, "InvalidAction", f"the local region has no such operation: {missing}", 400, headers)
        except Exception:
            # A mistake of a model must look like one of AWS's, and be seen.
            log.exception("%s %s failed in its model", service, body[:200])
            return error(service, "InternalError", "An internal error has occurred", 500, headers)
    kept = {name: str(value) for name, value in out_headers.items() if name.lower() not in _DROPPED}
    if isinstance(out, dict | list):
        out = json.dumps(out)
    return int(status), kept, out.encode() if isinstance(out, str) else out
