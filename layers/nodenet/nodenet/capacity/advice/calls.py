"""What a change of settings costs in EC2 calls, and how long EC2's rate limits make them last."""

from collections import Counter
from functools import lru_cache
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.simulation import SETTLING_SECONDS, Change, simulate
from nodenet.capacity.shape import NodeShape

SECONDS_BETWEEN_PODS: Final = 10.0
"""Two passes of ipamd: each pod is met by a pass of its own, which is where IP targets ask EC2 most often."""

_DESCRIBES: Final = 20
_CHANGES: Final = 5
"""Calls a second of one API action that an account has in a region, once its first 50 or 100 are spent ("Request
throttling for the Amazon EC2 API", EC2 Developer Guide)."""


@lru_cache(maxsize=4096)
def calls(shape: NodeShape, settings: CniSettings, pods: int) -> Counter[str]:
    """EC2 calls, by action, of a node on which `pods` pods come one by one, stay until things have settled, and go one
    by one. Pods sit as close as can be; in ipamd's own disorder there are up to a quarter more with WARM_IP_TARGET
    alone, and about a tenth more with a minimum as well."""
    pods = min(pods, shape.max_pods)
    leaving = (pods + 1) * SECONDS_BETWEEN_PODS + SETTLING_SECONDS
    changes = [Change((number + 1) * SECONDS_BETWEEN_PODS, number + 1) for number in range(pods)]
    changes += [Change(leaving + number * SECONDS_BETWEEN_PODS, pods - number - 1) for number in range(pods)]
    return Counter(simulate(shape, settings, changes).calls)


def least_seconds(wanted: Counter[str]) -> float:
    """How long EC2 takes at least to let an account make these calls: the actions have a limit each."""
    return max((count / _rate(action) for action, count in wanted.items()), default=0.0)


def _rate(action: str) -> int:
    return _DESCRIBES if action.startswith("Describe") else _CHANGES
