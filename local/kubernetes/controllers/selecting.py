"""Which objects of a kind select a pod by its labels: budgets, Services. Looked up once for all pods of the same."""

from collections.abc import Callable, Sequence

from local.kubernetes.controllers.cache import Cache, Key, key_of
from local.kubernetes.controllers.labels import matches
from local.kubernetes.things import Thing

type SelectorOf = Callable[[Thing], Thing | None]


class Selecting:
    """`selector` gives an object's LabelSelector, None for one that selects nothing."""

    def __init__(self, cache: Cache, kind: str, selector: SelectorOf) -> None:
        self._cache, self._kind, self._selector = cache, kind, selector
        self._known: dict[str, dict[frozenset[tuple[str, str]], Sequence[Key]]] = {}
        cache.observers.append(self._observe)

    def of(self, namespace: str, labels: dict[str, str] | None) -> Sequence[Key]:
        """The keys of those that select these labels in a namespace."""
        known = self._known.setdefault(namespace, {})
        mark = frozenset((labels or {}).items())
        if mark not in known:
            things = self._cache.inside(self._kind, namespace)
            known[mark] = [key_of(each) for each in things if matches(self._selector(each), labels)]
        return known[mark]

    def _observe(self, kind: str, before: Thing | None, after: Thing | None) -> None:
        if kind == self._kind and (before is None or after is None or self._selector(before) != self._selector(after)):
            self._known.pop(key_of(after or before or {})[0], None)
