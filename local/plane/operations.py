"""Which operation a request is, by the protocol of its service (botocore's service models)."""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

# ministack's name for a service where it differs from the folder of botocore's model.
_MODELS = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
}
_RPC_V2 = re.compile(r"/service/[^/]+/operation/([A-Za-z0-9]+)")


def operation_of(
    service: str, method: str, path: str, headers: Mapping[str, str], params: Mapping[str, Sequence[str]]
) -> str:
    """The operation's name, such as `CreateNetworkInterface`; `METHOD path` where no model knows the request.

    `params` is the query string with a form-encoded body merged into it.
    """
    if target := headers.get("x-amz-target", ""):
        return target.rpartition(".")[2]
    if found := _RPC_V2.search(path):
        return found[1]
    if action := params.get("Action"):
        return action[0]
    # S3's copies are told from its puts by a header only.
    copies = "x-amz-copy-source" in headers
    for route_method, pattern, needed, name in _routes(service):
        if service == "s3" and method == "PUT" and ("Copy" in name) != copies:
            continue
        if route_method == method and pattern.fullmatch(path) and all(key in params for key in needed):
            return name
    return f"{method} {path}"


@functools.cache
def model_of(service: str) -> ServiceModel | None:
    """botocore's model of a service by ministack's name of it, None where there is none."""
    name = _MODELS.get(service, service)
    loader = _loader()
    if name not in loader.list_available_services("service-2"):
        return None
    return ServiceModel(loader.load_service_model(name, "service-2"), name)


@functools.cache
def _loader() -> Loader:
    return Loader()


@functools.cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], frozenset[str], str]]:
    """The REST routes of a service, the most specific first."""
    model = model_of(service)
    if model is None or not str(model.metadata.get("protocol", "")).startswith("rest"):
        return []
    routes = []
    for name in model.operation_names:
        http: dict[str, Any] = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = "".join(
            (".+" if part.endswith("+}") else "[^/]+") if part.startswith("{") else re.escape(part)
            for part in re.split(r"(\{[^}]+\})", path)
        )
        keys = frozenset(pair.partition("=")[0] for pair in query.split("&") if pair)
        routes.append((path.count("{"), http["method"], re.compile(pattern + "/?"), keys, str(name)))
    routes.sort(key=lambda route: (-len(route[3]), route[0], -len(route[2].pattern)))
    return [route[1:] for route in routes]
