"""What a clone has otherwise than the group that it is of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nodenet.migration.cluster import UNVERIFIED, Taint

type Shape = Mapping[str, Any]
"""A thing as AWS's API describes it, or a request to it."""

TAINT: Final = Taint(UNVERIFIED, "NoSchedule")
ENI_CONFIG: Final = "k8s.amazonaws.com/eniConfig"
"""The label by which the VPC CNI chooses a node's ENIConfig (amazon-vpc-cni-k8s, ENI_CONFIG_LABEL_DEF)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`name`: the clone's. `subnets` empty: the old group's. `max_pods` None: nobody need tell it. `eni_config`: the
    value of the label, or empty. `wanted`: how many nodes it shall have in the end. `marks`: the run's tags."""

    name: str
    wanted: int
    marks: Mapping[str, str]
    token: str
    subnets: tuple[str, ...] = ()
    max_pods: int | None = None
    eni_config: str = ""

    @property
    def labels(self) -> Mapping[str, str]:
        return {ENI_CONFIG: self.eni_config} if self.eni_config else {}


@dataclass(frozen=True, slots=True)
class Sizes:
    """`desired` what it has first, `maximum` at least that and at least one, which AWS asks of both kinds."""

    minimum: int
    maximum: int
    desired: int


def sizes(minimum: int, maximum: int, wanted: int, first: int | None = None) -> Sizes:
    """Of a clone of a group with these bounds, which shall have `wanted` nodes and has `first` of them at first."""
    wanted = max(wanted, minimum)
    desired = wanted if first is None else min(wanted, first)
    return Sizes(min(minimum, desired), max(maximum, wanted, 1), desired)


def own_tags(tags: Mapping[str, str], marks: Mapping[str, str]) -> dict[str, str]:
    """Tags that may be copied, and the run's. "aws:" is reserved ("Tag your Amazon EC2 resources")."""
    return {key: value for key, value in tags.items() if not key.lower().startswith("aws:")} | dict(marks)


@dataclass(frozen=True, slots=True)
class Template:
    """A launch template to be made: `data` its first version; `tainted` the second, or None."""

    name: str
    data: Shape
    tainted: Shape | None = None


@dataclass(frozen=True, slots=True)
class Clone:
    """`request` without the launch templates of the run's own, which get their ids when they are made. `left`: what of
    the old group it does not have."""

    request: Shape
    templates: Sequence[Template] = ()
    left: tuple[str, ...] = field(default=())
