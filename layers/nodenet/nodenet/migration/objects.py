"""Single objects of Kubernetes as the steps of a migration see them, beside those of `cluster`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nodenet.migration.cluster import Owner, Pod


@dataclass(frozen=True, slots=True)
class DaemonSetState:
    """A DaemonSet and one container of it, the one of its own name. `environment`: the values that it is given;
    `elsewhere`: the variables whose values come from fields, ConfigMaps or Secrets. `managers`: who owns each value, by
    the field managers' names ("Field Management" in the Kubernetes documentation). `generation` is that of what is
    wanted, `observed` that which its controller has seen; `desired`, `updated`, `available` count nodes.
    """

    name: str
    image: str
    environment: Mapping[str, str] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    managers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    generation: int = 0
    observed: int = 0
    desired: int = 0
    updated: int = 0
    available: int = 0

    @property
    def rolled_out(self) -> bool:
        """Every node that should have it has it as it is wanted now, and available: as `kubectl rollout status` judges
        (kubectl, pkg/polymorphichelpers/rollout_status.go)."""
        return self.observed >= self.generation and self.updated >= self.desired and self.available >= self.desired


@dataclass(frozen=True, slots=True)
class Deployment:
    """What tells an autoscaler: labels, images and what its containers are called with."""

    owner: Owner
    replicas: int
    labels: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobState:
    """`complete`, `failed`: its end, by its conditions; `message` says why it failed. `succeeded` counts pods."""

    namespace: str
    name: str
    active: int = 0
    succeeded: int = 0
    complete: bool = False
    failed: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobPod:
    """A pod of a job. `exit_code` None while its container has not ended; `message` is its termination message then,
    and else what it waits for ("ImagePullBackOff: …", "Unschedulable: …")."""

    pod: Pod
    exit_code: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class TargetGroupBinding:
    """The AWS Load Balancer Controller's: which target group has the pods of a service. `target_type`: ip, instance."""

    namespace: str
    name: str
    arn: str
    target_type: str
    service: str
