"""pods/proxy: the API server itself asks a pod, by the pod's address.

Sources: "Access Services Running on Clusters" (Manually constructing apiserver proxy URLs); kubernetes,
pkg/registry/core/pod/strategy.go (ResourceLocation); apimachinery, pkg/util/proxy/transport.go.
"""

from collections.abc import Callable
from ipaddress import ip_address

from local.kubernetes.paths import Place
from local.kubernetes.requests import Answer
from local.kubernetes.statuses import bad_request, unavailable
from local.kubernetes.store import Store
from local.kubernetes.things import Thing, found

type Proxy = Callable[[Thing, int, str], tuple[int, bytes]]
"""What a pod answers on a port to a GET of a path: status and body. An OSError, whose text is told, where it cannot be
reached."""


def nobody(pod: Thing, port: int, _path: str) -> tuple[int, bytes]:
    """A pod in which nothing runs."""
    raise OSError(f"dial tcp {found(pod, 'status', 'podIP')}:{port}: connect: connection refused")


def asked(store: Store, place: Place, proxy: Proxy) -> Answer:
    """What the pod answers. Refused: 400 where it has no address, 404, 503 where it cannot be reached."""
    scheme, name, port = _parts(place.name)
    pod = store.get(Place(place.resource, place.namespace, name))
    if not port:
        port = next((each["ports"][0]["containerPort"] for each in pod["spec"]["containers"] if each.get("ports")), 0)
    if not _usable(found(pod, "status", "podIP") or ""):
        raise bad_request("address not allowed")
    try:
        code, body = proxy(pod, port or (443 if scheme == "https" else 80), place.rest or "/")
    except OSError as error:
        raise unavailable(f"error trying to reach service: {error}")
    return Answer(code, raw=body, media_type="text/plain; charset=utf-8")


def _parts(name: str) -> tuple[str, str, int]:
    """`name`, `name:port` or `scheme:name:port`."""
    parts = name.split(":")
    if len(parts) > 3 or (len(parts) > 1 and parts[-1] and not parts[-1].isdigit()):
        raise bad_request(f'invalid pod request "{name}"')
    scheme = parts[0] if len(parts) == 3 else ""
    port = int(parts[-1] or 0) if len(parts) > 1 else 0
    return scheme, parts[1] if scheme else parts[0], port


def _usable(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified)
