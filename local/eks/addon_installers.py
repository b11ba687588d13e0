"""Who puts add-ons into clusters: EKS's API only keeps account of them."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

type Problem = dict[str, Any]
"""One of the service model's ErrorDetail: errorCode, errorMessage, resourceIds."""

type Done = Callable[[Sequence[Problem]], None]


class Installer(Protocol):
    """`done` is called once, under the region's lock, from any thread: with what went wrong, or nothing."""

    def install(self, cluster: Any, addon: Any, resolution: str, done: Done) -> bool:
        """Brings the add-on into the cluster as its model says; False where this is not its to do."""
        ...

    def remove(self, cluster: Any, addon: Any, preserve: bool) -> None:
        """Takes it out again; with `preserve` only EKS's hands off it (API reference, DeleteAddon)."""
        ...


installers: list[Installer] = []


def install(cluster: Any, addon: Any, resolution: str, done: Done) -> bool:
    """Whether somebody has taken it on."""
    return any(each.install(cluster, addon, resolution, done) for each in installers)
