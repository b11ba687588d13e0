"""Scenarios of a node's life, for the simulation and for the VPC CNI's own daemon: what is asked, what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Self

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.datastore import Order, as_attached
from nodenet.capacity.ipamd.simulation import Change, simulate
from nodenet.capacity.shape import NodeShape, shape_of
from nodenet.limits import shipped

type Row = tuple[int, int, int, int, int, int]
"""Pods with an address and without one, addresses for pods, prefixes, ENIs, EC2 calls so far."""

_TYPES: Final = ("t3.nano", "t3.small", "m5.large", "m5.xlarge", "c5.4xlarge", "p3dn.24xlarge", "m4.large")
_CHOICES: Final[Mapping[str, tuple[float, Sequence[str]]]] = {
    "WARM_ENI_TARGET": (0.5, ("0", "1", "2", "3")),
    "WARM_IP_TARGET": (0.5, ("0", "1", "2", "5", "10", "17")),
    "MINIMUM_IP_TARGET": (0.4, ("0", "1", "8", "12", "30", "64")),
    "WARM_PREFIX_TARGET": (0.5, ("0", "1", "2", "3")),
    "ENABLE_PREFIX_DELEGATION": (0.4, ("true",)),
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": (0.3, ("true",)),
    "ENABLE_SUBNET_DISCOVERY": (0.3, ("false",)),
    "MAX_ENI": (0.3, ("2", "3", "9")),
    "IP_COOLDOWN_PERIOD": (0.3, ("0", "30", "70")),
    "AWS_MANAGE_ENIS_NON_SCHEDULABLE": (0.3, ("true",)),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    instance_type: str
    environment: Mapping[str, str]
    max_pods: int
    room: int | None
    changes: tuple[Change, ...]
    seconds: float

    @classmethod
    def drawn(cls, random: Random) -> Self:
        environment = {
            name: random.choice(values) for name, (chance, values) in _CHOICES.items() if random.random() < chance
        }
        max_pods = random.choice((8, 29, 58, 110, 250))
        changes, second = [], 0.0
        for _ in range(random.randint(1, 5)):
            second += random.choice((1, 3, 10, 33, 100, 200))
            pods = random.choice((0, 0, random.randint(0, max_pods), random.randint(0, max_pods)))
            changes.append(Change(second, pods, cordoned=random.random() < 0.2))
        # With custom networking a node whose first ENI finds no room starts again and again: nothing to compare.
        custom = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG" in environment
        room = None if custom else random.choice((None, None, None, random.randint(30, 200)))
        return cls(random.choice(_TYPES), environment, max_pods, room, tuple(changes), second + 200)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """What `said` gives."""
        return cls(
            said["InstanceType"],
            said["Environment"],
            said["MaxPods"],
            None if said["Room"] < 0 else said["Room"],
            tuple(Change(each["Second"], each["Pods"], each["Cordoned"]) for each in said["Changes"]),
            said["Seconds"],
        )

    @property
    def said(self) -> dict[str, Any]:
        """As the driver of the real daemon reads it."""
        return {
            "InstanceType": self.instance_type,
            "Environment": self.environment,
            "MaxPods": self.max_pods,
            "Room": -1 if self.room is None else self.room,
            "Changes": [{"Second": each.second, "Pods": each.pods, "Cordoned": each.cordoned} for each in self.changes],
            "Seconds": self.seconds,
        }

    @property
    def settings(self) -> CniSettings:
        return CniSettings.of(self.environment)

    @property
    def shape(self) -> NodeShape:
        limits = shipped(self.instance_type)
        assert limits
        return shape_of(limits, self.settings, max_pods=self.max_pods)

    def simulated(self, order: Order = as_attached) -> dict[float, Row]:
        """What the simulation says, by second in which something changed."""
        run = simulate(self.shape, self.settings, self.changes, seconds=self.seconds, room=self.room, order=order)
        return {
            each.second: (each.pods, each.waiting, each.addresses - each.enis, each.prefixes, each.enis, each.calls)
            for each in run.samples
        }


def row(sample: Mapping[str, Any]) -> Row:
    """What the driver of the real daemon says of a second."""
    return (
        sample["pods"],
        sample["waiting"],
        sample["total"],
        sample["prefixes"],
        sample["enis"],
        sum(sample["calls"].values()),
    )


def changed(rows: Mapping[float, Row]) -> dict[float, Row]:
    """Only the seconds in which something is not as it was."""
    found: dict[float, Row] = {}
    last: Row | None = None
    for second, now in rows.items():
        if now != last:
            found[second] = now
        last = now
    return found
