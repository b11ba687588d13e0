"""Autoscalers are quieted, and restored where they are still as the run left them."""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from nodenet.migration.cluster import Owner
from nodenet.migration.objects import Deployment
from nodenet.migration.quiet.autoscaler import is_cluster_autoscaler
from nodenet.migration.quiet.quiet import Quiet
from nodenet.migration.run import Run
from tests.unit.migration.record import Cut, CutOff, started

AUTOSCALER = Owner("Deployment", "kube-system", "cluster-autoscaler")
BUDGETS = [{"nodes": "10%"}]


@dataclass
class World:
    """A cluster with an autoscaler of two replicas and a Karpenter node pool, and a group in two Auto Scaling groups,
    of which one is not balanced."""

    cut: Cut = field(default_factory=Cut)
    replicas: dict[str, int] = field(default_factory=lambda: {"cluster-autoscaler": 2, "web": 3})
    pools: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"default": list(BUDGETS)})
    processes: dict[str, set[str]] = field(default_factory=lambda: {"asg-a": set(), "asg-b": {"AZRebalance"}})

    def quiet(self) -> Quiet:
        return Quiet(self, Karpenter(self), Processes(self))

    def deployments(self, labels: str = "") -> list[Deployment]:
        self.cut.count()
        return [
            Deployment(Owner("Deployment", "kube-system", n), r, images=(f"x/{n}:1",)) for n, r in self.replicas.items()
        ]

    def scale(self, owner: Owner) -> int | None:
        self.cut.count()
        return self.replicas.get(owner.name)

    def set_scale(self, owner: Owner, replicas: int) -> bool:
        if owner.name in self.replicas:
            self.replicas[owner.name] = replicas
        self.cut.count()
        return owner.name in self.replicas


@dataclass
class Karpenter:
    world: World

    def node_pools(self) -> dict[str, list[dict[str, Any]]]:
        self.world.cut.count()
        return {name: list(budgets) for name, budgets in self.world.pools.items()}

    def set_budgets(self, name: str, budgets: Sequence[Mapping[str, Any]]) -> bool:
        self.world.pools[name] = [dict(each) for each in budgets]
        self.world.cut.count()
        return True


@dataclass
class Processes:
    world: World

    def suspended(self, groups: Collection[str]) -> Mapping[str, frozenset[str]]:
        self.world.cut.count()
        return {name: frozenset(some) for name, some in self.world.processes.items() if name in groups}

    def suspend(self, group: str, process: str) -> None:
        self.world.processes[group].add(process)
        self.world.cut.count()

    def resume(self, group: str, process: str) -> None:
        self.world.processes[group].discard(process)
        self.world.cut.count()


def a_run() -> Run:
    return started(preflight={"facts": {"groups": [{"name": "web", "autoScalingGroups": ["asg-a", "asg-b", "gone"]}]}})


def quieted(world: World) -> bool:
    return (
        world.replicas == {"cluster-autoscaler": 0, "web": 3}
        and world.pools == {"default": [{"nodes": "0"}]}
        and world.processes == {"asg-a": {"AZRebalance"}, "asg-b": {"AZRebalance"}}
    )


def test_all_autoscalers_are_quieted_and_all_restored_as_they_were() -> None:
    world, run = World(), a_run()
    said = world.quiet().forward(run, run.notes("quiet"))
    assert quieted(world)
    assert "cluster-autoscaler" in said
    world.quiet().back(run, run.notes("quiet"))
    assert world == replace(World(), cut=world.cut)


@pytest.mark.parametrize("calls", range(1, 10))
def test_wherever_it_is_cut_off_what_was_before_is_not_forgotten(calls: int) -> None:
    world, run = World(), a_run()
    world.cut.after = calls
    with contextlib.suppress(CutOff):
        world.quiet().forward(run, run.notes("quiet"))
    world.cut.after = None
    world.quiet().forward(run, run.notes("quiet"))
    assert quieted(world)
    world.cut = Cut(after=calls)
    with contextlib.suppress(CutOff):
        world.quiet().back(run, run.notes("quiet"))
    world.cut.after = None
    world.quiet().back(run, run.notes("quiet"))
    assert world == replace(World(), cut=world.cut)


def test_what_somebody_else_changed_meanwhile_is_left_and_named() -> None:
    world, run = World(), a_run()
    world.quiet().forward(run, run.notes("quiet"))
    world.replicas["cluster-autoscaler"] = 5
    world.pools["default"] = [{"nodes": "1"}]
    said = world.quiet().back(run, run.notes("quiet"))
    assert world.replicas["cluster-autoscaler"] == 5
    assert world.pools["default"] == [{"nodes": "1"}]
    assert "cluster-autoscaler, which somebody has scaled meanwhile" in said
    assert "default, which somebody has changed meanwhile" in said


def test_what_is_gone_meanwhile_is_no_failure() -> None:
    world, run = World(), a_run()
    world.quiet().forward(run, run.notes("quiet"))
    everything: list[dict[str, Any]] = [world.replicas, world.pools, world.processes]
    for each in everything:
        each.clear()
    assert "deleted meanwhile" in world.quiet().back(run, run.notes("quiet"))


def test_an_autoscaler_without_replicas_stays_so() -> None:
    world, run = World(replicas={"cluster-autoscaler": 0}), a_run()
    world.quiet().forward(run, run.notes("quiet"))
    world.quiet().back(run, run.notes("quiet"))
    assert world.replicas == {"cluster-autoscaler": 0}


def test_a_run_that_quieted_nothing_restores_nothing() -> None:
    world, run = World(), a_run()
    assert world.quiet().back(run, run.notes("quiet")) == "nothing was quieted"
    assert world.cut.calls == 0


@pytest.mark.parametrize(
    ("image", "labels"),
    [
        ("registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.0", {}),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/mirror/cluster-autoscaler-arm64@sha256:0", {}),
        ("mirror.example/ca:1", {"app.kubernetes.io/name": "aws-cluster-autoscaler"}),
        ("mirror.example/ca:1", {"app": "cluster-autoscaler"}),
    ],
)
def test_a_cluster_autoscaler_is_known_by_its_image_or_its_labels(image: str, labels: dict[str, str]) -> None:
    assert is_cluster_autoscaler(Deployment(Owner("Deployment", "any", "any"), 1, labels, (image,)))


def test_other_autoscalers_are_none() -> None:
    proportional = Deployment(
        Owner("Deployment", "kube-system", "dns"), 1, {}, ("x/cluster-proportional-autoscaler:1",)
    )
    assert not is_cluster_autoscaler(proportional)
