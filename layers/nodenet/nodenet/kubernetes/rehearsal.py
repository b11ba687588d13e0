"""Kinds of objects must be met once before threads meet them.

msgspec, by which lightkube reads answers, builds what it knows of a type when it first meets it, and a second thread
that meets a part of the same type meanwhile ends the process: seen with msgspec 0.22.0 and Python 3.13.0 as a
segmentation fault in a quarter of the tries, and never once each type was known.
"""

import contextlib
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

import httpx2
from lightkube import ApiError, Client, KubeConfig
from lightkube.config.models import Cluster, User
from lightkube.core.resource import api_info

_known: Final[set[Any]] = set()
_one_at_a_time: Final = Lock()


def rehearse(kinds: Sequence[Any]) -> None:
    """Has lightkube read an empty list of each of these resources, an empty object of each subresource, and a refusal,
    from nowhere. Once for each kind."""
    with _one_at_a_time:
        new = [kind for kind in kinds if kind not in _known]
        if not new:
            return
        # Verifying whom would take longer than all the rest.
        config = KubeConfig.from_one(cluster=Cluster(server="http://rehearsal", insecure=True), user=User())
        with Client(config, transport=httpx2.MockTransport(_answer), trust_env=False) as client:
            for kind in new:
                if "list" in api_info(kind).verbs:
                    list(client.list(kind))
                else:
                    client.get(kind, "any", namespace="any")
            with contextlib.suppress(ApiError):
                client.get(new[0], "refused")
        _known.update(new)


def _answer(request: httpx2.Request) -> httpx2.Response:
    if request.url.path.endswith("/refused"):
        return httpx2.Response(404, json={"kind": "Status", "code": 404, "reason": "NotFound", "message": "refused"})
    return httpx2.Response(200, json={"items": []})
