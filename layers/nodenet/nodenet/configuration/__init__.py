"""What the user wants of a cluster's nodes: one YAML document.

`parse` reads it, `resolve` finds its subnets among EC2's. `parse` and the model are imported when first asked for:
planning code, which needs only what is resolved, must not load pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from nodenet.configuration.resolution import resolve
from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedGroup, ResolvedNetwork

if TYPE_CHECKING:
    from nodenet.configuration.model import Configuration
    from nodenet.configuration.parsing import parse

__all__ = ["Configuration", "ResolvedConfiguration", "ResolvedGroup", "ResolvedNetwork", "parse", "resolve"]

_LATER: Final = {"Configuration": "nodenet.configuration.model", "parse": "nodenet.configuration.parsing"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
