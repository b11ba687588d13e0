"""`nodenet plan --cluster`, against a cluster of the local region: EC2, EKS, STS and its API server over the wire."""

import json
from pathlib import Path

import pytest

from local.region import Region
from nodenet.aws import clients
from tests.cli.conftest import Run
from tests.integration.running_cluster import CLUSTER, CNI, RunningCluster


@pytest.fixture
def running(fresh_region: Region, monkeypatch: pytest.MonkeyPatch) -> RunningCluster:
    """Three nodes with 3, 3 and 5 pods, and the environment of whoever made the cluster."""
    for name, value in fresh_region.environment().items():
        monkeypatch.setenv(name, value)
    made = RunningCluster(fresh_region)
    made.build()
    made.aws_node(**CNI)
    for subnet, pods in (("nodes-a", 3), ("nodes-b", 3), ("nodes-b", 5)):
        made.node(subnet, pods=pods, labels={"eks.amazonaws.com/nodegroup": "web"})
    return made


def test_a_cluster_is_planned_for_and_saved_to_plan_again(running: RunningCluster, run: Run, tmp_path: Path) -> None:
    saved = tmp_path / "prod.yaml"
    at_once = run("plan", "--cluster", CLUSTER, "--save", str(saved), "--json")
    assert (at_once.exit_code, at_once.stderr) == (0, "")
    found = json.loads(at_once.stdout)
    names = {identifier: name for name, identifier in running.subnets.items()}
    groups = sorted(
        (names[each["group"].removeprefix("web in ")], each["pods"], each["nodes"]) for each in found["nodes"]
    )
    assert groups == [("nodes-a", 3, 1), ("nodes-b", 3, 1), ("nodes-b", 5, 1)]
    again = json.loads(run("plan", str(saved), "--json").stdout)
    for kept in ("nodes", "subnets", "moreNodes", "morePods", "growth", "advice"):
        assert again[kept] == found[kept]


def test_what_is_saved_is_the_cluster_and_not_what_if(running: RunningCluster, run: Run, tmp_path: Path) -> None:
    as_it_is, other = tmp_path / "as-it-is.yaml", tmp_path / "other.yaml"
    run("plan", "--cluster", CLUSTER, "--save", str(as_it_is))
    shown = run(
        "plan", "--cluster", CLUSTER, "--save", str(other), "--scale", "4", "--set", "WARM_IP_TARGET=1", "--json"
    )
    assert sum(each["nodes"] for each in json.loads(shown.stdout)["nodes"]) == 12
    assert other.read_text() == as_it_is.read_text()


def test_the_region_is_named_by_an_option(running: RunningCluster, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    region = clients.ec2().meta.region_name
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    clients._client.cache_clear()
    assert run("plan", "--cluster", CLUSTER).exit_code == 1
    clients._client.cache_clear()
    assert run("plan", "--cluster", CLUSTER, "--region", region).exit_code == 0


def test_a_cluster_that_is_not_there_is_one_line(running: RunningCluster, run: Run) -> None:
    result = run("plan", "--cluster", "staging")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "has no EKS cluster staging" in result.stderr
    assert result.stderr.count("\n") == 1
