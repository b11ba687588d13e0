"""What the managed add-on is asked for, and what becomes of it when EKS, or somebody else, has other plans."""

import contextlib
import json
from dataclasses import replace

import pytest
import yaml

from nodenet.errors import HeldError, Waiting
from nodenet.migration.cni.addon import Addon, Update
from tests.unit.migration.cni.cluster import (
    CUSTOM,
    DEFAULTS,
    SWITCHED,
    WARM,
    Cluster,
    a_run,
    said,
    taken,
    text,
)

COMMENTED = f"# asked for by the platform team\nenv:\n  {WARM}: '3'\nresources:\n  requests: {{cpu: 50m}}\n"


def with_text(configuration: str) -> Cluster:
    """A cluster to which EKS has applied this configuration."""
    cluster = Cluster()
    assert cluster.addon
    cluster.addon = replace(cluster.addon, configuration=configuration)
    cluster._apply(cluster.addon)
    cluster.generation, cluster.updated = 1, set(cluster.nodes_)
    return cluster


def test_version_and_role_are_given_again_or_eks_would_take_the_role_off() -> None:
    """UpdateAddon, EKS API Reference, serviceAccountRoleArn."""
    cluster, run = Cluster(), a_run()
    taken(cluster, run)
    taken(cluster, run, "back")
    assert [(each.version, each.role) for each in cluster.asked] == [
        ("v1.23.1-eksbuild.1", "arn:aws:iam::1:role/cni")
    ] * 2


@pytest.mark.parametrize(
    "configuration",
    ["", text(**{WARM: "3"}), COMMENTED, json.dumps({"env": {WARM: "3"}, "resources": {}}, indent="\t")],
    ids=["none", "json", "yaml", "json with tabs"],
)
def test_the_text_changes_by_what_is_asked_for_and_comes_back_letter_by_letter(configuration: str) -> None:
    cluster, run = with_text(configuration), a_run()
    before, document = dict(cluster.env), yaml.safe_load(configuration.replace("\t", " ") or "{}")
    taken(cluster, run)
    forward = cluster.asked[0].configuration
    read = yaml.safe_load if configuration == COMMENTED else json.loads
    assert read(forward) == {**document, "env": {**document.get("env", {}), **SWITCHED}}
    taken(cluster, run, "back")
    assert cluster.asked[1].configuration == (configuration or "{}")
    assert cluster.env == before


def test_what_somebody_has_set_past_the_add_on_is_folded_into_its_text_and_outlives_both_ways() -> None:
    cluster, run = Cluster(), a_run()
    cluster.by("kubectl-set", **{WARM: "7", "WARM_ENI_TARGET": "2"})
    taken(cluster, run)
    assert said(cluster.asked[0]) == {**SWITCHED, WARM: "7", "WARM_ENI_TARGET": "2"}
    taken(cluster, run, "back")
    assert cluster.env == {**DEFAULTS, WARM: "7", "WARM_ENI_TARGET": "2"}


def test_what_the_configuration_cannot_say_is_left_to_whom_it_belongs() -> None:
    """A text that sets anything else is refused (EKS API Reference, UpdateAddon, configurationValues)."""
    cluster, run = Cluster(), a_run()
    cluster.by("kubectl-set", HTTPS_PROXY="http://proxy:3128")
    taken(cluster, run)
    assert said(cluster.asked[0]) == SWITCHED
    assert cluster.env["HTTPS_PROXY"] == "http://proxy:3128"


@pytest.mark.parametrize("configuration", ["{", "[1]", "text"])
def test_a_text_that_is_no_object_is_a_question_for_a_person(configuration: str) -> None:
    cluster, run = Cluster(), a_run()
    assert cluster.addon
    cluster.addon = replace(cluster.addon, configuration=configuration)
    with pytest.raises(HeldError, match="configuration of the add-on vpc-cni"):
        taken(cluster, run)


