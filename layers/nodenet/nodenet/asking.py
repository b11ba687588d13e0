"""Asks many things at once, and says every missing permission together."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from nodenet.errors import AccessDenied, PermissionsMissing

_AT_ONCE: Final = 8


class Asking:
    """Calls under way, each with the permission that it needs."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._asked: list[tuple[str, Future[Any]]] = []

    def __call__[**P, T](
        self, permission: str, call: Callable[P, T], *args: P.args, **more: P.kwargs
    ) -> Callable[[], T]:
        """Begins the call, and gives what waits for its result."""
        future = self._pool.submit(call, *args, **more)
        self._asked.append((permission, future))
        return future.result

    def settle(self) -> None:
        """Waits for all. Denials before other failures: they stay, whatever becomes of those."""
        denied: dict[str, str] = {}
        failed: list[BaseException] = []
        for permission, future in self._asked:
            error = future.exception()
            if isinstance(error, PermissionsMissing):
                denied |= error.denied
            elif isinstance(error, AccessDenied):
                denied.setdefault(permission, str(error))
            elif error:
                failed.append(error)
        if denied:
            raise PermissionsMissing(denied)
        if failed:
            raise failed[0]


@contextmanager
def at_once() -> Iterator[Asking]:
    """All calls have ended when the block has: PermissionsMissing names all that were denied, other exceptions come as
    they are."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asking = Asking(pool)
        yield asking
        asking.settle()
