"""A cluster's objects, as those who stand for its nodes and for EKS read and write them."""

from collections.abc import Callable
from typing import Any

from local.kubernetes.paths import Place
from local.kubernetes.resources import RESOURCES
from local.kubernetes.statuses import Refused
from local.kubernetes.store import Store

type Thing = dict[str, Any]

_KINDS = {each.kind: each for each in RESOURCES.values()}


def place_of(kind: str, name: str = "", namespace: str = "") -> Place:
    return Place(_KINDS[kind], namespace, name)


class Objects:
    """By kind and name; what is read must not be changed."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def find(self, kind: str, name: str, namespace: str = "") -> Thing | None:
        return self.store.find(place_of(kind, name, namespace))

    def all(self, kind: str, namespace: str = "") -> list[Thing]:
        return self.store.all(_KINDS[kind], namespace)

    def create(self, kind: str, thing: Thing) -> bool:
        """Whether it was made: False where there is one of that name."""
        try:
            self.store.create(place_of(kind, namespace=thing["metadata"].get("namespace", "")), thing)
        except Refused as refused:
            if refused.code != 409:
                raise
            return False
        return True

    def change(
        self, kind: str, name: str, mutate: Callable[[Thing], None], subresource: str = "", namespace: str = ""
    ) -> None:
        """Nothing where it is not there."""
        try:
            self.store.change(place_of(kind, name, namespace), mutate, subresource)
        except Refused as refused:
            if refused.code != 404:
                raise

    def delete(self, kind: str, name: str, namespace: str = "", uid: str | None = None) -> None:
        """Nothing where it is not there, or another of that name is."""
        try:
            self.store.delete(place_of(kind, name, namespace), uid=uid)
        except Refused as refused:
            if refused.code not in (404, 409):
                raise
