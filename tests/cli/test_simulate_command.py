"""`nodenet simulate`. What the VPC CNI does is proved in tests/unit/capacity."""

import csv
import io
import json

import pytest

from tests.cli.conftest import Run

FEWER = "WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12"


def test_fewer_warm_addresses_are_more_calls_side_by_side(run: Run) -> None:
    shipped, fewer = json.loads(run("simulate", "m5.large", "--pods", "0,20,5", "--compare", FEWER, "--json").stdout)
    assert (shipped["settings"], fewer["settings"]) == ({}, {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "12"})
    assert fewer["most"] < shipped["most"]
    assert sum(fewer["calls"].values()) > sum(shipped["calls"].values())
    assert shipped["samples"][-1]["pods"] == fewer["samples"][-1]["pods"] == 5


def test_a_tidy_ipamd_makes_one_run_and_its_figures_are_those_of_its_samples(run: Run) -> None:
    [found] = json.loads(run("simulate", "m5.large", "--pods", "0,20,5", "--order", "attached", "--json").stdout)
    assert found["runs"] == 1
    assert found["samples"][-1]["calls"] == sum(found["calls"].values())
    assert max(sample["addresses"] for sample in found["samples"]) == found["most"]


def test_figures_are_means_where_chance_has_a_part_and_more_than_the_tidy_ones(run: Run) -> None:
    """Pods that end anywhere leave an ENI empty less often the more of it ipamd has scattered them."""
    words = ("simulate", "m5.large", "--pods", "0,20,5", "--leaving", "random")
    one, other = (json.loads(run(*words, "--seed", seed, "--json").stdout)[0] for seed in ("1", "100"))
    assert one["runs"] == 20
    assert one["most"] == other["most"] == 30
    gone = [each["calls"].get("DeleteNetworkInterface", 0) for each in (one, other)]
    assert all(0 < each < 1 for each in gone)
    assert "the mean of 20 runs" in run(*words).stdout


def test_settings_hold_for_all_runs_and_comparisons_are_laid_over_them(run: Run) -> None:
    words = ("--set", "WARM_ENI_TARGET=0", "--set", "MAX_ENI=2", "--compare", "WARM_ENI_TARGET=2")
    base, other = json.loads(run("simulate", "m5.large", "--pods", "5", *words, "--json").stdout)
    assert base["settings"] == {"WARM_ENI_TARGET": "0", "MAX_ENI": "2"}
    assert other["settings"] == {"WARM_ENI_TARGET": "2", "MAX_ENI": "2"}
    assert (base["samples"][-1]["enis"], other["samples"][-1]["enis"]) == (1, 2)


def test_figures_come_one_after_the_other_at_the_given_pace(run: Run) -> None:
    words = ("--pods", "1,2,3", "--every", "2m", "--seconds", "5m", "--set", "WARM_IP_TARGET=1")
    [found] = json.loads(run("simulate", "m5.large", *words, "--json").stdout)
    first = {pods: min(s["second"] for s in found["samples"] if s["pods"] == pods) for pods in (1, 2, 3)}
    assert first == {1: 0, 2: 120, 3: 240}
    assert found["samples"][-1]["second"] <= 300


def test_csv_has_a_line_for_each_moment_of_each_run(run: Run) -> None:
    result = run("simulate", "m5.large", "--pods", "0,3", "--compare", "WARM_IP_TARGET=1", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == ["settings", "second", "pods", "waiting", "warm", "enis", "addresses", "prefixes", "calls"]
    assert {row["settings"] for row in rows} == {"as shipped", "WARM_IP_TARGET=1"}


def test_the_table_names_each_run_once_and_counts_calls_by_action(run: Run) -> None:
    shown = run("simulate", "m5.large", "--pods", "0,20", "--compare", FEWER).stdout
    assert "A  as shipped\nB  WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12\n" in shown
    for words in ("addresses at most", "pods waiting at most", "EC2 calls", "  CreateNetworkInterface", "B waiting"):
        assert words in shown


def course(run: Run, *words: str) -> str:
    return run("simulate", "m5.xlarge", "--pods", "40,2,30,1,25,3", "--every", "5m", "--csv", *words).stdout


def test_a_random_order_is_the_same_for_the_same_seed(run: Run) -> None:
    seeds = [course(run, "--leaving", "random", "--seed", str(seed)) for seed in (*range(6), 0)]
    assert seeds[0] == seeds[-1]
    assert len(set(seeds)) > 1


def test_enis_stay_where_the_oldest_pods_leave(run: Run) -> None:
    """9 addresses on each ENI of an m5.large, 20 pods: the newest 8 leave the third ENI without any, the oldest 8 leave
    some on each."""

    def enis(leaving: str) -> int:
        words = (
            "--pods",
            "20,12",
            "--every",
            "5m",
            "--set",
            "WARM_IP_TARGET=1",
            "--leaving",
            leaving,
            "--json",
            "--order",
            "attached",
        )
        return int(json.loads(run("simulate", "m5.large", *words).stdout)[0]["samples"][-1]["enis"])

    assert (enis("newest"), enis("oldest")) == (2, 3)


def test_pods_wait_where_the_subnet_has_no_room(run: Run) -> None:
    [found] = json.loads(run("simulate", "m5.large", "--pods", "0,20", "--room", "12", "--json").stdout)
    assert found["samples"][-1]["waiting"] > 0


def test_more_pods_than_the_kubelet_takes_are_a_mistake(run: Run) -> None:
    result = run("simulate", "m5.large", "--pods", "0,30")
    assert (result.exit_code, result.stderr) == (
        1,
        "nodenet: the kubelet of m5.large takes 29 pods (EKS's figure), not 30\n",
    )
    assert run("simulate", "m5.large", "--pods", "0,30", "--max-pods", "40").exit_code == 0


def test_a_wildcard_is_no_type_to_simulate(run: Run) -> None:
    result = run("simulate", "m5.*", "--pods", "1")
    assert (result.exit_code, result.stderr) == (
        1,
        'nodenet: "m5.*" may be several instance types: name one, such as m5.large\n',
    )


def test_every_setting_that_aws_node_would_not_read_is_named(run: Run) -> None:
    result = run("simulate", "m5.large", "--pods", "1", "--set", "WARM_IP_TARGT=1", "--compare", "MAX_ENI=many")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "WARM_IP_TARGT: " in result.stderr
    assert 'did you mean "WARM_IP_TARGET"' in result.stderr
    assert 'MAX_ENI: "many" is no whole number' in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("m5.large",),
        ("m5.large", "--pods", "1,-2"),
        ("m5.large", "--pods", "1,²"),
        ("m5.large", "--pods", "1,2", "--every", "0s"),
        ("m5.large", "--pods", "1,2", "--every", "soon"),
        ("m5.large", "--pods", "1,2", "--every", "99999h"),
        ("m5.large", "--pods", "1", "--seconds", "25h"),
        ("m5.large", "--pods", "1", *(f"--compare=WARM_IP_TARGET={n}" for n in range(1, 27))),
        ("m5.large", "--pods", "1", "--set", "WARM_IP_TARGET"),
        ("m5.large", "--pods", "1", "--json", "--csv"),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("simulate", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
