"""ENIConfigs are applied before the switch, and go in the way back's own order."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.migration.cni.eni_configs import ApplyEniConfigs
from nodenet.migration.request import GroupWish, Mode, Request
from nodenet.migration.run import Run
from tests.unit.migration.record import Cut, CutOff, started

GROUPS = ("sg-2", "sg-1")
REQUEST = Request("prod", (GroupWish("web"),), security_groups=GROUPS)
SUBNETS = [{"zone": f"eu-west-1{z}", "id": f"subnet-{z}", "cidr": "", "label": "", "made": True} for z in "ab"]
APPLIED = {f"eu-west-1{z}": {"subnet": f"subnet-{z}", "securityGroups": list(GROUPS)} for z in "ab"}


@dataclass
class Configs:
    """Those of the cluster; `theirs` belong to another field manager, and conflict ("Server-Side Apply", Conflicts)."""

    cut: Cut = field(default_factory=Cut)
    specs: dict[str, dict[str, Any]] = field(default_factory=dict)
    theirs: set[str] = field(default_factory=set)
    applied: list[str] = field(default_factory=list)

    def eni_configs(self) -> dict[str, dict[str, Any]]:
        self.cut.count()
        return {name: dict(spec) for name, spec in self.specs.items()}

    def apply_eni_config(self, name: str, subnet: str, groups: Sequence[str] = (), *, force: bool = False) -> None:
        spec: dict[str, Any] = {"subnet": subnet} | ({"securityGroups": list(groups)} if groups else {})
        if name in self.theirs and spec != self.specs[name] and not force:
            raise HeldError(f"conflict with terraform: ENIConfig {name}")
        self.specs[name] = spec
        self.applied.append(name)
        self.cut.count()

    def delete_eni_config(self, name: str) -> bool:
        gone = self.specs.pop(name, None)
        self.cut.count()
        return gone is not None


def a_run(request: Request = REQUEST) -> Run:
    return started(request, step_extend_vpc={"podSubnets": SUBNETS})


def forward(configs: Configs, run: Run) -> str:
    return ApplyEniConfigs(configs).forward(run, run.notes("apply_eni_configs"))


def back(configs: Configs, run: Run) -> str:
    return ApplyEniConfigs(configs).back(run, run.notes("apply_eni_configs"))


def test_each_pod_subnet_gets_one_named_as_its_zone() -> None:
    configs, run = Configs(), a_run()
    assert forward(configs, run) == "2 ENIConfigs, eu-west-1a, eu-west-1b; 2 of them changed"
    assert configs.specs == APPLIED
    assert "0 of them changed" in forward(configs, run)


def test_several_in_a_zone_are_named_as_their_labels_and_without_groups_say_none() -> None:
    """Pods then have the groups of the node's primary interface (amazon-vpc-cni-k8s, README)."""
    configs = Configs()
    labelled = [{**each, "label": f"pods-{n}"} for n, each in enumerate(SUBNETS)]
    forward(configs, started(replace(REQUEST, security_groups=()), step_extend_vpc={"podSubnets": labelled}))
    assert configs.specs == {"pods-0": {"subnet": "subnet-a"}, "pods-1": {"subnet": "subnet-b"}}


BEFORE: dict[str, dict[str, Any]] = {"eu-west-1b": {"subnet": "subnet-old"}, "other": {"subnet": "subnet-x"}}


@pytest.mark.parametrize("calls", range(6))
def test_wherever_it_is_cut_off_it_is_finished_and_undone(calls: int) -> None:
    configs, run = Configs(cut=Cut(after=calls), specs=dict(BEFORE)), a_run()
    with contextlib.suppress(CutOff):
        forward(configs, run)
    configs.cut = Cut()
    forward(configs, run)
    assert configs.specs == {**BEFORE, **APPLIED}
    configs.cut = Cut(after=calls)
    with contextlib.suppress(CutOff):
        back(configs, run)
    configs.cut = Cut()
    back(configs, run)
    assert configs.specs == BEFORE


@pytest.mark.parametrize("calls", range(4))
def test_what_was_half_applied_is_undone(calls: int) -> None:
    configs, run = Configs(cut=Cut(after=calls), specs=dict(BEFORE)), a_run()
    with contextlib.suppress(CutOff):
        forward(configs, run)
    configs.cut = Cut()
    back(configs, run)
    assert configs.specs == BEFORE


def test_one_that_belongs_to_somebody_else_and_says_otherwise_is_a_question() -> None:
    configs, run = Configs(specs={"eu-west-1b": {"subnet": "subnet-old"}}, theirs={"eu-west-1b"}), a_run()
    with pytest.raises(HeldError, match="terraform"):
        forward(configs, run)
    back(configs, run)
    assert configs.specs == {"eu-west-1b": {"subnet": "subnet-old"}}


def test_one_that_is_right_already_is_left_to_its_owner_both_ways() -> None:
    right = {"subnet": "subnet-b", "securityGroups": sorted(GROUPS)}
    configs, run = Configs(specs={"eu-west-1b": right}, theirs={"eu-west-1b"}), a_run()
    assert "1 of them changed" in forward(configs, run)
    back(configs, run)
    assert (configs.specs, configs.applied) == ({"eu-west-1b": right}, ["eu-west-1a"])


def test_what_somebody_has_changed_or_deleted_meanwhile_is_left_so() -> None:
    configs, run = Configs(), a_run()
    forward(configs, run)
    configs.specs["eu-west-1a"] = {"subnet": "subnet-new"}
    del configs.specs["eu-west-1b"]
    assert "left as they are: eu-west-1a, which somebody has changed meanwhile" in back(configs, run)
    assert configs.specs == {"eu-west-1a": {"subnet": "subnet-new"}}


def test_in_mode_node_subnets_there_is_nothing_to_apply_or_to_undo() -> None:
    configs, run = Configs(specs=dict(BEFORE)), a_run(replace(REQUEST, mode=Mode.NODE_SUBNETS))
    assert "no ENIConfig is needed" in forward(configs, run)
    assert back(configs, run) == "0 ENIConfigs as before"
    assert (configs.specs, configs.cut.calls) == (BEFORE, 0)
