"""What the user wants of a cluster's nodes: one YAML document.

`parse` reads it, `resolve` finds its subnets among EC2's. Each is imported when first asked for: planning code,
which needs only what is in `resolved`, must not load pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from nodenet.configuration.model import Configuration
    from nodenet.configuration.parsing import parse
    from nodenet.configuration.resolve import resolve
    from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedGroup, ResolvedNetwork

__all__ = ["Configuration", "ResolvedConfiguration", "ResolvedGroup", "ResolvedNetwork", "parse", "resolve"]

_HOMES: Final = {
    "Configuration": "model",
    "ResolvedConfiguration": "resolved",
    "ResolvedGroup": "resolved",
    "ResolvedNetwork": "resolved",
    "parse": "parsing",
    "resolve": "resolve",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