def test_it_waits_for_an_update_of_somebody_else_and_asks_for_that_version_then() -> None:
    cluster, run = Cluster(), a_run()
    cluster.others_update()
    with pytest.raises(Waiting, match="UPDATING: another update is under way"):
        taken(cluster, run, looks=1)
    assert cluster.asked == []
    taken(cluster, run)
    assert [each.version for each in cluster.asked] == ["v1.23.2-eksbuild.1"]


def test_going_back_waits_for_what_was_asked_for_and_has_not_reached_the_cluster_yet() -> None:
    cluster, run = Cluster(), a_run()
    with pytest.raises(Waiting):
        cluster.step.forward(run, run.notes("switch_cni"))
    assert cluster.env == DEFAULTS
    with pytest.raises(Waiting, match="update u-0"):
        cluster.step.back(run, run.notes("switch_cni"))
    taken(cluster, run, "back")
    assert cluster.env == DEFAULTS
    assert len(cluster.asked) == 2


def test_an_update_that_fails_is_held_with_its_reason_and_asked_for_anew_by_who_resumes() -> None:
    cluster, run = Cluster(), a_run()
    cluster.refusal = "AdmissionRequestDenied: policy"
    with pytest.raises(HeldError, match="update u-0 of the add-on vpc-cni is Failed: AdmissionRequestDenied: policy"):
        taken(cluster, run)
    cluster.refusal = ""
    taken(cluster, run)
    assert len(cluster.asked) == 2
    assert cluster.env[CUSTOM] == "true"


def test_a_failed_update_is_undone_without_being_held_for_it_again() -> None:
    cluster, run = Cluster(), a_run()
    cluster.refusal = "AdmissionRequestDenied: policy"
    with pytest.raises(Waiting):
        taken(cluster, run, looks=1)
    for _ in range(5):
        cluster.work()
    cluster.refusal = ""
    taken(cluster, run, "back")
    assert cluster.env == DEFAULTS


def test_a_cancelled_update_without_a_word_is_held() -> None:
    cluster, run = Cluster(), a_run()
    with contextlib.suppress(Waiting):
        cluster.step.forward(run, run.notes("switch_cni"))
    cluster.updates["u-0"] = Update("Cancelled")
    with pytest.raises(HeldError, match="is Cancelled: EKS does not say why"):
        taken(cluster, run)


def test_the_add_on_that_is_gone_meanwhile_is_a_question_forward_and_restored_in_its_daemon_set_back() -> None:
    cluster, run = Cluster(), a_run()
    taken(cluster, run)
    # DeleteAddon with preserve: the software stays (EKS API Reference).
    cluster.addon = None
    with pytest.raises(HeldError, match="is gone: install it again, or roll back"):
        taken(cluster, run)
    taken(cluster, run, "back")
    assert {name: cluster.env.get(name) for name in SWITCHED} == {CUSTOM: "false", "ENI_CONFIG_LABEL_DEF": None}


def test_an_add_on_that_was_made_anew_does_not_know_the_update_and_is_asked_again() -> None:
    cluster, run = Cluster(), a_run()
    with contextlib.suppress(Waiting):
        cluster.step.forward(run, run.notes("switch_cni"))
    cluster.addon = Addon("v1.23.1-eksbuild.1")
    cluster.updates.clear()
    cluster.tokens.clear()
    taken(cluster, run)
    assert cluster.env == {**DEFAULTS, **SWITCHED}


def test_an_add_on_that_came_meanwhile_is_told_what_was_before() -> None:
    """EKS applies its own defaults, which those of before need not be."""
    cluster, run = Cluster(managed=False), a_run()
    cluster.by("kubectl-set", ENI_CONFIG_LABEL_DEF="topology.ebs.csi.aws.com/zone")
    taken(cluster, run)
    cluster.addon = Addon("v1.23.1-eksbuild.1", text(**SWITCHED))
    taken(cluster, run, "back")
    asked = {CUSTOM: "false", "ENI_CONFIG_LABEL_DEF": "topology.ebs.csi.aws.com/zone"}
    assert said(cluster.asked[-1]).items() >= asked.items()
    assert cluster.env["ENI_CONFIG_LABEL_DEF"] == "topology.ebs.csi.aws.com/zone"
