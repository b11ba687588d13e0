"""The VPC CNI is switched and switched back, managed and not, wherever the function is cut off."""

import contextlib
from dataclasses import replace

import pytest

from nodenet.errors import HeldError, Overdue, Waiting
from nodenet.migration.request import Mode, Warm
from nodenet.migration.step import take
from tests.unit.migration.cni.cluster import CUSTOM, DEFAULTS, REQUEST, SWITCHED, WARM, Cluster, a_run, node, taken
from tests.unit.migration.record import Cut, CutOff

BOTH = pytest.mark.parametrize("managed", [True, False], ids=["managed", "self-managed"])


@BOTH
def test_it_is_switched_and_every_node_has_it(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    assert "aws-node runs on 3 nodes with" in taken(cluster, run)
    assert cluster.env == {**DEFAULTS, **SWITCHED}
    assert cluster.updated == {"n1", "n2", "n9"}
    assert cluster.restarts() == 1
    assert bool(cluster.patches) is not managed


@BOTH
def test_taken_twice_it_changes_nothing_more(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    taken(cluster, run)
    taken(cluster, run)
    assert (cluster.restarts(), len(cluster.asked) + len(cluster.patches)) == (1, 1)


@BOTH
def test_a_cluster_that_is_so_already_is_not_restarted_and_stays_so(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    cluster.by("somebody", **SWITCHED)
    cluster.updated = set(cluster.nodes_)
    before = dict(cluster.env)
    taken(cluster, run)
    taken(cluster, run, "back")
    assert (cluster.env, cluster.asked, cluster.patches) == (before, [], [])


@BOTH
@pytest.mark.parametrize("calls", range(25))
def test_wherever_it_is_cut_off_it_is_finished_with_one_restart_each_way(managed: bool, calls: int) -> None:
    cluster, run = Cluster(managed), a_run()
    for way, environment in (("forward", {**DEFAULTS, **SWITCHED}), ("back", DEFAULTS)):
        before = cluster.restarts()
        cluster.cut = Cut(after=calls)
        with contextlib.suppress(CutOff):
            taken(cluster, run, way)
        cluster.cut = Cut()
        taken(cluster, run, way)
        assert cluster.env == environment
        assert cluster.restarts() == before + 1


@BOTH
@pytest.mark.parametrize("calls", range(25))
def test_what_was_half_done_is_undone(managed: bool, calls: int) -> None:
    cluster, run = Cluster(managed, cut=Cut(after=calls)), a_run()
    with contextlib.suppress(CutOff):
        taken(cluster, run)
    cluster.cut = Cut()
    taken(cluster, run, "back")
    for _ in range(10):
        cluster.work()
    assert cluster.env == DEFAULTS


@BOTH
def test_what_somebody_has_changed_meanwhile_is_left_and_named(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run(replace(REQUEST, warm=Warm(ip=5)))
    taken(cluster, run)
    cluster.by("kubectl-set", **{WARM: "9"})
    said = taken(cluster, run, "back")
    assert f"left as it is: {WARM}, which somebody has changed meanwhile" in said
    assert cluster.env == {**DEFAULTS, WARM: "9"}


@BOTH
def test_values_of_before_come_back_and_not_the_defaults(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run(replace(REQUEST, warm=Warm(ip=5, eni=0)))
    cluster.by("kubectl-set", **{WARM: "2", "WARM_ENI_TARGET": "3"})
    taken(cluster, run)
    assert (cluster.env[WARM], cluster.env["WARM_ENI_TARGET"]) == ("5", "0")
    taken(cluster, run, "back")
    assert cluster.env == {**DEFAULTS, WARM: "2", "WARM_ENI_TARGET": "3"}


@BOTH
def test_nobody_fights_over_a_variable_by_restarting_every_node_again_and_again(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    with pytest.raises(Waiting):
        taken(cluster, run, looks=2 if managed else 1)
    for _ in range(10):
        cluster.work()
    cluster.by("argocd", **{CUSTOM: "false"})
    for _ in range(10):
        cluster.work()
    with pytest.raises(HeldError, match=rf"{CUSTOM} \(argocd\)"):
        taken(cluster, run)
    assert len(cluster.asked) + len(cluster.patches) == 1
    # A person resumes.
    taken(cluster, run)
    assert cluster.env == {**DEFAULTS, **SWITCHED}


@BOTH
def test_a_dead_node_blocks_the_roll_out_and_is_named_when_it_is_overdue(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    cluster.nodes_["n9"] = node("n9", "eu-west-1b", ready=False)
    event = {"run": run.id, "way": "forward"}
    for now in (1000.0, 1010.0):
        with pytest.raises(Waiting):
            take(cluster.step, event, run.record, now)
        cluster.work()
    with pytest.raises(Overdue, match=r"on 2 of 3 nodes; it waits for n9 \(the node is not Ready\); that for 1900 s"):
        take(cluster.step, event, run.record, 2900.0)


def test_an_update_that_fails_for_a_dead_node_names_it_and_goes_on_when_it_is_gone() -> None:
    cluster, run = Cluster(), a_run()
    cluster.nodes_["n9"] = node("n9", "eu-west-1b", ready=False)
    with pytest.raises(HeldError, match=r"InsufficientNumberOfReplicas.*it waits for n9 \(the node is not Ready\)"):
        taken(cluster, run)
    del cluster.nodes_["n9"]
    taken(cluster, run)
    assert len(cluster.asked) == 1
    assert cluster.restarts() == 1


@BOTH
def test_open_old_nodes_hold_it_before_anything_is_changed(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    cluster.nodes_["n2"] = node("n2", "eu-west-1b")
    with pytest.raises(HeldError, match="old nodes are not cordoned: n2"):
        taken(cluster, run)
    assert cluster.restarts() == 0
    assert taken(cluster, run, "back") == "nothing was switched"


@BOTH
def test_an_old_node_that_joined_late_holds_it_too(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    # The function ended after it had kept what was before, and before it changed anything.
    run.notes("switch_cni").keep(before=dict.fromkeys(SWITCHED), wanted=SWITCHED, managed=managed)
    cluster.nodes_["n2"] = node("n2", "eu-west-1b")
    with pytest.raises(HeldError, match="not cordoned: n2"):
        taken(cluster, run)


def test_a_zone_without_eni_config_is_named_and_a_default_does_not_help_it() -> None:
    """pkg/eniconfig, GetNodeSpecificENIConfigName: `default` is for nodes without the label."""
    cluster, run = Cluster(), a_run()
    cluster.configs = {"eu-west-1a": {}, "default": {}}
    with pytest.raises(HeldError, match="no ENIConfig eu-west-1b, which would be that of n2, n9"):
        taken(cluster, run)


def test_an_annotation_of_a_node_comes_before_its_zone() -> None:
    cluster, run = Cluster(), a_run()
    cluster.nodes_["n9"] = node("n9", "eu-west-1c", annotations={"k8s.amazonaws.com/eniConfig": "eu-west-1a"})
    taken(cluster, run)


def test_where_labels_choose_nodes_without_one_need_the_default_but_for_old_ones() -> None:
    labelled = tuple(replace(each, label=f"pods-{each.zone}") for each in REQUEST.pod_subnets)
    cluster, run = Cluster(), a_run(replace(REQUEST, pod_subnets=labelled))
    cluster.configs = {"pods-eu-west-1a": {}, "pods-eu-west-1b": {}}
    with pytest.raises(HeldError, match="no ENIConfig default, which would be that of n9"):
        taken(cluster, run)
    chosen = {"k8s.amazonaws.com/eniConfig": "pods-eu-west-1b"}
    cluster.nodes_["n9"] = replace(cluster.nodes_["n9"], labels=chosen)
    taken(cluster, run)
    assert cluster.env["ENI_CONFIG_LABEL_DEF"] == "k8s.amazonaws.com/eniConfig"


def test_nodes_where_aws_node_does_not_run_need_no_eni_config() -> None:
    cluster, run = Cluster(), a_run()
    agents = cluster.agents()
    cluster.nodes_["auto"] = node("auto", "eu-west-1c")
    cluster.agents = lambda: agents  # type: ignore[method-assign]
    cluster.updated = set(cluster.nodes_)
    taken(cluster, run)


@BOTH
def test_in_mode_node_subnets_the_cni_stays_as_it_is(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run(replace(REQUEST, mode=Mode.NODE_SUBNETS, pod_subnets=()))
    assert taken(cluster, run) == "the VPC CNI stays as it is"
    assert taken(cluster, run, "back") == "nothing was switched"
    assert cluster.cut.calls == 0


def test_another_cni_is_a_question_for_a_person() -> None:
    cluster, run = Cluster(managed=False, there=False), a_run()
    with pytest.raises(HeldError, match="its CNI is not the VPC CNI"):
        taken(cluster, run)


@BOTH
def test_where_aws_node_is_gone_there_is_nothing_to_restore(managed: bool) -> None:
    cluster, run = Cluster(managed), a_run()
    taken(cluster, run)
    cluster.there = False
    assert taken(cluster, run, "back") == "aws-node is gone: nothing to restore"
