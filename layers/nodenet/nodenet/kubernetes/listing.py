"""Reading lists of objects, however long."""

from collections.abc import Callable
from typing import Any, Final

import httpx2
from lightkube.core.resource import NamespacedResource

from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import translated

ALL: Final = "*"
_PAGE: Final = 500
_TRIES: Final = 3


def listed[T](
    connection: Connection,
    kind: Any,
    made: Callable[[Any], T],
    *,
    labels: str = "",
    fields: Any = None,
    namespace: str = ALL,
    missing_ok: bool = False,
) -> list[T]:
    """What is `made` of each object, page by page, and from the start again where the server forgot where it was (410,
    "Retrieving large results sets in chunks" in the Kubernetes documentation). One page at a time is held.

    `labels`: a selector as in kubectl; `fields`: as lightkube has them. `missing_ok`: empty too where the cluster does
    not know the kind; what it does not know it answers with 404, as text. Raises the exceptions of nodenet.errors.
    """
    how: dict[str, Any] = {"namespace": namespace} if issubclass(kind, NamespacedResource) else {}
    if labels:
        # lightkube writes a key that has no value as it is.
        how["labels"] = {labels: None}
    with translated():
        for more in reversed(range(_TRIES)):
            try:
                pages = connection.client.list(kind, chunk_size=_PAGE, fields=fields, **how)
                return [made(each) for each in pages]
            except httpx2.HTTPStatusError as error:
                code = error.response.status_code
                if code == 404 and missing_ok:
                    return []
                if code != 410 or not more:
                    raise
    raise AssertionError("the last try returns or raises")
