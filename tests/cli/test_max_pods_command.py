"""`nodenet max-pods`. The figures themselves are proved where they are made: tests/unit/capacity/test_max_pods.py."""

import csv
import io
import json

import pytest
import yaml

from nodenet.limits import shipped_types
from tests.cli.conftest import Run


def test_a_type_has_three_figures(run: Run) -> None:
    """m7g.16xlarge: 15 ENIs of 49 addresses and 2; EKS tells no more than 250 from 31 vCPUs on."""
    assert json.loads(run("max-pods", "m7g.16xlarge", "--json").stdout) == [
        {"instanceType": "m7g.16xlarge", "maxPods": 737, "nodeadm": 737, "eks": 250}
    ]


def test_every_option_counts(run: Run) -> None:
    """m5.xlarge has 4 ENIs of 15 addresses: one left of two networks and a trunk, and custom networking takes that."""

    def limit(*options: str) -> int:
        [row] = json.loads(run("max-pods", "m5.xlarge", "--json", *options).stdout)
        return int(row["maxPods"])

    assert limit() == 4 * 14 + 2
    assert limit("--prefixes") == 4 * 14 * 16 + 2
    assert limit("--custom-networking") == 3 * 14 + 2
    assert limit("--networks", "2") == 2 * 14 + 2
    assert limit("--pod-enis") == 3 * 14 + 2
    assert limit("--max-eni", "3") == 3 * 14 + 2
    assert limit("--custom-networking", "--prefixes", "--networks", "2") == 1 * 14 * 16 + 2


def test_the_vpc_cnis_own_list_counts_where_it_differs_from_ec2s(run: Run) -> None:
    """misc/eni-max-pods.txt of amazon-vpc-cni-k8s v1.23: i7ie.48xlarge 737, though one card alone holds 8."""
    [row] = json.loads(run("max-pods", "i7ie.48xlarge", "--json").stdout)
    assert row["maxPods"] == 737


def test_all_is_the_whole_table_once_by_family_and_size(run: Run) -> None:
    rows = json.loads(run("max-pods", "--all", "--json").stdout)
    names = [row["instanceType"] for row in rows]
    assert len(names) == len(set(names))
    assert set(names) == shipped_types()
    sizes = [name for name in names if name.startswith("m5.")]
    assert sizes[:6] == ["m5.large", "m5.xlarge", "m5.2xlarge", "m5.4xlarge", "m5.8xlarge", "m5.12xlarge"]


def test_csv_has_the_same_columns_as_json_and_empty_cells_for_what_nobody_knows(run: Run) -> None:
    """u-6tb1.metal: EC2 no longer says how many vCPUs it has."""
    rows = list(csv.DictReader(io.StringIO(run("max-pods", "m5.large", "u-6tb1.metal", "--csv").stdout)))
    assert rows == [
        {"instanceType": "m5.large", "maxPods": "29", "nodeadm": "29", "eks": "29"},
        {"instanceType": "u-6tb1.metal", "maxPods": "147", "nodeadm": "147", "eks": ""},
    ]


def test_the_table_is_plain_where_nobody_looks(run: Run) -> None:
    lines = run("max-pods", "m5.large").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["instance", "type", "CNI", "nodeadm", "EKS"],
        ["m5.large", *3 * ["29"]],
    ]


def test_a_kubelet_that_takes_too_many_pods_is_pointed_out(run: Run) -> None:
    assert "leaves some waiting" in run("max-pods", "m5.large", "--networks", "1").stdout
    assert "leaves some waiting" not in run("max-pods", "m5.large", "--prefixes").stdout


def test_wildcards_name_types_by_size_and_none_twice(run: Run) -> None:
    rows = json.loads(run("max-pods", "m7g.m*", "m7g.[x", "m7g.medium", "--json").stdout or "[]")
    assert rows == []  # `[` is no wildcard of EC2's
    rows = json.loads(run("max-pods", "m7g.m*", "m7g.medium", "--json").stdout)
    assert [row["instanceType"] for row in rows] == ["m7g.medium", "m7g.metal"]


def test_node_config_has_the_pods_that_have_addresses_and_no_more_than_eks_advises(run: Run) -> None:
    found = list(yaml.safe_load_all(run("max-pods", "m5.large", "m7g.16xlarge", "--node-config").stdout))
    assert [each["spec"]["kubelet"]["config"]["maxPods"] for each in found] == [29, 250]
    assert {each["kind"] for each in found} == {"NodeConfig"}


def test_node_config_of_all_types_is_an_expression(run: Run) -> None:
    found = yaml.safe_load(run("max-pods", "--all", "--networks", "1", "--node-config").stdout)
    assert "default_enis - 1" in found["spec"]["kubelet"]["maxPodsExpression"]
    refused = run("max-pods", "--all", "--prefixes", "--node-config")
    assert (refused.exit_code, "name yours" in refused.stderr) == (2, True)


def test_every_unknown_type_is_named_with_what_was_meant_and_why_ec2_was_not_asked(run: Run) -> None:
    result = run("max-pods", "m5.larg", "nonsense", "m99.*", "m5.large")
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.strip() for line in result.stderr.splitlines()] == [
        "nodenet:",
        "no instance type of the table matches m99.*",
        'unknown instance type "m5.larg"; did you mean "m5.large" or "m5n.large" or "m5d.large"?',
        'unknown instance type "nonsense"; write it as EC2 does, such as m5.large',
        "EC2 could not be asked for newer types: You must specify a region. Give --region, or set AWS_REGION",
    ]


@pytest.mark.usefixtures("newer_ec2")
def test_types_newer_than_the_table_are_asked_from_ec2(run: Run) -> None:
    rows = json.loads(run("max-pods", "m99.huge", "m5.large", "--region", "eu-west-1", "--json").stdout)
    assert rows[0] == {"instanceType": "m99.huge", "maxPods": 492, "nodeadm": 492, "eks": 250}
    assert rows[1]["instanceType"] == "m5.large"


@pytest.mark.usefixtures("newer_ec2")
def test_types_that_ec2_does_not_know_either_are_a_mistake(run: Run) -> None:
    result = run("max-pods", "m99.huge", "m5.larg", "--region", "eu-west-1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith('nodenet: unknown instance type "m5.larg"; did you mean "m5.large"')


def test_a_profile_that_is_not_there_is_a_mistake_and_no_traceback(run: Run) -> None:
    result = run("max-pods", "m99.large", "--profile", "nobody", "--region", "eu-west-1")
    assert result.exit_code == 1
    assert "profile (nobody) could not be found" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("m5.large", "--all"),
        ("m5.large", "--json", "--csv"),
        ("m5.large", "--networks", "-1"),
        ("m5.large", "--xx"),
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("max-pods", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: nodenet max-pods" in result.stderr
