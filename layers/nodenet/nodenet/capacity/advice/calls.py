"""What a change of settings costs in EC2 calls."""

from functools import lru_cache
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.simulation import SETTLING_SECONDS, Change, simulate
from nodenet.capacity.shape import NodeShape

SECONDS_BETWEEN_PODS: Final = 10.0
"""Two passes of ipamd: each pod is met by a pass of its own, which is where IP targets ask EC2 most often."""


@lru_cache(maxsize=4096)
def calls(shape: NodeShape, settings: CniSettings, pods: int) -> int:
    """EC2 calls of a node on which `pods` pods come one by one, stay until things have settled, and go one by one."""
    pods = min(pods, shape.max_pods)
    leaving = (pods + 1) * SECONDS_BETWEEN_PODS + SETTLING_SECONDS
    changes = [Change((number + 1) * SECONDS_BETWEEN_PODS, number + 1) for number in range(pods)]
    changes += [Change(leaving + number * SECONDS_BETWEEN_PODS, pods - number - 1) for number in range(pods)]
    return sum(simulate(shape, settings, changes).calls.values())
