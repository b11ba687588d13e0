"""Old nodes are cordoned, all of them, and those that this run cordoned are opened again."""

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest

from nodenet.migration.cluster import Node
from nodenet.migration.quiet.cordon import EXCLUDED, Cordon
from nodenet.migration.run import Run
from tests.unit.migration.record import Cut, CutOff, started


@dataclass
class Cluster:
    """Nodes n1 to n3 of the old group, n3 cordoned by somebody; n9 of another."""

    cut: Cut = field(default_factory=Cut)
    named: dict[str, Node] = field(
        default_factory=lambda: {
            name: Node(name, f"u-{name}", f"i-{name}", "eu-west-1a", unschedulable=name == "n3")
            for name in ("n1", "n2", "n3", "n9")
        }
    )
    in_group: list[str] = field(default_factory=lambda: ["i-n1", "i-n2", "i-n3", "i-starting"])

    def nodes(self, labels: str = "") -> list[Node]:
        return list(self.named.values())

    def cordon(self, name: str) -> bool:
        return self._set(name, unschedulable=True)

    def uncordon(self, name: str) -> bool:
        return self._set(name, unschedulable=False)

    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        return {"asg-web": tuple(self.in_group)} if "asg-web" in groups else {}

    def label(self, name: str, labels: Mapping[str, str | None]) -> bool:
        if node := self.named.get(name):
            merged = {**node.labels, **labels}
            self.named[name] = replace(node, labels={key: value for key, value in merged.items() if value is not None})
        return name in self.named

    def _set(self, name: str, *, unschedulable: bool) -> bool:
        if name in self.named:
            self.named[name] = replace(self.named[name], unschedulable=unschedulable)
        self.cut.count()
        return name in self.named

    @property
    def cordoned(self) -> set[str]:
        return {name for name, node in self.named.items() if node.unschedulable}


def a_run() -> Run:
    return started(preflight={"facts": {"groups": [{"name": "web", "autoScalingGroups": ["asg-web"]}]}})


def test_all_old_nodes_are_cordoned_and_no_other() -> None:
    cluster, run = Cluster(), a_run()
    assert Cordon(cluster, cluster).forward(run, run.notes("cordon")) == "2 of 3 old nodes cordoned"
    assert cluster.cordoned == {"n1", "n2", "n3"}


def test_the_way_back_opens_those_that_this_run_cordoned() -> None:
    cluster, run = Cluster(), a_run()
    Cordon(cluster, cluster).forward(run, run.notes("cordon"))
    Cordon(cluster, cluster).back(run, run.notes("cordon"))
    assert cluster.cordoned == {"n3"}


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_wherever_it_is_cut_off_it_knows_later_which_it_cordoned(calls: int) -> None:
    cluster, run = Cluster(cut=Cut(after=calls)), a_run()
    with contextlib.suppress(CutOff):
        Cordon(cluster, cluster).forward(run, run.notes("cordon"))
    cluster.cut.after = None
    Cordon(cluster, cluster).forward(run, run.notes("cordon"))
    assert cluster.cordoned == {"n1", "n2", "n3"}
    Cordon(cluster, cluster).back(run, run.notes("cordon"))
    assert cluster.cordoned == {"n3"}


def test_a_node_that_is_gone_is_no_failure_either_way() -> None:
    cluster, run = Cluster(), a_run()
    Cordon(cluster, cluster).forward(run, run.notes("cordon"))
    del cluster.named["n1"]
    assert "1 old nodes uncordoned, 1 were open again or gone" in Cordon(cluster, cluster).back(
        run, run.notes("cordon")
    )


def test_nodes_that_joined_late_and_were_cordoned_by_the_drain_are_opened_too() -> None:
    cluster, run = Cluster(), a_run()
    run.notes("next_batch").note(cordoned=["n9"])
    cluster.cordon("n9")
    Cordon(cluster, cluster).back(run, run.notes("cordon"))
    assert "n9" not in cluster.cordoned


def test_nodes_that_the_drain_took_out_of_load_balancers_come_back() -> None:
    cluster, run = Cluster(), a_run()
    run.notes("next_batch").note(excluded=["n1", "gone"])
    cluster.label("n1", {EXCLUDED: "true", "app": "web"})
    Cordon(cluster, cluster).back(run, run.notes("cordon"))
    assert cluster.named["n1"].labels == {"app": "web"}
