"""Which of the region's functions asks an API server: it signs its token with the key of its environment."""

from typing import Final, Protocol


class Functions(Protocol):
    """The pool of execution environments, as far as an API server needs it."""

    def function_of(self, access_key: str) -> str | None:
        """The function's name whose environment has this key; None for anybody else's."""

    def called(self, access_key: str, service: str, operation: str) -> bool:
        """To be told of every request when it is done; True where its caller was killed for it."""


class _Nobody:
    def function_of(self, access_key: str) -> str | None:
        return None

    def called(self, access_key: str, service: str, operation: str) -> bool:
        return False


NOBODY: Final[Functions] = _Nobody()
