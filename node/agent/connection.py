"""From where a program on a node reaches its cluster's bus, and which instance it is on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .credentials import Credentials
from .imds import Imds, ImdsUnavailable
from .put_events import Bus


def bus_of(
    cluster: str, imds: Imds, environment: Mapping[str, str], wait: Callable[[float], object]
) -> tuple[Bus, str]:
    """The bus of the cluster's pods, and this instance's id; ImdsUnavailable.

    The id is the metadata's word, not the Node object's providerID: no permission is needed for it, nobody who may
    write Nodes can change it, and it is of the same source as what tells that an address has arrived.
    """
    node = imds.get("instance-id")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or imds.get("placement/region")
    if not node or not region:
        raise ImdsUnavailable("the instance metadata names no instance-id or no placement/region")
    credentials = Credentials(environment, region, imds.get)
    return Bus(f"nodenet-{cluster}-pods", region, environment, credentials, wait), node
